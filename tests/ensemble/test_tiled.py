"""Large images tile by tile: exact where they fit, and small damage where it is."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from sk_hyperimage.ensemble import (
    HyperImageRegressor,
    PatchPoolingRegressor,
    TiledClassifier,
    TiledRegressor,
)
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.inspection import patch_maps
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import load_model, save_model
from sk_hyperimage.preprocessing import LocalContrastNormalizer

TILE = (48, 64)
FAST = {"max_epochs": 2, "random_state": 0}


class Roughness(RegressorMixin, BaseEstimator):
    """A patch stage that is known by hand: how much neighboring pixels of a patch differ."""

    def fit(self, X, y):
        self.fitted_ = True
        return self

    def predict(self, X):
        return np.abs(np.diff(np.asarray(X), axis=1)).mean(axis=(1, 2, 3))


class Mean(RegressorMixin, BaseEstimator):
    """Scores of whole images that are known by hand; it notes the shapes that it is given."""

    def fit(self, X, y, groups=None):
        self.groups_ = groups
        return self

    def predict(self, X):
        self.seen_ = [np.shape(image)[:2] for image in X]
        return np.array([np.mean(image) for image in X])


class Shares(ClassifierMixin, Mean):
    """Probabilities of three or two labels."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        greater = super().predict(X)
        first = [(1 - greater) / (len(self.classes_) - 1)] * (len(self.classes_) - 1)
        return np.column_stack([*first, greater])


def smooth(rng, shape):
    return (0.5 + gaussian_filter(rng.normal(0, 1, shape), 3)).astype(np.float32)


def by_patches(tile):
    """A model of roughness, fitted on images of the size of a tile."""
    rng = np.random.default_rng(0)
    images = [smooth(rng, tile) for _ in range(4)]
    model = make_pipeline(PatchExtractor(16), PatchPoolingRegressor(Roughness(), pooling="max"))
    return model.fit(images, np.arange(4.0))


@pytest.fixture(scope="module")
def two_stages():
    rng = np.random.default_rng(0)
    images = rng.random((12, *TILE), dtype=np.float32) * rng.random((12, 1, 1), dtype=np.float32)
    model = HyperImageRegressor(
        LocalContrastNormalizer(),
        PatchExtractor(16),
        CNNRegressor("C(4,5,1,linear,valid) MinMaxPool(12) FC(6) FC(1,linear)", **FAST),
        CNNRegressor("C(4) MP(2) FC(6) FC(1,linear)", **FAST),
        random_state=0,
    )
    return model.fit(images, images.std(axis=(1, 2)))


def tiled(model, tile=TILE, **options):
    return TiledRegressor(FrozenEstimator(model), tile, **options).fit(np.zeros((1, *tile)))


def with_defect(image, row, col):
    damaged = image.copy()
    damaged[row : row + 8, col : col + 8] += 0.25 * (np.indices((8, 8)).sum(axis=0) % 2)
    return damaged


def test_images_that_fit_are_predicted_as_they_are(two_stages, rng):
    images = [rng.random(TILE), rng.random((20, 64)), rng.random((48, 30))]
    model = tiled(two_stages)
    np.testing.assert_array_equal(model.predict(images), two_stages.predict(images))
    for own, of_tiles in zip(
        patch_maps(two_stages, images), patch_maps(model, images), strict=True
    ):
        np.testing.assert_array_equal(own, of_tiles)


@pytest.mark.parametrize(
    ("pooling", "rule"),
    [("mean", np.mean), ("min", np.min), (0.25, lambda scores: np.quantile(scores, 0.25))],
)
def test_scores_are_those_of_the_tiles_pooled(two_stages, rng, pooling, rule):
    tiles = rng.random((4, *TILE), dtype=np.float32)
    small = rng.random((20, 64), dtype=np.float32)
    large = np.block([[tiles[0], tiles[1]], [tiles[2], tiles[3]]])
    found = tiled(two_stages, pooling=pooling).predict([large, small])
    expected = [rule(two_stages.predict(tiles)), *two_stages.predict([small])]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("tile", "n_along", "stride"),
    [
        (TILE, 5, None),
        (TILE, 5, 4),
        pytest.param((384, 512), 8, None, marks=pytest.mark.slow),  # 12 megapixels
    ],
)
def test_a_defect_is_found_at_the_same_pixels_of_a_larger_image(tile, n_along, stride, rng):
    intact = smooth(rng, (n_along * tile[0], n_along * tile[1]))
    row, col = 2 * tile[0], 3 * tile[1]
    large = with_defect(intact, row + 21, col + 33)
    small = large[row : row + tile[0], col : col + tile[1]]
    of_patches = by_patches(tile)
    model = tiled(of_patches, tile, pooling="max")
    (of_large,) = patch_maps(model, [large], stride=stride)
    (of_small,) = patch_maps(of_patches, [small], stride=stride)
    assert of_large.shape == large.shape
    there = of_large[row : row + tile[0], col : col + tile[1]]
    np.testing.assert_array_equal(there, of_small)
    assert there.max() == of_large.max()
    assert model.predict([large]) == of_patches.predict([small])
    with pytest.warns(UserWarning, match=f"scaled down, {n_along} times"):
        seen = np.ptp([of_patches.predict([image]) for image in (large, intact)])
    assert seen < 0.05 * np.ptp([model.predict([image]) for image in (large, intact)])


