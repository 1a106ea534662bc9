import numpy as np
import pytest
from joblib import parallel_config
from scipy.signal import convolve2d
from scipy.special import gamma
from scipy.stats import gennorm
from skimage.data import astronaut, camera

from sk_hyperimage.feature_extraction import BrisqueFeatures
from sk_hyperimage.feature_extraction._scene_statistics import (
    fit_asymmetric_gaussian,
    fit_gaussian,
    half_size,
)
from sk_hyperimage.images import as_float_image
from sk_hyperimage.images._gray import gray_levels
from sk_hyperimage.preprocessing._local_contrast import normalize_image, window_weights

# Of pyiqa 0.1.16 on scikit-image's camera(): natural_scene_statistics of brisque_arch.py, on the
# image and on imresize(image, scale=0.5, antialiasing=True). Its kernels are of single precision.
# fmt: off
PYIQA = [
    1.585, 0.28309015,
    0.561, -0.00923343, 0.1179803, 0.10728533,
    0.560, 0.01848693, 0.09936003, 0.12051417,
    0.560, -0.0459921, 0.13772376, 0.08506409,
    0.559, -0.04786277, 0.13850391, 0.08375662,
    1.353, 0.24583362,
    0.545, 0.04629737, 0.06387231, 0.11137597,
    0.539, 0.03194188, 0.07300735, 0.10652288,
    0.544, -0.01990882, 0.09751399, 0.07695634,
    0.539, -0.03842403, 0.10975751, 0.0695462,
]
# fmt: on


def features_of(image):
    return BrisqueFeatures().fit_transform(image[np.newaxis])[0]


