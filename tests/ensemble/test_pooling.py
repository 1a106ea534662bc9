import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator

from sk_hyperimage.ensemble import PatchPoolingClassifier, PatchPoolingRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor

FAST = {"max_epochs": 2, "random_state": 0}
REGRESSOR = CNNRegressor("C(4) MP(4) FC(5) FC(1,linear)", **FAST)
CLASSIFIER = CNNClassifier("C(4) MP(4) FC(5) FC(1,sigmoid)", **FAST)


@pytest.fixture
def grids(rng):
    return PatchExtractor(patch_size=8, overlap=0.5).fit_transform(rng.random((12, 16, 20)))


@pytest.mark.parametrize("pooling", ["mean", "median", "min", "max"])
def test_scores_are_the_pooled_scores_of_the_patches(pooling, grids):
    y = np.linspace(0, 1, 12)
    model = PatchPoolingRegressor(REGRESSOR, pooling=pooling).fit(grids, y)
    flat = np.asarray(grids).reshape(-1, 8, 8, 1)
    by_hand = model.estimator_.predict(flat).reshape(12, -1)
    np.testing.assert_allclose(model.predict_patches(grids).reshape(12, -1), by_hand)
    np.testing.assert_allclose(model.predict(grids), getattr(np, pooling)(by_hand, axis=1))


@pytest.mark.parametrize("pooling", ["mean", "median", "min", "max"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_pooled_probabilities_sum_to_one(pooling, n_classes, grids):
    labels = np.array(["a", "b", "c"])[np.arange(12) % n_classes]
    model = PatchPoolingClassifier(CLASSIFIER, pooling=pooling).fit(grids, labels)
    patches = model.predict_proba_patches(grids)
    assert patches.shape == (12, 3, 4, n_classes)
    pooled = getattr(np, pooling)(patches.reshape(12, -1, n_classes), axis=1)
    expected = pooled / pooled.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(grids), expected)
    assert (model.predict(grids) == model.classes_[expected.argmax(axis=1)]).all()


def test_frozen_patch_stage_is_pooled_with_another_rule(grids):
    y = np.linspace(0, 1, 12)
    mean = PatchPoolingRegressor(REGRESSOR).fit(grids, y)
    worst = PatchPoolingRegressor(FrozenEstimator(mean.estimator_), pooling="min").fit(grids, y)
    np.testing.assert_array_equal(worst.predict_patches(grids), mean.predict_patches(grids))
    assert (worst.predict(grids) <= mean.predict(grids)).all()


def test_unknown_rules_are_refused(grids):
    with pytest.raises(ValueError, match="pooling"):
        PatchPoolingRegressor(REGRESSOR, pooling="mode").fit(grids, np.zeros(12))
