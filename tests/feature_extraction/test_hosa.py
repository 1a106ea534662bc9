import numpy as np
import pytest
from skimage.data import camera

from sk_hyperimage.feature_extraction import HosaFeatures
from sk_hyperimage.feature_extraction._hosa import patches_on_grid


@pytest.fixture(scope="module")
def hosa():
    images = camera()[:120, :160].reshape(2, 60, 160) / 255
    return HosaFeatures(n_words=8, n_codebook_patches=2000, random_state=0).fit(images)


def features_by_loops(levels, hosa):
    """The release's aggregation, a patch and a word at a time."""
    n_words, size = hosa.codebook_.shape
    members = [[] for _ in range(n_words)]
    for patch in patches_on_grid(levels, 7):
        patch = (patch - hosa.mean_) @ hosa.whitening_
        squares = ((hosa.codebook_ - patch) ** 2).sum(axis=1)
        near = np.argsort(squares)[:5]
        weights = np.exp(-0.05 * squares[near])
        for word, weight in zip(near, weights / weights.sum(), strict=True):
            members[word].append((weight, patch))
    features = np.zeros((3, n_words, size))
    for word, of_word in enumerate(members):
        if of_word:
            weights, patches = (np.array(part) for part in zip(*of_word, strict=True))
            weights /= weights.sum()
            mean = weights @ patches
            features[0, word] = mean - hosa.codebook_[word]
            if len(of_word) > 1:
                variance = weights @ (patches - mean) ** 2
                skewness = weights @ (patches - mean) ** 3 / (variance**1.5 + 1e-4)
                features[1, word] = variance - hosa.variances_[word]
                features[2, word] = skewness - hosa.skewnesses_[word]
    features = np.sign(features) * np.abs(features) ** 0.2
    return (features / np.linalg.norm(features)).ravel()


@pytest.mark.parametrize("crop", [np.s_[:7, :7], np.s_[:7, :8], np.s_[:40, 60:110]])
def test_features_equal_aggregation_by_loops(crop, hosa):
    levels = camera()[crop]
    expected = features_by_loops(levels.astype(float), hosa)
    # The fifth root makes much of rounding errors of differences near 0.
    np.testing.assert_allclose(hosa.transform(levels[np.newaxis])[0], expected, atol=1e-5)


def test_words_are_the_means_of_their_patches_and_know_their_spread(hosa):
    names = hosa.get_feature_names_out()
    assert len(set(names)) == 3 * 8 * 49
    assert names[8 * 49] == "variance_word0_pixel0"
    for of_words in (hosa.codebook_, hosa.variances_, hosa.skewnesses_):
        assert of_words.shape == (8, 49)
        assert np.isfinite(of_words).all()
    assert (hosa.variances_ >= 0).all()


@pytest.mark.parametrize(("shape", "n_patches"), [((106, 106), 100**2), ((212, 206), 103 * 100)])
def test_the_grid_has_about_ten_thousand_patches(shape, n_patches, rng):
    assert len(patches_on_grid(rng.random(shape), 7)) == n_patches


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (20, 20)])
def test_flat_and_small_images_have_features_of_unit_length(shape, hosa):
    features = hosa.transform([np.full(shape, 0.3), np.full(shape, 1.0)])
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1)
    np.testing.assert_allclose(features[0], features[1], atol=1e-6)