def release_features(levels):
    """One scale of the authors' MATLAB release, line by line."""
    offsets = np.arange(-3, 4)
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * (7 / 6) ** 2))
    window /= window.sum()
    mean = convolve2d(levels, window, mode="same")
    deviation = np.sqrt(np.abs(convolve2d(levels**2, window, mode="same") - mean**2))
    coefficients = (levels - mean) / (deviation + 1)
    coefficients[np.abs(coefficients) < 1e-9] = 0  # whose signs in flat parts are rounding's
    shapes = 0.2 + 0.001 * np.arange(9801)
    ratios = gamma(1 / shapes) * gamma(3 / shapes) / gamma(2 / shapes) ** 2
    variance = (coefficients**2).mean()
    ratio = variance / np.abs(coefficients).mean() ** 2
    features = [shapes[np.abs(ratio - ratios).argmin()], variance]
    for shift in [(0, 1), (1, 0), (1, 1), (-1, 1)]:
        pair = (coefficients * np.roll(coefficients, shift, axis=(0, 1))).ravel()
        left = np.sqrt((pair[pair < 0] ** 2).mean())
        right = np.sqrt((pair[pair > 0] ** 2).mean())
        skew = left / right
        ratio = np.abs(pair).mean() ** 2 / (pair**2).mean()
        ratio *= (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2
        shape = shapes[((1 / ratios - ratio) ** 2).argmin()]
        scale = np.sqrt(gamma(1 / shape)) / np.sqrt(gamma(3 / shape))
        mean = (right - left) * gamma(2 / shape) / gamma(1 / shape) * scale
        features += [shape, mean, left**2, right**2]
    return features


def matlab_half(levels):
    """MATLAB's imresize(levels, 0.5) by its definition, a pixel at a time."""

    def cubic(x):
        x = np.abs(x)
        near = 1.5 * x**3 - 2.5 * x**2 + 1
        far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
        return np.where(x <= 1, near, np.where(x <= 2, far, 0))

    for _ in range(2):  # along rows, then along columns, which transposing exchanges
        n = len(levels)
        half = []
        for index in range(-(-n // 2)):
            center = 2 * index + 0.5
            neighbors = np.arange(int(center) - 5, int(center) + 7)
            weights = cubic((neighbors - center) / 2)
            mirrored = np.r_[:n, n - 1 : -1 : -1][neighbors % (2 * n)]
            half.append(weights / weights.sum() @ levels[mirrored])
        levels = np.transpose(half)
    return levels


def test_features_are_those_of_another_package():
    np.testing.assert_allclose(features_of(camera()), PYIQA, rtol=1e-4, atol=0.0011)
    no_shapes = [i for i in range(36) if i not in (0, 2, 6, 10, 14, 18, 20, 24, 28, 32)]
    np.testing.assert_allclose(
        features_of(camera())[no_shapes], np.array(PYIQA)[no_shapes], atol=5e-5
    )


@pytest.mark.parametrize("crop", [np.s_[:, :], np.s_[:301, :203], np.s_[40:57, 90:130]])
def test_features_are_those_of_the_formulas_of_the_release(crop):
    levels = camera()[crop].astype(float)
    expected = release_features(levels) + release_features(matlab_half(levels))
    np.testing.assert_allclose(features_of(camera()[crop]), expected, atol=1e-7)


@pytest.mark.parametrize("shape", [(20, 14), (9, 13), (5, 2), (1, 7), (1, 1)])
def test_half_is_that_of_matlab(shape, rng):
    levels = rng.random(shape) * 255
    np.testing.assert_allclose(half_size(levels), matlab_half(levels), atol=1e-10)


def test_colors_become_gray_as_in_matlab():
    image = astronaut()[:90, :120]
    red, green, blue = np.moveaxis(image.astype(float), -1, 0)
    # Twelve digits of the first row of inv([1 .956 .621; 1 -.272 -.647; 1 -1.106 1.703]).
    gray = 0.298936021294 * red + 0.587043074451 * green + 0.114020904255 * blue
    np.testing.assert_array_equal(features_of(image), features_of(np.rint(gray).astype(np.uint8)))


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0, 4.0])
def test_generalized_gaussian_is_found(shape):
    values = 3 * gennorm(shape).ppf((np.arange(100_000) + 0.5) / 100_000)
    found, variance = fit_gaussian(values)
    assert found == pytest.approx(shape, rel=5e-3)
    assert variance == pytest.approx(9 * gennorm(shape).var(), rel=5e-3)


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("left_share", [0.25, 0.5, 0.8])
def test_asymmetric_gaussian_is_found(shape, left_share):
    # Each side's share of the values is its share of the sum of both scales.
    n_left = int(100_000 * left_share)
    n_right = 100_000 - n_left
    left, right = (gennorm(shape).isf((np.arange(n) + 0.5) / n / 2) for n in (n_left, n_right))
    values = np.r_[-left_share * left, (1 - left_share) * right]
    found, mean, left_variance, right_variance = fit_asymmetric_gaussian(values)
    assert found == pytest.approx(shape, rel=5e-3)
    assert mean == pytest.approx(values.mean(), abs=5e-3 * np.abs(values).mean())
    assert left_variance == pytest.approx(left_share**2 * gennorm(shape).var(), rel=5e-3)
    assert right_variance == pytest.approx((1 - left_share) ** 2 * gennorm(shape).var(), rel=5e-3)


def test_fits_without_values_on_a_side_are_defined():
    assert fit_gaussian(np.zeros(9)) == (0.2, 0)
    assert fit_asymmetric_gaussian(np.zeros(9)) == (0.2, 0, 0, 0)
    _, mean, left, right = fit_asymmetric_gaussian(np.arange(1.0, 9.0))
    assert mean > 0
    assert (left, right) == (0, np.mean(np.arange(1.0, 9.0) ** 2))


def test_zeros_of_flat_regions_belong_to_neither_tail(rng):
    values = rng.laplace(size=1000)
    *_, left, right = fit_asymmetric_gaussian(values)
    shape, _, left_with_zeros, right_with_zeros = fit_asymmetric_gaussian(
        np.r_[values, np.zeros(1000)]
    )
    np.testing.assert_allclose((left_with_zeros, right_with_zeros), (left, right))
    assert shape < fit_asymmetric_gaussian(values)[0]


def test_flat_regions_have_coefficients_of_zero():
    image = camera()[:64, :64].copy()
    image[:, 32:] = 77
    for levels in (image, image / 255, image / np.float32(255)):
        levels = gray_levels(as_float_image(levels)).astype(np.float64)
        for scale in (levels, half_size(levels)):
            flat = normalize_image(
                scale[..., np.newaxis], window_weights("gaussian", 7, 7 / 6), eps=1
            )[4:-4, len(scale) // 2 + 8 : -4]
            assert flat.size
            assert (flat == 0).all()


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (6, 1), (5, 5), (40, 30)])
def test_every_image_has_finite_features(shape, value):
    assert np.isfinite(features_of(np.full(shape, value, dtype=np.uint8))).all()


