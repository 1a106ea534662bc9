import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.data import astronaut, camera

from sk_hyperimage.feature_extraction import (
    PatchExtractor,
    ResidualCooccurrences,
    _residual_histograms,
)
from sk_hyperimage.images import PatchSequence, _windows


def described(image, **parameters):
    return ResidualCooccurrences(**parameters).fit_transform(np.asarray(image)[np.newaxis])[0]


def by_name(image, **parameters):
    features = ResidualCooccurrences(**parameters)
    values = features.fit_transform(np.asarray(image)[np.newaxis])[0]
    return dict(zip(features.get_feature_names_out(), values, strict=True))


def features_by_loops(levels, taps=(1, -3, 3, -1), step=4.5, n_levels=3, n_pixels=4):
    """The definitions of Section II written out, for whole gray levels."""
    most = n_levels // 2

    def digit(residual):
        rounded = int(abs(residual) / step + 0.5)  # halves outwards
        return min(rounded, most) * (1 if residual > 0 else -1)

    words = list(itertools.product(range(-most, most + 1), repeat=n_pixels))
    counts = {"across": dict.fromkeys(words, 0), "along": dict.fromkeys(words, 0)}
    for image in (levels.tolist(), levels.T.tolist()):
        n_rows, n_cols = len(image), len(image[0]) - len(taps) + 1
        digits = [
            [digit(sum(t * row[j + k] for k, t in enumerate(taps))) for j in range(n_cols)]
            for row in image
        ]
        for i in range(n_rows):
            for j in range(n_cols):
                if i + n_pixels <= n_rows:
                    counts["across"][tuple(digits[i + n][j] for n in range(n_pixels))] += 1
                if j + n_pixels <= n_cols:
                    counts["along"][tuple(digits[i][j + n] for n in range(n_pixels))] += 1
    return {
        f"{half}_{'_'.join(map(str, word))}": count / sum(of_half.values())
        for half, of_half in counts.items()
        for word, count in of_half.items()
    }


LEVELS_8BIT = st.tuples(st.integers(7, 12), st.integers(7, 12)).flatmap(
    lambda shape: arrays(np.uint8, shape)
)


@settings(max_examples=25)
@given(LEVELS_8BIT, st.sampled_from([3, 4.5, 6]))
def test_features_equal_the_definitions_written_as_loops(levels, step):
    assert by_name(levels, step=step) == features_by_loops(levels.astype(int), step=step)


@pytest.mark.parametrize("step", [3, 4.5, 6])
def test_features_of_a_photograph_equal_the_loops(step):
    # Of a third to a seventh of these residuals, halves of an even step decide.
    levels = camera()[200:248, 180:212]
    assert by_name(levels, step=step) == features_by_loops(levels.astype(int), step=step)


def test_other_filters_levels_and_pixels_equal_the_loops(rng):
    levels = rng.integers(0, 256, size=(11, 14), dtype=np.uint8)
    for parameters in (
        {"taps": (1, -1), "n_levels": 5, "n_pixels": 3, "step": 40},
        {"taps": (-1, 2, -1), "n_levels": 7, "n_pixels": 1, "step": 31},
        {"taps": (0.25, -0.5, 0.25), "n_levels": 3, "n_pixels": 2, "step": 10},
        {"taps": (1000, -2000, 1000), "n_levels": 3, "n_pixels": 2, "step": 40_000},  # > 16 bits
    ):
        expected = features_by_loops(levels.astype(int), **parameters)
        taps = parameters.pop("taps")
        assert by_name(levels, filter_taps=taps, **parameters) == expected


