"""Features of BLIINDS-II, DIIVINE and FRIQUEE: numbers of the releases, and cases they leave open.

The pins were computed by GNU Octave with the formulas of the authors' MATLAB releases and of
matlabPyrTools, line by line. FRIQUEE's were given the chroma that is computed here: the release
calls functions of MATLAB for it.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import gennorm
from skimage.color import rgb2lab
from skimage.data import camera, chelsea
from sklearn.linear_model import LinearRegression

from sk_hyperimage.feature_extraction import Bliinds2Features, DiivineFeatures, FriqueeFeatures
from sk_hyperimage.feature_extraction._bliinds import _shapes, block_statistics
from sk_hyperimage.feature_extraction._color_maps import chroma, cones, hue_and_saturation
from sk_hyperimage.feature_extraction._complex_diivine import (
    complex_similarity,
    concentration,
    fit_magnitudes,
)
from sk_hyperimage.feature_extraction._diivine import _correlation, _local, similarity
from sk_hyperimage.feature_extraction._steerable_pyramid import enlarged, steerable_pyramid

PINS = json.loads(Path(__file__).with_name("classical_pins.json").read_text())
PHOTOGRAPH, COLOR = camera()[100:292, 150:406], chelsea()[100:196, 150:278]


def features_of(features, image):
    return features.fit_transform(np.asarray(image)[np.newaxis])[0]


@pytest.mark.parametrize(
    ("features", "image"),
    [
        (Bliinds2Features(), PHOTOGRAPH),
        (DiivineFeatures(), PHOTOGRAPH),
        (FriqueeFeatures(), COLOR),
    ],
    ids=lambda value: type(value).__name__,
)
def test_features_are_those_of_the_release(features, image):
    pinned = PINS[type(features).__name__]
    np.testing.assert_allclose(features_of(features, image), pinned, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("features", [Bliinds2Features(), DiivineFeatures(), FriqueeFeatures()])
@pytest.mark.parametrize("value", [0, 128])
def test_flat_and_small_images_have_finite_features(features, value):
    for shape in ((1, 1), (3, 70)):
        assert np.isfinite(features_of(features, np.full(shape, value, dtype=np.uint8))).all()


def test_flat_images_have_the_defined_features():
    flat = np.full((40, 40), 0.5)
    diivine = DiivineFeatures().fit(flat[np.newaxis])
    values = dict(
        zip(diivine.get_feature_names_out(), diivine.transform(flat[np.newaxis])[0], strict=True)
    )
    for name, value in values.items():
        expected = 0.2 if name.endswith("shape") else float(name.endswith("similarity"))
        assert value == pytest.approx(expected), name


def test_gray_images_are_those_of_equal_channels():
    gray, friquee = PHOTOGRAPH[:64, :80], FriqueeFeatures()
    of_gray = features_of(friquee, gray)
    np.testing.assert_allclose(of_gray, features_of(friquee, np.dstack([gray] * 3)), atol=1e-9)
    names = list(friquee.get_feature_names_out())
    assert of_gray[names.index("saturation_mean")] == 0


def test_blur_is_seen_by_the_transform():
    from scipy.ndimage import gaussian_filter

    clear = features_of(Bliinds2Features(), PHOTOGRAPH)
    blurred = features_of(Bliinds2Features(), gaussian_filter(PHOTOGRAPH, 2))
    assert blurred[0] > 1.3 * clear[0]  # magnitudes vary more
    assert blurred[3] < clear[3]  # the lowest shapes are lower


def test_blocks_are_transformed_in_parts_as_at_once(monkeypatch, rng):
    levels = rng.random((50, 61)) * 255
    at_once = block_statistics(levels)
    assert at_once.shape == (4, 17 * 21)
    monkeypatch.setattr("sk_hyperimage.feature_extraction._bliinds.BLOCKS_AT_ONCE", 30)
    np.testing.assert_allclose(block_statistics(levels), at_once, rtol=1e-9)


@pytest.mark.parametrize("shape", [0.5, 1.0, 3.0])
def test_shapes_of_blocks_are_found(shape):
    values = gennorm(shape).ppf((np.arange(20_000) + 0.5) / 20_000)
    assert _shapes(values[:, np.newaxis])[0] == pytest.approx(shape, rel=0.03)


def test_the_most_probable_score_is_that_of_linear_regression(rng):
    X = rng.normal(size=(80, 3))
    y = 50 + X @ [5, -3, 1] + rng.normal(scale=4, size=80)
    joint = np.column_stack([X, y])
    precision = np.linalg.inv(np.cov(joint.T))
    scores = np.arange(0, 100.5, 0.5)
    new = rng.normal(size=3)
    apart = np.column_stack([np.tile(new, (len(scores), 1)), scores]) - joint.mean(axis=0)
    distances = np.einsum("ij,jk,ik->i", apart, precision, apart)
    most_probable = scores[np.exp(-((1.0168 * distances) ** 0.42)).argmax()]  # as released
    assert most_probable == pytest.approx(LinearRegression().fit(X, y).predict([new])[0], abs=0.25)


@pytest.mark.parametrize("shape", [(64, 96), (63, 70), (48, 33)])
def test_pyramid_keeps_the_energy_of_the_image(shape, rng):
    """So that its transpose reconstructs the image; masks are interpolated in tables."""
    image = rng.random(shape)
    pyramid = steerable_pyramid(image, n_scales=2, n_orientations=6)
    parts = [pyramid.high, pyramid.low, *(band.real for bands in pyramid.bands for band in bands)]
    energy = sum(np.square(part).sum() * part.size / image.size for part in parts)
    # Of even sides, all; of odd ones, but for the frequencies that halving cuts through.
    assert energy == pytest.approx(np.square(image).sum(), rel=1e-5)


def test_pyramid_tells_orientations():
    columns = np.tile(np.sin(np.arange(64) * np.pi / 2), (64, 1))
    energies = [np.abs(band).mean() for band in steerable_pyramid(columns, 1, 6).bands[0]]
    assert np.argmax(energies) == 0
    assert energies[3] < 1e-6 * energies[0]


def test_enlarging_interpolates():
    ramp = np.add.outer(2.0 * np.arange(10), 3.0 * np.arange(8))
    twice = enlarged(ramp, (20, 16))
    expected = np.add.outer(np.arange(20) - 0.5, 1.5 * np.arange(16) - 0.75)
    np.testing.assert_allclose(twice[4:-4, 4:-4], expected[4:-4, 4:-4], atol=1e-12)


def test_correlation_falls_with_distance(rng):
    from scipy.ndimage import gaussian_filter

    noise = rng.normal(size=(120, 120))
    smooth = gaussian_filter(noise, 2)
    assert abs(_correlation(noise, 1)) < 0.05
    assert _correlation(smooth, 1) > _correlation(smooth, 5) > _correlation(smooth, 9) - 0.1
    assert _correlation(smooth, 1) > 0.8


def test_similarities_of_equal_and_unrelated_bands(rng):
    band = rng.normal(scale=50, size=(40, 50))
    other = rng.normal(scale=50, size=(40, 50))
    assert similarity(_local(band), _local(band)) == pytest.approx(1)
    assert abs(similarity(_local(band), _local(other))) < 0.1
    phases = band * np.exp(1j * other)
    assert complex_similarity(phases, phases * np.exp(0.7j)) == pytest.approx(1)
    assert complex_similarity(phases, band * np.exp(-1j * other)) < 0.3
    assert complex_similarity(0 * band, 0 * band) == pytest.approx(1)


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0])
def test_magnitudes_of_complex_generalized_gaussians_are_fitted(shape):
    from scipy.stats import gengamma

    # The magnitude r has a density proportional to r exp(-((r / scale) ** shape)).
    shares = (np.arange(50_000) + 0.5) / 50_000
    magnitudes = 3 * gengamma(2 / shape, shape).ppf(shares)
    scale, found = fit_magnitudes(magnitudes)
    assert found == pytest.approx(shape, rel=0.02)
    assert scale == pytest.approx(3, rel=0.05)


def test_concentration_of_directions(rng):
    from scipy.stats import wrapcauchy

    angles = wrapcauchy(0.6).ppf((np.arange(20_000) + 0.5) / 20_000)
    assert concentration(np.exp(1j * angles)) == pytest.approx(0.6, abs=0.01)
    assert concentration(np.exp(1j * np.linspace(0, 2 * np.pi, 1000))) < 0.01
    assert concentration(np.ones(9, dtype=complex)) == pytest.approx(1)


def test_colors_are_converted():
    white = np.full((1, 1, 3), 255.0)
    np.testing.assert_allclose(cones(white)[0, 0], [0.9493, 1.0354, 1.0872], atol=1e-3)
    red, green, blue = 255 * np.eye(3)[:, np.newaxis, np.newaxis]
    hues = [hue_and_saturation(color)[0].item() for color in (red, green, blue)]
    np.testing.assert_allclose(hues, [0, 120, 240], atol=1e-9)
    assert hue_and_saturation(red)[1] == 1
    gray = np.full((4, 5, 3), 77.0)
    np.testing.assert_allclose(chroma(gray), np.hypot(128, 128))
    plain = np.broadcast_to([200.0, 80, 40], (6, 6, 3))
    *_, a, b = rgb2lab(plain[:1, :1] / 255)[0, 0]
    np.testing.assert_allclose(chroma(plain), np.hypot(*np.rint([a + 128, b + 128])))
