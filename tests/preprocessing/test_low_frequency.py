import numpy as np
import pytest
from skimage.data import astronaut
from skimage.transform import resize

from sk_hyperimage.preprocessing import LowFrequencySubtractor


@pytest.mark.parametrize("scale", [2, 4, 8])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (5, 2), (32, 17), (31, 40)])
def test_images_of_any_size_keep_it_and_constant_ones_vanish(shape, scale):
    image = np.full((1, *shape, 2), 0.7, dtype=np.float32)
    left = LowFrequencySubtractor(scale).fit_transform(image)
    assert left.shape == image.shape and left.dtype == np.float32
    np.testing.assert_allclose(left, 0, atol=1e-6)


def test_high_frequencies_stay_and_low_ones_go():
    column = np.arange(256)
    for period, kept in ((2, 1.0), (4, 1.0), (64, 0.0), (128, 0.0)):
        wave = np.sin(2 * np.pi * (column + 0.5) / period)
        left = LowFrequencySubtractor().fit_transform(np.tile(wave, (1, 64, 1)))[0, 20, 32:-32]
        assert np.std(left) / np.std(wave) == pytest.approx(kept, abs=0.1)


def test_photographs_lose_what_a_quarter_of_their_size_shows():
    image = astronaut()[:100, :132].astype(float) / 255
    left = LowFrequencySubtractor().fit_transform(image[np.newaxis])[0]
    small = resize(image, (25, 33, 3), anti_aliasing=True)
    expected = image - resize(small, image.shape, order=1)
    assert np.corrcoef(left.ravel(), expected.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("scale", [3, 6])
def test_other_scales_than_powers_of_two_are_refused(scale):
    with pytest.raises(ValueError, match=f"scale must be a power of two.*got {scale}"):
        LowFrequencySubtractor(scale).fit(np.zeros((1, 8, 8)))


def test_values_that_overflow_are_refused_by_name():
    images = [np.zeros((8, 8)), np.full((8, 8), 1e308)]
    with pytest.raises(ValueError, match=r"^X\[1\]: .* so large that results overflow"):
        np.asarray(LowFrequencySubtractor().fit_transform(images))
