import numpy as np
import pytest
from skimage.data import astronaut

from sk_hyperimage.distortions import compressed


@pytest.mark.parametrize("image", [astronaut(), astronaut()[..., 0]])
def test_lossless_formats_give_back_the_image(image):
    decoded = compressed(image, format="PNG")
    assert decoded.dtype == np.float64 and (decoded == image).all()


def test_a_lower_quality_changes_more():
    image = astronaut()
    errors = [
        np.abs(compressed(image, format="JPEG", quality=quality) - image).mean()
        for quality in (95, 60, 20)
    ]
    assert 0 < errors[0] < errors[1] < errors[2]
