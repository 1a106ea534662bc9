import itertools

import numpy as np
import pytest
from skimage.data import astronaut, camera

from sk_hyperimage.feature_extraction import (
    PatchExtractor,
    ResidualCooccurrences,
    ResidualWords,
    _residual_words,
)
from sk_hyperimage.images import PatchSequence


@pytest.fixture(scope="module")
def photos():
    return camera()[:200, :300].reshape(2, 100, 300)


@pytest.fixture(scope="module")
def fitted(photos):
    return ResidualWords(n_words=30, n_codebook_vectors=4000, random_state=0).fit(photos)


def features_by_loops(image, words):
    """The nearest word of every place, found by all distances."""
    features = np.zeros((2, words.n_words))
    for levels in (image.astype(float), image.T.astype(float)):
        residual = sum(
            tap * levels[:, k : levels.shape[1] - 3 + k] for k, tap in enumerate((1, -3, 3, -1))
        ).clip(-9, 9)
        for half, codebook in enumerate(words.codebooks_):
            for i, j in np.ndindex(residual.shape):
                pixels = residual[i : i + 4, j] if half == 0 else residual[i, j : j + 4]
                if len(pixels) == 4:
                    distances = np.square(codebook - pixels).sum(axis=1)
                    features[half, distances.argmin()] += 1
    return (features / features.sum(axis=1, keepdims=True)).ravel()


def test_features_are_shares_of_the_nearest_words(fitted):
    image = camera()[200:224, 180:212]
    np.testing.assert_allclose(
        fitted.transform(image[np.newaxis])[0], features_by_loops(image, fitted), atol=1e-12
    )


@pytest.mark.parametrize(("step", "n_levels", "n_pixels"), [(4.5, 3, 4), (3, 3, 3), (4.5, 5, 2)])
def test_words_of_a_product_quantizer_give_co_occurrences(step, n_levels, n_pixels, photos):
    levels = step * (np.arange(n_levels) - n_levels // 2)
    product = np.array(list(itertools.product(levels, repeat=n_pixels)))
    words = ResidualWords(len(product), n_pixels=n_pixels, n_codebook_vectors=5000).fit(photos)
    words.codebooks_ = np.stack([product, product])
    features = ResidualCooccurrences(step=step, n_levels=n_levels, n_pixels=n_pixels)
    np.testing.assert_array_equal(words.transform(photos), features.fit_transform(photos))


def test_words_lie_where_residuals_are(fitted, photos):
    # Mean squared distances to the nearest word: of 30 learned words, and of 81 given ones.
    levels = photos[0].astype(float)
    residual = levels[:, :-3] - 3 * levels[:, 1:-2] + 3 * levels[:, 2:-1] - levels[:, 3:]
    vectors = np.stack([residual[:, n : n - 4] for n in range(4)], axis=-1).reshape(-1, 4)
    vectors = vectors.clip(-9, 9)
    product = np.array(list(itertools.product((-4.5, 0, 4.5), repeat=4)))

    def distortion(words):
        return np.square(vectors[:, np.newaxis] - words).sum(axis=-1).min(axis=1).mean()

    assert fitted.codebooks_.shape == (2, 30, 4)
    assert distortion(fitted.codebooks_[1]) < distortion(product[::3])
    np.testing.assert_allclose(fitted.transform(photos).reshape(2, 2, 30).sum(axis=-1), 1)


def test_patches_that_overlap_are_described_as_by_themselves(fitted, photos):
    patches = PatchSequence(PatchExtractor((40, 30), overlap=0.6).fit_transform(photos))
    alone = fitted.transform(np.asarray(patches))
    np.testing.assert_array_equal(fitted.transform(patches), alone)


def test_a_codebook_from_patches_is_that_from_their_images(fitted, photos):
    patches = PatchSequence(PatchExtractor(50, overlap=0.5).fit_transform(photos))
    again = ResidualWords(n_words=30, n_codebook_vectors=4000, random_state=0).fit(patches)
    np.testing.assert_array_equal(again.codebooks_, fitted.codebooks_)


def test_words_in_portions_are_words_at_once(fitted, photos, monkeypatch):
    whole = fitted.transform(photos)
    monkeypatch.setattr(_residual_words, "CHUNK_VALUES", 1)
    np.testing.assert_array_equal(fitted.transform(photos), whole)


def test_same_seed_same_bits(fitted, photos):
    parameters = {"n_words": 30, "n_codebook_vectors": 4000}
    again = ResidualWords(**parameters, random_state=0).fit(photos)
    np.testing.assert_array_equal(again.codebooks_, fitted.codebooks_)
    other = ResidualWords(**parameters, random_state=1).fit(photos)
    assert (other.codebooks_ != fitted.codebooks_).any()


def test_unclipped_words_reach_to_the_edges(fitted, photos):
    free = ResidualWords(30, clip=None, n_codebook_vectors=4000, random_state=0).fit(photos)
    assert np.abs(fitted.codebooks_).max() <= 9 < np.abs(free.codebooks_).max() / 5


def test_green_and_files(photo_files):
    words = ResidualWords(n_words=9, n_codebook_vectors=500, random_state=0)
    assert words.fit_transform(photo_files).shape == (6, 18)
    image = astronaut()[np.newaxis, :60, :50]
    np.testing.assert_array_equal(words.fit_transform(image), words.fit_transform(image[..., 1]))


def test_too_few_vectors_for_the_words_are_explained(photos):
    with pytest.raises(ValueError, match="n_words=50 is more than the 32 vectors of residuals"):
        ResidualWords(50, n_codebook_vectors=32).fit(photos)
    with pytest.raises(ValueError, match="n_words=81 is more than the 32 vectors"):
        ResidualWords().fit(photos[:1, :7, :7])
