import numpy as np
import pytest
from skimage.data import astronaut
from skimage.metrics import structural_similarity

from sk_hyperimage.metrics import ssim


@pytest.fixture
def pair(rng):
    pristine = astronaut()[:64, :80]
    noise = rng.normal(scale=20, size=pristine.shape)
    return pristine, np.clip(pristine + noise, 0, 255).astype(np.uint8)


def by_definition(first, second, window, data_range):
    """SSIM around one pixel with a square window, from the equation of the paper."""
    x, y = first[window], second[window]
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    covariance = np.cov(x.ravel(), y.ravel())
    luminance = (2 * x.mean() * y.mean() + c1) / (x.mean() ** 2 + y.mean() ** 2 + c1)
    structure = (2 * covariance[0, 1] + c2) / (covariance[0, 0] + covariance[1, 1] + c2)
    return luminance * structure


def test_the_map_is_that_of_the_definition(pair):
    pristine, image = (pixels[..., 1] / 255 for pixels in pair)
    _, similarity = ssim(pristine, image, window=7, full=True)
    for row, col in ((3, 3), (20, 41), (60, 76)):
        window = np.s_[row - 3 : row + 4, col - 3 : col + 4]
        expected = by_definition(pristine, image, window, 1)
        assert similarity[row, col] == pytest.approx(expected)


def test_gaussian_weights_are_those_of_scikit_image(pair):
    expected, full = structural_similarity(
        *pair,
        channel_axis=2,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    score, similarity = ssim(*pair, full=True)
    assert score == ssim(*pair) == expected
    np.testing.assert_array_equal(similarity, full.mean(axis=2))


def test_equal_images_have_one_and_others_less(pair):
    assert ssim(pair[0], pair[0]) == 1 > ssim(*pair)
    assert ssim(*pair) == ssim(*pair[::-1])


@pytest.mark.parametrize("window", ["gaussian", 9])
def test_the_range_of_values_does_not_matter(pair, window):
    expected = ssim(*pair, window=window)
    scaled = [pixels / 255 for pixels in pair]
    assert ssim(*scaled, window=window) == pytest.approx(expected)
    signed = [pixels.astype(int) for pixels in pair]
    assert ssim(*signed, data_range=255, window=window) == pytest.approx(expected)
