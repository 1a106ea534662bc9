import numpy as np
import pytest
from skimage.data import astronaut, camera

from sk_hyperimage.feature_extraction import CorniaFeatures, _cornia
from sk_hyperimage.feature_extraction._patch_words import WHITENING_EPS, random_patches
from sk_hyperimage.utils._whitening import zca_whitening


@pytest.fixture(scope="module")
def photos():
    return camera()[:200, :300].reshape(2, 100, 300) / 255


@pytest.fixture
def cornia(photos):
    parameters = {"n_words": 40, "n_patches": None, "n_codebook_patches": 4000}
    return CorniaFeatures(**parameters, random_state=0).fit(photos)


def features_by_loops(levels, cornia):
    """The release's soft assignment and max pooling, a patch and a word at a time."""
    size = cornia.patch_size
    positive, negative = np.zeros(cornia.n_words), np.zeros(cornia.n_words)
    for i in range(levels.shape[0] - size + 1):
        for j in range(levels.shape[1] - size + 1):
            patch = levels[i : i + size, j : j + size].ravel()
            patch = (patch - patch.mean()) / np.sqrt(patch.var(ddof=1) + 10)
            patch = (patch - cornia.mean_) @ cornia.whitening_
            for k, word in enumerate(cornia.codebook_):
                product = np.dot(patch, word) / np.linalg.norm(word)
                positive[k] = max(positive[k], product)
                negative[k] = max(negative[k], -product)
    return np.r_[positive, negative]


@pytest.mark.parametrize("crop", [np.s_[:12, :15], np.s_[30:37, 60:80]])
def test_features_equal_soft_assignment_by_loops(crop, cornia, photos):
    image = photos[0][crop]
    expected = features_by_loops(image * 255, cornia)
    np.testing.assert_allclose(cornia.transform([image])[0], expected, atol=1e-10)
    assert (expected > 0).sum() > 40


def test_whitening_is_that_of_the_definition(photos):
    patches = random_patches(photos[0] * 255, 4, 3000, random_state=0)
    covariance = np.cov(patches.T, bias=True)
    whitening = zca_whitening(patches, WHITENING_EPS)
    np.testing.assert_allclose(whitening, whitening.T, atol=1e-10)
    regularized = covariance + 0.1 * np.eye(16)
    np.testing.assert_allclose(whitening @ regularized @ whitening, np.eye(16), atol=1e-9)


def test_patches_are_normalized_by_what_the_release_says(rng):
    levels = rng.integers(0, 256, size=(5, 6)).astype(float)
    patches = random_patches(levels, 4, None, random_state=0)
    assert patches.shape == (2 * 3, 16)
    first = levels[:4, :4]
    expected = (first - first.mean()) / np.sqrt(((first - first.mean()) ** 2).sum() / 15 + 10)
    np.testing.assert_allclose(patches[0], expected.ravel())


def test_patches_are_drawn_once_each_and_from_everywhere():
    levels = np.arange(30.0 * 40).reshape(30, 40) ** 2  # no two patches alike
    patches = random_patches(levels, 3, 900, random_state=0)
    everything = random_patches(levels, 3, None, random_state=0)
    assert len(np.unique(patches, axis=0)) == 900
    assert len(everything) == 28 * 38
    assert {tuple(patch) for patch in patches} < {tuple(patch) for patch in everything}


def test_words_lie_nearer_to_patches_than_any_directions_do(photos, rng):
    cornia = CorniaFeatures(n_words=8, patch_size=2, random_state=0).fit(photos)
    patches = random_patches(photos[0] * 255, 2, None, random_state=0)
    patches = (patches - cornia.mean_) @ cornia.whitening_
    directions = rng.normal(size=cornia.codebook_.shape)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    np.testing.assert_allclose(np.linalg.norm(cornia.codebook_, axis=1), 1)
    to_words = (patches @ cornia.codebook_.T).max(axis=1).mean()
    assert to_words > 1.1 * (patches @ directions.T).max(axis=1).mean()


def test_patch_that_is_a_word_has_its_length_as_product(cornia, photos):
    patch = photos[0][50:57, 100:107]
    described = random_patches(patch * 255, 7, None, random_state=0)
    described = ((described - cornia.mean_) @ cornia.whitening_)[0]
    length = np.linalg.norm(described)
    cornia.codebook_[3], cornia.codebook_[4] = described / length, -described / length
    features = cornia.transform([patch])[0]
    np.testing.assert_allclose(features[[3, 40 + 4]], length)
    np.testing.assert_allclose(features[[40 + 3, 4]], 0)
    assert (features <= length * (1 + 1e-12)).all()


