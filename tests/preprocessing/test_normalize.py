import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_sample_image

from sk_hyperimage.preprocessing import LocalContrastNormalizer, _local_contrast

MODES = {"zero": "constant", "nearest": "edge", "symmetric": "symmetric"}


def eq4_by_loops(channel, weights, eps, padding):
    """Eq. 4 written out in float64: a 2-D window moved over a padded image."""
    half = weights.shape[0] // 2
    padded = np.pad(channel.astype(np.float64), half, mode=MODES[padding])
    out = np.empty(channel.shape)
    for i in range(channel.shape[0]):
        for j in range(channel.shape[1]):
            neighborhood = padded[i : i + 2 * half + 1, j : j + 2 * half + 1]
            mean = (weights * neighborhood).sum()
            deviation = np.sqrt((weights * (neighborhood - mean) ** 2).sum())
            out[i, j] = (channel[i, j] - mean) / (deviation + eps)
    return out


def gaussian_window(size, sigma):
    """MATLAB's fspecial('gaussian', size, sigma)."""
    offsets = np.arange(size) - size // 2
    weights = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * sigma**2))
    return weights / weights.sum()


# Variants in the field: BRISQUE and its ports, OpenCV's, CNNIQA's, and another window.
VARIANTS = [
    ({}, gaussian_window(7, 7 / 6), 1 / 255),
    ({"padding": "nearest"}, gaussian_window(7, 7 / 6), 1 / 255),
    ({"window": "box", "size": 3, "eps": 1.0, "padding": "symmetric"}, np.full((3, 3), 1 / 9), 1),
    ({"size": 5, "sigma": 0.8}, gaussian_window(5, 0.8), 1 / 255),
]


@pytest.mark.parametrize(("parameters", "window", "eps"), VARIANTS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-4)])
def test_known_variants_equal_eq4_computed_by_loops(parameters, window, eps, dtype, tolerance):
    image = np.random.default_rng(0).random((14, 11, 2)).astype(dtype)
    image[4:, 5:] = 0.5  # a flat region, where cancellation would show
    normalized = LocalContrastNormalizer(**parameters).fit_transform(image[np.newaxis])[0]
    assert normalized.dtype == dtype
    padding = parameters.get("padding", "zero")
    for channel in range(2):
        expected = eq4_by_loops(image[..., channel], window, eps, padding)
        np.testing.assert_allclose(normalized[..., channel], expected, atol=tolerance)


@pytest.mark.parametrize("padding", MODES)
@pytest.mark.parametrize("size", [1, 5, 9, 21])
def test_bands_of_rows_leave_no_seams(size, padding, rng, monkeypatch):
    image = rng.random((1, 13, 6, 2))
    normalizer = LocalContrastNormalizer("box", size=size, padding=padding)
    whole = normalizer.fit_transform(image)
    for n_values in (1, 40, 100):
        monkeypatch.setattr(_local_contrast, "BAND_VALUES", n_values)
        np.testing.assert_allclose(normalizer.fit_transform(image), whole, atol=1e-12)


@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_single_precision_keeps_the_flat_regions_of_photographs(name):
    levels = load_sample_image(name)[np.newaxis] / 255
    double = LocalContrastNormalizer().fit_transform(levels)
    single = LocalContrastNormalizer().fit_transform(levels.astype(np.float32))
    np.testing.assert_allclose(single, double, atol=1e-4)


def test_threads_change_no_bit(rng, monkeypatch):
    image = rng.random((1, 200, 300, 3), dtype=np.float32)
    normalizer = LocalContrastNormalizer().fit(image)
    n_threads = torch.get_num_threads()
    spread = normalizer.transform(image)
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    np.testing.assert_array_equal(normalizer.transform(image), spread)
    assert torch.get_num_threads() == n_threads


def test_window_is_the_published_one():
    weights = LocalContrastNormalizer().fit(np.zeros((1, 8, 8))).weights_
    window = np.outer(weights, weights)
    assert window.sum() == pytest.approx(1)
    np.testing.assert_allclose(window, gaussian_window(7, 7 / 6), rtol=1e-12)
    # MATLAB prints fspecial('gaussian', 7, 7/6) with 0.1174 in its center.
    assert window[3, 3] == pytest.approx(0.1174, abs=5e-5)


def test_scale_of_the_published_constant_is_that_of_0_to_255():
    levels = np.random.default_rng(0).integers(0, 256, size=(2, 16, 16), dtype=np.uint8)
    expected = LocalContrastNormalizer().fit_transform(levels)
    in_255 = LocalContrastNormalizer(data_range=255).fit_transform(levels.astype(np.float32))
    in_unit = LocalContrastNormalizer().fit_transform(levels / np.float32(255))
    np.testing.assert_allclose(in_255, expected, atol=1e-5)
    np.testing.assert_allclose(in_unit, expected, atol=1e-5)
    by_hand = eq4_by_loops(levels[0], gaussian_window(7, 7 / 6), 1.0, "zero")
    np.testing.assert_allclose(expected[0], by_hand, atol=1e-4)


@given(value=st.floats(0, 1), side=st.integers(8, 20))
def test_flat_images_are_zero_inside(value, side):
    flat = np.full((1, side, side), value)
    inner = LocalContrastNormalizer().fit_transform(flat)[0, 3:-3, 3:-3]
    np.testing.assert_allclose(inner, 0, atol=1e-4)


def test_padding_changes_the_outer_three_pixels_only():
    image = np.random.default_rng(0).random((1, 20, 20))
    zero, nearest = (
        LocalContrastNormalizer(padding=padding).fit_transform(image)[0]
        for padding in ("zero", "nearest")
    )
    assert (zero[3:-3, 3:-3] == nearest[3:-3, 3:-3]).all()
    assert np.abs(zero - nearest).max() > 0.5


@pytest.mark.parametrize("shape", [(3, 9, 8), (3, 9, 8, 1), (3, 9, 8, 3), (3, 9)])
def test_shape_is_kept(shape, rng):
    X = rng.random(shape)
    assert LocalContrastNormalizer().fit_transform(X).shape == shape


def test_lists_and_files_stay_lazy_and_give_the_same_numbers(photo_files):
    from skimage.io import imread

    normalizer = LocalContrastNormalizer().fit(photo_files)
    lazy = normalizer.transform(photo_files)
    assert lazy.shape == (6,)
    in_memory = normalizer.transform([imread(path) for path in photo_files])
    for index, path in enumerate(photo_files):
        alone = normalizer.transform(imread(path)[np.newaxis])[0]
        np.testing.assert_array_equal(lazy[index], alone)
        np.testing.assert_array_equal(in_memory[index], alone)


def test_input_is_not_written_to(rng):
    X = rng.random((2, 9, 9))
    before = X.copy()
    LocalContrastNormalizer(data_range=2.0).fit_transform(X)
    assert (X == before).all()


def test_even_windows_are_refused():
    with pytest.raises(ValueError, match="size must be odd"):
        LocalContrastNormalizer(size=6).fit(np.zeros((1, 8, 8)))


def test_pandas_output_leaves_images_alone(rng):
    normalizer = LocalContrastNormalizer().set_output(transform="pandas")
    assert normalizer.fit_transform(rng.random((2, 9, 9))).shape == (2, 9, 9)