def test_a_defect_across_the_seams_of_tiles_is_found(rng):
    large = smooth(rng, (200, 300))
    for row, col in ((91, 124), (192, 0)):
        damaged = with_defect(large, row, col)
        (map_,) = patch_maps(tiled(by_patches(TILE), overlap=0.25), [damaged])
        highest = np.unravel_index(map_.argmax(), map_.shape)
        assert np.abs(np.subtract(highest, (row + 4, col + 4))).max() <= 16


def test_tiles_cover_the_image_at_its_resolution(rng):
    model = TiledRegressor(Mean(), (10, 12), overlap=0.5).fit([rng.random((8, 8))], [0])
    image = rng.random((7, 40))
    model.predict([image])
    assert set(model.estimator_.seen_) == {(7, 12)}
    assert len(model.estimator_.seen_) == 6
    assert TiledRegressor(Mean()).fit([image, image.T], [0, 1]).tile_shape_ == (40, 40)


def test_memory_holds_few_tiles_at_a_time(monkeypatch, rng):
    from sk_hyperimage.ensemble import _tiled

    monkeypatch.setattr(_tiled, "PORTION_FLOATS", 3 * 64)
    model = TiledRegressor(Mean(), 8).fit(rng.random((2, 8, 8)), [0, 1])
    image = rng.random((40, 80))
    assert model.predict([image]) == pytest.approx(image.mean())
    assert len(model.estimator_.seen_) <= 3


def test_of_two_labels_the_greater_is_pooled_and_of_more_each():
    image = np.zeros((8, 80), dtype=np.float32)
    image[:, :8] = 0.9
    for labels in (["authentic", "tampered"], [0, 1, 2]):
        model = TiledClassifier(Shares(), 8, pooling="max")
        model.fit(np.zeros((len(labels), 8, 8), dtype=np.float32), labels)
        (shares,) = model.predict_proba([image])
        assert shares.sum() == pytest.approx(1)
        if len(labels) == 2:
            np.testing.assert_allclose(shares, [0.1, 0.9], rtol=1e-6)
            assert model.predict([image]) == ["tampered"]
        else:
            np.testing.assert_allclose(shares, np.array([0.5, 0.5, 0.9]) / 1.9, rtol=1e-6)


def test_groups_reach_the_estimator(rng):
    images, groups = rng.random((3, 8, 8)), np.array([4, 5, 5])
    model = TiledRegressor(Mean()).fit(images, [0, 1, 2], groups=groups)
    np.testing.assert_array_equal(model.estimator_.groups_, groups)
    with config_context(enable_metadata_routing=True):
        routed = TiledRegressor(Mean().set_fit_request(groups=True))
        routed.fit(images, [0, 1, 2], groups=groups)
    np.testing.assert_array_equal(routed.estimator_.groups_, groups)


def test_what_is_wrong_is_named(two_stages, rng, tmp_path):
    with pytest.raises(ValueError, match="tile_size must be given for a frozen estimator"):
        TiledRegressor(FrozenEstimator(two_stages)).fit(rng.random((1, *TILE)))
    with pytest.raises(ValueError, match="tile_size"):
        TiledRegressor(Mean(), (8, 8, 8)).fit(rng.random((1, 8, 8)), [0])
    with pytest.raises(ValueError, match="pooling"):
        TiledRegressor(Mean(), pooling=1.5).fit(rng.random((1, 8, 8)), [0])
    narrow = rng.random((8, 400))
    with pytest.raises(ValueError, match=r"X\[1\], in a tile: .*smaller than a patch"):
        tiled(two_stages).predict([rng.random(TILE), narrow])


def test_it_is_cloned_and_saved(two_stages, rng, tmp_path):
    model = clone(tiled(two_stages, pooling=0.1)).fit(rng.random((1, *TILE)))
    save_model(model, tmp_path / "model")
    large = [rng.random((100, 70))]
    loaded = load_model(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(large), model.predict(large))
