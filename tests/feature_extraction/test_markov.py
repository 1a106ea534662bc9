from collections import Counter

import numpy as np
import pytest
from scipy.fft import dctn, idctn
from skimage.data import camera
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sk_hyperimage.feature_extraction import MarkovDCTFeatures


def by_name(image, **parameters):
    markov = MarkovDCTFeatures(**parameters).fit(image[np.newaxis])
    features = markov.transform(image[np.newaxis])[0]
    return dict(zip(markov.get_feature_names_out(), features, strict=True))


def matlab_round(value):
    return np.sign(value) * np.floor(abs(round(value, 6)) + 0.5)


def features_by_loops(levels, size, threshold):
    """The definitions written out, for levels whose sides are multiples of `size`."""
    n_rows, n_cols = levels.shape
    frequency, position = np.indices((size, size))
    basis = np.cos(np.pi * (2 * position + 1) * frequency / (2 * size)) * np.sqrt(2 / size)
    basis[0] = np.sqrt(1 / size)
    magnitudes = np.zeros(levels.shape)
    for row in range(0, n_rows, size):
        for col in range(0, n_cols, size):
            block = basis @ levels[row : row + size, col : col + size] @ basis.T
            for u in range(size):
                for v in range(size):
                    magnitudes[row + u, col + v] = abs(matlab_round(block[u, v]))
    features = {}
    steps = {"horizontal": (0, 1), "vertical": (1, 0)}
    steps |= {"main_diagonal": (1, 1), "minor_diagonal": (-1, 1)}
    for direction, (down, right) in steps.items():
        differences = {}
        for row in range(n_rows):
            for col in range(n_cols):
                if 0 <= row + down < n_rows and col + right < n_cols:
                    difference = magnitudes[row, col] - magnitudes[row + down, col + right]
                    differences[row, col] = max(-threshold, min(threshold, int(difference)))
        pairs = Counter()
        for (row, col), first in differences.items():
            if (row + down, col + right) in differences:
                pairs[first, differences[row + down, col + right]] += 1
        for m in range(-threshold, threshold + 1):
            total = sum(count for (first, _), count in pairs.items() if first == m)
            for n in range(-threshold, threshold + 1):
                name = f"block{size}_{direction}_{m}_to_{n}"
                features[name] = pairs[m, n] / total if total else 0
    return features


@pytest.mark.parametrize(("size", "threshold"), [(2, 1), (4, 3), (8, 4)])
def test_features_equal_the_definitions_written_as_loops(size, threshold):
    levels = camera()[200:232, 200:248]  # of even size 2 many coefficients are halves
    features = by_name(levels, block_sizes=(size,), threshold=threshold)
    expected = features_by_loops(levels.astype(float), size, threshold)
    assert list(features) == list(expected)
    np.testing.assert_allclose(list(features.values()), list(expected.values()), rtol=1e-12)
    assert len(set(features.values())) > 5


def test_a_constant_image_has_only_the_steps_around_mean_coefficients():
    features = by_name(np.full((8, 16), 100, dtype=np.uint8), block_sizes=(8,), threshold=4)
    found = {n: p for n, p in features.items() if "horizontal" in n and p > 0}
    # Two blocks: in the first row 4 0 0 0 0 0 0 -4 4 0 0 0 0 0 0, in the seven others zeros.
    assert found == pytest.approx(
        {
            "block8_horizontal_-4_to_4": 1,
            "block8_horizontal_0_to_-4": 1 / 109,
            "block8_horizontal_0_to_0": 108 / 109,
            "block8_horizontal_4_to_0": 1,
        }
    )


def test_a_black_image_never_leaves_zero():
    features = by_name(np.zeros((20, 30)))
    assert {n for n, p in features.items() if p > 0} == {n for n in features if "_0_to_0" in n}
    assert sorted(set(features.values())) == [0, 1]


