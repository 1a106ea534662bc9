import io

import numpy as np
import pytest
from PIL import Image

from sk_hyperimage.images import Samples
from sk_hyperimage.preprocessing import ImageResizer, JPEGReencoder


def by_pillow(pixels, quality):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


@pytest.mark.parametrize("shape", [(17, 30), (17, 30, 3)])
@pytest.mark.parametrize("quality", [1, 90, 95])
def test_pixels_are_those_of_a_saved_file(rng, shape, quality):
    pixels = rng.integers(0, 256, size=(2, *shape), dtype=np.uint8)
    encoded = JPEGReencoder(quality).fit_transform(pixels)
    assert encoded.dtype == np.float32 and encoded.shape == pixels.shape
    expected = [by_pillow(image, quality) for image in pixels]
    np.testing.assert_array_equal(np.rint(255 * encoded), expected)
    np.testing.assert_allclose(encoded, np.array(expected) / 255, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_rounded_to_eight_bits_and_clipped(rng, dtype):
    pixels = rng.integers(0, 256, size=(2, 16, 16, 3), dtype=np.uint8)
    floats = pixels.astype(dtype) / 255 + rng.uniform(-0.4, 0.4, size=pixels.shape) / 255
    floats[pixels == 255] += 3
    floats[pixels == 0] -= 3
    encoded = JPEGReencoder().fit_transform(floats.astype(dtype))
    assert encoded.dtype == dtype
    from_bytes = JPEGReencoder().fit_transform(pixels)
    np.testing.assert_allclose(encoded, from_bytes, rtol=1e-6)


def test_files_of_two_formats_become_alike_and_stay_files(tmp_path, rng):
    pixels = rng.integers(0, 256, size=(24, 32, 3), dtype=np.uint8)
    paths = [str(tmp_path / f"image.{suffix}") for suffix in ("tif", "bmp", "png")]
    for path in paths:
        Image.fromarray(pixels).save(path)
    encoded = JPEGReencoder().fit_transform(np.array(paths))
    assert isinstance(encoded, Samples)
    for image in encoded:
        np.testing.assert_array_equal(np.rint(255 * image), by_pillow(pixels, 90))
    chosen = encoded[[2, 0]]
    (tmp_path / "image.tif").unlink()
    assert chosen[0].shape == (24, 32, 3)
    with pytest.raises(FileNotFoundError, match="image.tif"):
        chosen[1]


def test_parameters_set_later_leave_images_alone_that_wait(rng):
    images = [rng.random((8, 8)), rng.random((9, 8))]
    encoder = JPEGReencoder(95)
    waiting = encoder.fit_transform(images)
    encoder.set_params(quality=1)
    assert np.abs(waiting[0][..., 0] - images[0]).max() < 0.1


def test_resized_images_may_follow_and_precede(rng):
    images = [rng.random((8, 12, 3)), rng.random((16, 24, 3))]
    resized = ImageResizer((8, 12)).fit_transform(images)
    after = JPEGReencoder().fit_transform(resized)
    assert after.shape == (2, 8, 12, 3)
    before = ImageResizer((8, 12)).fit_transform(JPEGReencoder().fit_transform(images))
    np.testing.assert_allclose(before[0], after[0], rtol=1e-6)


@pytest.mark.parametrize("n_channels", [2, 4])
def test_only_gray_and_rgb_images_are_taken(n_channels):
    with pytest.raises(ValueError, match=f"X has {n_channels} channels; JPEG holds"):
        JPEGReencoder().fit(np.zeros((2, 8, 8, n_channels)))
