"""JPEG files of one quality in regions and another outside."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from sk_hyperimage.distortions import compress_unevenly, compressed

IMAGE = astronaut()[:200, :230]
BOX = [30, 40, 90, 121]


def decoded(file):
    return np.asarray(Image.open(io.BytesIO(file))).astype(float)


def error(image, rows, cols):
    return np.square(image - IMAGE)[rows, cols].mean()


def test_quality_is_kept_inside_and_bytes_are_saved_outside():
    file = compress_unevenly(IMAGE, [BOX], quality=90, elsewhere=20)
    fine = compress_unevenly(IMAGE, [[0, 0, 200, 230]], quality=90)
    coarse = compressed(IMAGE, format="JPEG", quality=20)
    inside, outside = (slice(30, 90), slice(40, 121)), (slice(96, 200), slice(0, 230))
    assert len(file) < 0.6 * len(fine)
    assert error(decoded(file), *inside) == pytest.approx(error(decoded(fine), *inside), rel=0.05)
    assert error(decoded(file), *outside) == pytest.approx(error(coarse, *outside), rel=0.05)


def test_detections_serve_as_boxes_and_rows_of_nan_as_none():
    found = np.array([[*BOX, 3, 0.9], [np.nan] * 6])
    assert compress_unevenly(IMAGE, found) == compress_unevenly(IMAGE, [BOX])
    nothing = compress_unevenly(IMAGE, np.full((2, 6), np.nan))
    assert nothing == compress_unevenly(IMAGE, []) and len(nothing) < 15000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"image": IMAGE / 255}, "image must be uint8"),
        ({"quality": 0}, "quality must be"),
        ({"elsewhere": 30.5}, "elsewhere must be"),
        ({"boxes": [1, 2, 3, 4]}, "boxes must be of shape"),
    ],
)
def test_bad_arguments_are_refused_by_name(change, said):
    with pytest.raises(ValueError, match=said):
        compress_unevenly(**{"image": IMAGE, "boxes": [BOX], **change})