def test_a_ramp_has_one_residual_and_a_step_the_filter_itself():
    ramp = np.tile(np.arange(0, 100, 4, dtype=np.uint8), (9, 1))
    flat = {"across_0_0_0_0": 1, "along_0_0_0_0": 1}
    assert {n: v for n, v in by_name(ramp).items() if v > 0} == flat
    step = np.zeros((7, 7), dtype=np.uint8)
    step[:, 3:] = 10  # rows of residuals -10 20 -10 0, columns of zeros
    found = {n: v for n, v in by_name(step).items() if v > 0}
    assert found == {
        "across_-1_-1_-1_-1": 8 / 32,
        "across_1_1_1_1": 4 / 32,
        "across_0_0_0_0": 20 / 32,
        "along_-1_1_-1_0": 7 / 14,
        "along_0_0_0_0": 7 / 14,
    }


def test_transposing_changes_nothing():
    image = camera()[60:100, 80:190]
    np.testing.assert_array_equal(described(image), described(image.T))


def test_the_negative_has_the_opposite_signs():
    image = camera()[60:100, 80:190]
    halves = described(image).reshape(2, 81)
    np.testing.assert_array_equal(described(255 - image).reshape(2, 81), halves[:, ::-1])


def test_brightness_changes_nothing():
    image = camera()[:90, :90] // 2
    np.testing.assert_array_equal(described(image), described(image + 10))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_types_do_not_matter(dtype):
    image = camera()[:90, :70]
    scaled = image.astype(dtype) if dtype is np.int64 else image.astype(dtype) / dtype(255)
    np.testing.assert_array_equal(described(scaled), described(image))


def test_channels_are_green_or_luma():
    image = astronaut()[:60, :50]
    np.testing.assert_array_equal(described(image), described(image[..., 1]))
    luma = np.rint(image @ [0.298936021293776, 0.587043074451121, 0.114020904255103])
    gray = described(image, channel="gray")
    np.testing.assert_array_equal(gray, described(luma.astype(np.uint8)))
    assert (gray != described(image)).any()


def test_floats_are_rounded_to_whole_levels(rng):
    image = camera()[:40, :40]
    between = np.clip(image + rng.uniform(-0.45, 0.45, size=image.shape), 0, 255) / 255
    np.testing.assert_array_equal(described(between), described(image))


def test_symmetric_features_are_sums_over_what_is_alike():
    image = camera()[60:160, 80:190]
    whole, merged = by_name(image), by_name(image, symmetric=True)
    assert len(merged) == 50
    reversed_and_negated = {}
    for name, value in whole.items():
        half, *word = name.split("_")
        word = tuple(map(int, word))
        minus = tuple(-digit for digit in word)
        first = min(word, word[::-1], minus, minus[::-1])
        key = f"{half}_{'_'.join(map(str, first))}"
        reversed_and_negated[key] = reversed_and_negated.get(key, 0) + value
    assert merged == pytest.approx(reversed_and_negated, abs=1e-12)
    np.testing.assert_array_equal(
        described(255 - image[::-1, ::-1], symmetric=True), list(merged.values())
    )


@settings(max_examples=15)
@given(
    arrays(np.uint8, st.tuples(st.integers(12, 40), st.integers(12, 40))),
    st.tuples(st.integers(7, 12), st.integers(7, 12)),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.sampled_from([{}, {"symmetric": True}, {"filter_taps": (1, -1), "n_levels": 5}]),
)
def test_patches_that_overlap_are_described_as_by_themselves(image, patch, grid, parameters):
    extractor = PatchExtractor(patch, grid_shape=grid)
    patches = PatchSequence(extractor.fit_transform(image[np.newaxis]))
    features = ResidualCooccurrences(**parameters).fit(patches)
    alone = features.transform(np.asarray(patches))
    np.testing.assert_array_equal(features.transform(patches), alone)


def test_patches_of_files_scaled_down_are_described_as_by_themselves(photo_files):
    extractor = PatchExtractor((8, 12), overlap=0.7, max_image_size=20)
    patches = PatchSequence(extractor.fit_transform(photo_files))
    features = ResidualCooccurrences().fit(patches)
    with pytest.warns(UserWarning, match="are scaled down to fit a grid for images of 20 x"):
        described = features.transform(patches)
    np.testing.assert_array_equal(described, features.transform(np.asarray(patches)))