def test_negative_image_exchanges_the_signs(cornia, photos):
    cornia.mean_[:] = 0
    positive = cornia.transform(photos)
    negative = cornia.transform(1 - photos)
    np.testing.assert_allclose(negative, np.roll(positive, 40, axis=1), atol=1e-9)


def test_brightness_is_ignored(cornia, photos):
    np.testing.assert_allclose(
        cornia.transform(photos / 2 + 0.3), cornia.transform(photos / 2), atol=1e-9
    )


def test_more_patches_can_only_raise_features(cornia, photos):
    everything = cornia.transform(photos)
    n_positions = 94 * 294
    for n_patches in (1, 100, n_positions - 1):
        some = cornia.set_params(n_patches=n_patches).transform(photos)
        assert (some <= everything).all()
    np.testing.assert_array_equal(
        cornia.set_params(n_patches=n_positions).transform(photos), everything
    )


@pytest.mark.parametrize("n_values", [1, 100_000])
def test_words_in_portions_are_words_at_once(n_values, cornia, photos, monkeypatch):
    whole = cornia.transform(photos)
    assert whole.shape == (2, 80)
    monkeypatch.setattr(_cornia, "CHUNK_VALUES", n_values)
    np.testing.assert_allclose(cornia.transform(photos), whole, atol=1e-12)


def test_same_seed_same_bits(photos):
    parameters = {"n_words": 10, "n_patches": 50, "n_codebook_patches": 500}
    one, two, other = (
        CorniaFeatures(**parameters, random_state=seed).fit_transform(photos) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()
    unseeded = CorniaFeatures(**parameters).fit(photos)
    np.testing.assert_array_equal(unseeded.transform(photos), unseeded.transform(photos))


def test_positions_are_the_same_in_all_images_of_one_size(photos):
    cornia = CorniaFeatures(n_words=10, n_patches=20, n_codebook_patches=500).fit(photos)
    features = cornia.transform(photos[[0, 1, 0]])
    np.testing.assert_array_equal(features[0], features[2])


def test_single_precision_stays_and_differs_little(photos):
    cornia = CorniaFeatures(n_words=20, n_codebook_patches=500, random_state=0)
    single = cornia.fit_transform(photos.astype(np.float32))
    assert single.dtype == cornia.codebook_.dtype == np.float32
    assert cornia.fit(photos).transform(photos).dtype == np.float64
    np.testing.assert_allclose(
        cornia.transform(photos.astype(np.float32)), cornia.transform(photos), atol=1e-3
    )


def test_files_lists_and_arrays_give_the_same_features(photo_files):
    from skimage.io import imread

    cornia = CorniaFeatures(n_words=20, random_state=0)
    from_files = cornia.fit_transform(photo_files)
    assert from_files.shape == (6, 40)
    from_arrays = cornia.fit_transform([imread(path) for path in photo_files])
    np.testing.assert_array_equal(from_files, from_arrays)


def test_colors_become_whole_gray_levels(cornia):
    image = astronaut()[:40, :50]
    gray = np.rint(image @ [0.298936021293776, 0.587043074451121, 0.114020904255103])
    color = CorniaFeatures(n_words=5, random_state=0).fit_transform(image[np.newaxis])
    alike = CorniaFeatures(n_words=5, random_state=0).fit_transform(
        gray.astype(np.uint8)[np.newaxis]
    )
    np.testing.assert_array_equal(color, alike)


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (7, 6)])
def test_images_smaller_than_a_patch_are_mirrored(shape, cornia, rng):
    image = rng.random(shape)
    mirrored = np.pad(image, [(0, max(0, 7 - n)) for n in shape], mode="symmetric")
    np.testing.assert_array_equal(cornia.transform([image]), cornia.transform([mirrored]))


def test_too_few_patches_for_the_words_are_explained(rng):
    with pytest.raises(ValueError, match=r"n_words=50 is more than the 8 patches drawn"):
        CorniaFeatures(n_words=50).fit(rng.random((2, 8, 8)))
    with pytest.raises(ValueError, match=r"n_words=50 is more than the 30 patches drawn"):
        CorniaFeatures(n_words=50, n_codebook_patches=30).fit(rng.random((2, 30, 30)))


def test_other_channels_are_refused(rng):
    with pytest.raises(ValueError, match="images of 4 channels; CorniaFeatures takes gray"):
        CorniaFeatures().fit(rng.random((2, 8, 8, 4)))