def test_halves_are_rounded_away_from_zero():
    levels = np.array([[2, 2], [1, 0]], dtype=np.uint8)
    assert dctn(levels.astype(float), norm="ortho") == pytest.approx(
        np.array([[2.5, 0.5], [1.5, -0.5]])
    )
    tiled = by_name(np.tile(levels, (1, 2)), block_sizes=(2,), threshold=4)
    # Rows of magnitudes 3 1 3 1 and 2 1 2 1: differences 2 -2 2 and 1 -1 1. To even halves they
    # would all be 2 0 2 0.
    found = {n: p for n, p in tiled.items() if "horizontal" in n and p > 0}
    assert found == {
        "block2_horizontal_-2_to_2": 1,
        "block2_horizontal_-1_to_1": 1,
        "block2_horizontal_1_to_-1": 1,
        "block2_horizontal_2_to_-2": 1,
    }


def test_probabilities_of_what_follows_a_value_sum_to_one():
    features = MarkovDCTFeatures().fit_transform([camera()[:300, :270], camera()[::2, ::3]])
    assert features.shape == (2, 3 * 4 * 81)
    np.testing.assert_allclose(features.reshape(-1, 9).sum(axis=1), 1)


def test_transposing_exchanges_rows_and_columns_and_keeps_the_main_diagonal():
    image = camera()[100:164, 60:140]
    features, transposed = by_name(image), by_name(image.T)
    exchange = {"horizontal": "vertical", "vertical": "horizontal"}
    for name, value in features.items():
        block, direction = name.split("_")[:2]
        if direction != "minor":
            other = name.replace(direction, exchange.get(direction, direction))
            assert transposed[other] == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (3, 40), (17, 9)])
def test_images_that_fill_no_block_are_mirrored(shape, rng):
    image = rng.integers(0, 256, size=shape, dtype=np.uint8)
    whole = np.pad(image, [(0, -n % 8) for n in shape], mode="symmetric")
    assert by_name(image, block_sizes=(8,)) == by_name(whole, block_sizes=(8,))


def test_files_lists_and_types_give_the_same_features(photo_files):
    from skimage.io import imread

    markov = MarkovDCTFeatures(block_sizes=(4,)).fit(photo_files)
    from_files = markov.transform(photo_files)
    images = [imread(path) for path in photo_files]
    np.testing.assert_array_equal(markov.transform(images), from_files)
    np.testing.assert_array_equal(markov.transform([i / 255 for i in images]), from_files)
    gray = MarkovDCTFeatures().fit(images[0][np.newaxis, ..., 0])
    levels = images[0][np.newaxis, ..., 0]
    np.testing.assert_array_equal(
        gray.transform(levels), gray.transform((levels / 255).astype(np.float32))
    )


def compressed(levels):
    """Levels after a JPEG-like quantization on their own 8 x 8 grid."""
    blocks = levels.reshape(levels.shape[0] // 8, 8, levels.shape[1] // 8, 8).astype(float)
    coefficients = 12 * np.rint(dctn(blocks, axes=(1, 3), norm="ortho") / 12)
    levels = idctn(coefficients, axes=(1, 3), norm="ortho").reshape(levels.shape)
    return np.rint(levels.clip(0, 255)).astype(np.uint8)


def test_a_linear_svm_tells_regions_of_another_grid():
    photo = compressed(camera())
    images = photo[:448, :448].reshape(7, 64, 7, 64).swapaxes(1, 2).reshape(49, 64, 64).copy()
    tampered = np.arange(49) % 2 == 0
    for index in np.flatnonzero(tampered):
        row, col = 64 * (index // 7) + 11, 64 * (index % 7) + 13
        images[index, 8:48, 8:56] = photo[row : row + 40, col : col + 48]
    svm = LinearSVC(class_weight="balanced")
    model = make_pipeline(MarkovDCTFeatures(), StandardScaler(), svm)
    scores = cross_val_score(model, images, tampered, scoring="balanced_accuracy", cv=3)
    assert scores.mean() > 0.85


@pytest.mark.parametrize("block_sizes", [(), (1,), (8.0,), (8, "4")])
def test_other_block_sizes_are_refused(block_sizes):
    with pytest.raises(ValueError, match="block_sizes must be integers from 2 to 1024"):
        MarkovDCTFeatures(block_sizes=block_sizes).fit(np.zeros((1, 8, 8)))


def test_other_channels_are_refused(rng):
    with pytest.raises(ValueError, match="images of 4 channels; MarkovDCTFeatures takes gray"):
        MarkovDCTFeatures().fit(rng.random((2, 8, 8, 4)))
