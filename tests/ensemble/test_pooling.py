import numpy as np
import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC

from sk_hyperimage.ensemble import PatchPoolingClassifier, PatchPoolingRegressor
from sk_hyperimage.feature_extraction import InsideMasks, PatchExtractor
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
    by_hand = model.patch_estimator_.predict(flat).reshape(12, -1)
    np.testing.assert_allclose(model.predict_patches(grids).reshape(12, -1), by_hand)
    np.testing.assert_allclose(model.predict(grids), getattr(np, pooling)(by_hand, axis=1))


@pytest.mark.parametrize("pooling", ["mean", "median", "min", "max"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_pooled_probabilities_sum_to_one(pooling, n_classes, grids):
    labels = np.array(["a", "b", "c"])[np.arange(12) % n_classes]
    model = PatchPoolingClassifier(CLASSIFIER, pooling=pooling).fit(grids, labels)
    patches = model.predict_patches(grids)
    assert patches.shape == (12, 3, 4, n_classes)
    pooled = getattr(np, pooling)(patches.reshape(12, -1, n_classes), axis=1)
    if n_classes == 2:  # an image is "b" as far as its patches are, whatever speaks for "a"
        pooled[:, 0] = 1 - pooled[:, 1]
    expected = pooled / pooled.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(grids), expected)
    assert (model.predict(grids) == model.classes_[expected.argmax(axis=1)]).all()


def test_frozen_patch_stage_is_pooled_with_another_rule(grids):
    y = np.linspace(0, 1, 12)
    mean = PatchPoolingRegressor(REGRESSOR).fit(grids, y)
    worst = PatchPoolingRegressor(FrozenEstimator(mean.patch_estimator_), pooling="min").fit(
        grids, y
    )
    np.testing.assert_array_equal(worst.predict_patches(grids), mean.predict_patches(grids))
    assert (worst.predict(grids) <= mean.predict(grids)).all()


def test_patches_that_masks_teach_find_defects_of_some_patches(rng):
    images = rng.normal(100, 3, size=(24, 32, 32)).clip(0, 255).astype(np.uint8)
    masks = np.zeros(images.shape, dtype=bool)
    for index in range(1, 24, 2):
        row, col = rng.integers(0, 24, 2)
        masks[index, row : row + 8, col : col + 8] = True
    images[masks] = rng.integers(60, 140, masks.sum())
    labels = np.where(masks.any(axis=(1, 2)), "torn", "fine")
    grids = PatchExtractor(patch_size=8, overlap=0.5).fit_transform(images)
    network = CNNClassifier(
        "C(8,3) MP(6) FC(8) FC(1,sigmoid)", solver="adam", learning_rate_init=0.01, max_epochs=12
    )
    model = PatchPoolingClassifier(
        network, "max", supervision=InsideMasks(max_per_image=9), random_state=0
    )
    model.fit(grids[:16], labels[:16], masks=masks[:16])
    again = clone(model).fit(grids[:16], labels[:16], masks=masks[:16])
    probability = model.predict_proba(grids[16:])
    np.testing.assert_array_equal(again.predict_proba(grids[16:]), probability)
    assert roc_auc_score(labels[16:] == "torn", probability[:, 1]) > 0.9
    assert model.classes_.tolist() == ["fine", "torn"]
    assert 0 <= model.score(grids[16:], labels[16:]) <= 1
    by_labels = clone(model).set_params(supervision=None).fit(grids[:16], labels[:16])
    with pytest.raises(TypeError, match="masks"):
        by_labels.fit(grids[:16], labels[:16], masks=masks[:16])


def test_unknown_rules_are_refused(grids):
    with pytest.raises(ValueError, match="pooling"):
        PatchPoolingRegressor(REGRESSOR, pooling="mode").fit(grids, np.zeros(12))


def test_classifiers_without_probabilities_are_pooled_by_their_decisions(grids):
    labels = np.repeat(["dark", "light"], 6)
    flat = FunctionTransformer(lambda X: np.asarray(X).reshape(len(X), -1))
    for pooling in ("mean", "max"):
        model = PatchPoolingClassifier(make_pipeline(flat, LinearSVC()), pooling=pooling)
        model.fit(grids, labels)
        decisions = model.patch_estimator_.decision_function(
            np.asarray(grids).reshape(-1, *grids.shape[3:])
        ).reshape(12, -1)
        pooled = getattr(decisions, pooling)(axis=1)
        np.testing.assert_allclose(model.decision_function(grids), pooled)
        expected = np.where(pooled > 0, "light", "dark")
        np.testing.assert_array_equal(model.predict(grids), expected)
        assert not hasattr(model, "predict_proba")
        maps = model.predict_patches(grids)
        np.testing.assert_allclose(maps[..., 1].reshape(12, -1), expit(decisions))
        np.testing.assert_allclose(maps.sum(axis=-1), 1)
    three = PatchPoolingClassifier(make_pipeline(flat, LinearSVC())).fit(grids, np.arange(12) % 3)
    assert three.decision_function(grids).shape == (12, 3)
    np.testing.assert_array_equal(three.predict(grids), three.decision_function(grids).argmax(1))
    assert not hasattr(PatchPoolingClassifier(CLASSIFIER), "decision_function")


def test_the_largest_probability_of_patches_can_be_calibrated(rng):
    """scikit-learn's calibration makes probabilities of images of it, and keeps their ranks."""
    labels = rng.integers(0, 2, size=240)
    patches = rng.normal(size=(240, 4, 4, 3, 3))
    patches[labels == 1, 0, 0] += 1.5  # one of sixteen shows it, and not surely
    of_patches = make_pipeline(
        FunctionTransformer(lambda X: np.reshape(X, (len(X), -1))), LogisticRegression()
    )
    inside = patches[:80, 0, 0], labels[:80]
    frozen = FrozenEstimator(of_patches.fit(*inside))
    pooled = PatchPoolingClassifier(frozen, "max").fit(patches[80:160], labels[80:160])
    calibrated = CalibratedClassifierCV(FrozenEstimator(pooled), method="sigmoid")
    calibrated.fit(patches[80:160], labels[80:160])
    before, after = (model.predict_proba(patches[160:])[:, 1] for model in (pooled, calibrated))
    assert before.mean() > labels[160:].mean() + 0.1
    assert abs(after.mean() - labels[160:].mean()) < 0.1
    assert log_loss(labels[160:], after) < log_loss(labels[160:], before)
    assert roc_auc_score(labels[160:], after) == pytest.approx(roc_auc_score(labels[160:], before))