def test_images_in_bands_are_images_at_once(monkeypatch):
    image = astronaut()[:50, :60]
    whole = described(image)
    monkeypatch.setattr(_residual_histograms, "BAND_VALUES", 700)
    monkeypatch.setattr(_windows, "COUNTED_PIXELS", 150)
    np.testing.assert_array_equal(described(image), whole)


def test_dense_description_needs_no_more_memory_than_a_few_images():
    images = np.zeros((1, 1500, 1500), dtype=np.float32)
    patches = PatchSequence(PatchExtractor(128, overlap=0.5).fit_transform(images))
    features = ResidualCooccurrences().fit(patches)
    tracemalloc.start()
    features.transform(patches)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * images.nbytes


@pytest.mark.parametrize("shape", [(6, 20), (20, 6), (1, 30)])
def test_images_that_hold_no_place_are_refused_by_name(shape, rng):
    small = rng.integers(0, 256, size=shape, dtype=np.uint8)
    images = [camera()[:7, :7], small]
    assert described(images[0]).shape == (162,)
    message = rf"^X\[1\] has {shape[0]} x {shape[1]} pixels; .* needs at least 7 x 7"
    with pytest.raises(ValueError, match=message):
        ResidualCooccurrences().fit(images)
    fitted = ResidualCooccurrences().fit(images[:1])
    with pytest.raises(ValueError, match=message):
        fitted.transform(images)


def test_patches_that_hold_no_place_are_refused():
    patches = PatchSequence(PatchExtractor((8, 6)).fit_transform(camera()[np.newaxis]))
    with pytest.raises(ValueError, match=r"^X\[0\] has 8 x 6 pixels"):
        ResidualCooccurrences().fit(patches)


def test_images_of_other_ranges_are_refused_by_name(rng):
    fitted = ResidualCooccurrences().fit(camera()[np.newaxis])
    good = camera()[:20, :20] / 255
    for bad in (255 * good, good - 0.9, rng.normal(size=(20, 20))):
        with pytest.raises(ValueError, match=r"^X\[1\] has values from .* must lie in \[0, 1\]"):
            fitted.transform([good, bad])


@pytest.mark.parametrize("dtype", [np.uint16, np.float32, np.float64])
def test_images_of_16_bits_are_refused_by_name(dtype, rng):
    image = rng.integers(0, 2**16, size=(20, 20), dtype=np.uint16)
    if dtype != np.uint16:
        image = image.astype(dtype) / dtype(65535)
    fitted = ResidualCooccurrences().fit(camera()[np.newaxis])
    with pytest.raises(ValueError, match=r"^X\[1\] has values of 16 bits"):
        fitted.transform([np.zeros_like(image), image])
    color = np.stack([image] * 3, axis=-1)
    with pytest.raises(ValueError, match=r"^X\[0\] has values of 16 bits"):
        ResidualCooccurrences(channel="gray").fit_transform(color[np.newaxis])


def test_8_bits_stored_in_16_are_8_bits():
    image = camera()[:40, :40]
    np.testing.assert_array_equal(described(image.astype(np.uint16) * 257), described(image))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"filter_taps": ()}, "filter_taps must be finite numbers"),
        ({"filter_taps": (1, "2")}, "filter_taps must be finite numbers"),
        ({"filter_taps": (1, np.inf)}, "filter_taps must be finite numbers"),
        ({"filter_taps": (0, 0)}, "filter_taps must not all be 0"),
        ({"n_levels": 4}, "n_levels must be odd"),
        ({"n_levels": 255, "n_pixels": 3}, r"make 255\*\*3 combinations, more than the 65536"),
    ],
)
def test_other_parameters_are_refused_by_name(parameters, message):
    with pytest.raises(ValueError, match=message):
        ResidualCooccurrences(**parameters).fit(camera()[np.newaxis])