def test_mirroring_exchanges_the_diagonals_and_transposing_the_axes():
    image = camera()[:100, :120]
    names = list(BrisqueFeatures().fit(image[np.newaxis]).get_feature_names_out())

    def exchanged(features, one, other):
        other_name = {one: other, other: one}
        order = []
        for name in names:
            for this in other_name:
                if f"_{this}_" in name:
                    name = name.replace(this, other_name[this])
                    break
            order.append(names.index(name))
        return features[order]

    features = features_of(image)
    mirrored = exchanged(features_of(image[:, ::-1]), "main_diagonal", "secondary_diagonal")
    transposed = exchanged(features_of(image.T), "horizontal", "vertical")
    np.testing.assert_allclose(mirrored, features, atol=1e-9)
    np.testing.assert_allclose(transposed, features, atol=1e-9)


def test_noise_makes_coefficients_normal_and_blur_makes_them_few():
    from scipy.ndimage import gaussian_filter

    image = camera() / 255
    noise = np.random.default_rng(0).normal(scale=0.2, size=image.shape)
    clean, noisy, blurred = BrisqueFeatures().fit_transform(
        [image, image + noise, gaussian_filter(image, 3)]
    )
    shape, variance = 0, 1
    assert clean[shape] < 1.6
    assert 2 < noisy[shape] < 3
    assert blurred[variance] < clean[variance] / 2


def test_names_follow_the_paper():
    names = BrisqueFeatures().fit(np.zeros((1, 8, 8))).get_feature_names_out()
    assert list(names[:7]) == [
        "scale1_shape",
        "scale1_variance",
        "scale1_horizontal_shape",
        "scale1_horizontal_mean",
        "scale1_horizontal_left_variance",
        "scale1_horizontal_right_variance",
        "scale1_vertical_shape",
    ]
    assert len(set(names)) == 36
    assert names[-1] == "scale2_secondary_diagonal_right_variance"


def test_files_lists_and_types_give_the_same_features(photo_files):
    from skimage.io import imread

    brisque = BrisqueFeatures().fit(photo_files)
    from_files = brisque.transform(photo_files)
    assert from_files.shape == (6, 36)
    assert from_files.dtype == np.float64
    images = [imread(path) for path in photo_files]
    np.testing.assert_array_equal(brisque.transform(images), from_files)
    in_float64 = brisque.transform([image / 255 for image in images])
    np.testing.assert_allclose(in_float64, from_files, atol=1e-6)


@pytest.mark.parametrize("backend", ["threading", pytest.param("loky", marks=pytest.mark.slow)])
def test_jobs_give_the_same_bits_and_names_in_errors(backend, photo_files):
    brisque = BrisqueFeatures().fit(photo_files)
    files = photo_files * 3  # more than are read at a time
    alone = brisque.transform(files)
    brisque.set_params(n_jobs=2)
    with parallel_config(backend=backend):
        np.testing.assert_array_equal(brisque.transform(files), alone)
        photo_files[3].write_text("no image")
        with pytest.raises(ValueError, match=r"image3\.png' cannot be read as an image"):
            brisque.transform(files)


def test_other_channels_are_refused(rng):
    with pytest.raises(ValueError, match="images of 4 channels; BrisqueFeatures takes gray"):
        BrisqueFeatures().fit(rng.random((2, 8, 8, 4)))
    with pytest.raises(ValueError, match="images of 2 channels"):
        BrisqueFeatures().fit([rng.random((8, 8, 2))])
