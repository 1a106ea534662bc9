"""Accept or reject: thresholds, against a search by hand, and what y may be."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score, make_scorer
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_hyperimage.ensemble import AcceptanceClassifier, KindThenScoreRegressor
from sk_hyperimage.feature_extraction import BrisqueFeatures


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    mos = 3 + X @ [1.0, 0.5, 0.0] + rng.normal(scale=0.6, size=120)
    return X, mos, np.repeat(np.arange(30), 4)


class Remembers(LinearRegression):
    """Refuses to predict what it was fitted on."""

    def fit(self, X, y):
        self.seen_ = {tuple(row) for row in X}
        return super().fit(X, y)

    def predict(self, X):
        assert not self.seen_ & {tuple(row) for row in X}
        return super().predict(X)


def test_the_threshold_is_the_best_of_a_search_by_hand_on_held_out_groups(data):
    X, mos, groups = data
    y = mos >= 4
    cv = GroupKFold(3)
    model = AcceptanceClassifier(Remembers(), cv=cv, thresholds=500)
    model.fit(X, y, scores=mos, groups=groups)
    predicted = np.empty(120)
    for train, test in cv.split(X, y, groups):
        predicted[test] = LinearRegression().fit(X[train], mos[train]).predict(X[test])
    by_hand = [balanced_accuracy_score(y, predicted >= cut) for cut in np.sort(predicted)]
    assert model.best_score_ == pytest.approx(max(by_hand), abs=1e-12)
    assert model.best_score_ == balanced_accuracy_score(y, predicted >= model.best_threshold_)
    assert model.best_threshold_ < 4  # predictions are less extreme than scores


def test_images_of_a_group_stay_together_by_default(data):
    X, mos, groups = data

    class OfGroups(Remembers):
        def predict(self, X):
            assert len({tuple(row) for row in X} & set(map(tuple, data[0]))) % 4 == 0
            return super().predict(X)

    AcceptanceClassifier(OfGroups()).fit(X, mos >= 3, scores=mos, groups=groups)


def test_a_cost_moves_the_threshold(data):
    X, mos, _ = data

    def cost(y, accepted, of_accepting):
        return of_accepting * (accepted & ~y).sum() + (~accepted & y).sum()

    thresholds = []
    for price in (0.1, 1, 10, 1e6):
        scoring = make_scorer(cost, greater_is_better=False, of_accepting=price)
        model = AcceptanceClassifier(Ridge(), scoring=scoring).fit(X, mos >= 3, scores=mos)
        thresholds.append(model.best_threshold_)
    assert thresholds == sorted(thresholds) and thresholds[0] < thresholds[-1]
    assert not model.predict(X).all()


@pytest.mark.parametrize("frozen", [False, True])
def test_scores_may_run_in_either_direction_and_labels_be_of_any_kind(frozen, data):
    X, mos, _ = data
    answers = []
    for scores in (mos, -mos):
        regressor = FrozenEstimator(Ridge().fit(X, scores)) if frozen else Ridge()
        for y in (mos >= 3, (mos < 3).astype(int), np.where(mos >= 3, "accept", "reject")):
            model = AcceptanceClassifier(regressor, thresholds=20, cv=2)
            model.fit(X, y, scores=None if frozen else scores)
            answers.append(model.predict(X) == np.unique(y)[-1])
    for answer in answers[1:]:
        same = np.array_equal(answer, answers[0]) or np.array_equal(answer, ~answers[0])
        assert same and 0.8 < balanced_accuracy_score(mos >= 3, answers[0])


def test_a_frozen_regressor_stays_and_is_asked_once(data):
    X, mos, _ = data
    frozen = FrozenEstimator(Ridge().fit(X[:60], mos[:60]))
    model = AcceptanceClassifier(frozen).fit(X[60:], mos[60:] >= 3)
    np.testing.assert_array_equal(model.regressor_.coef_, frozen.coef_)
    predicted = frozen.predict(X)
    np.testing.assert_array_equal(model.predict(X), predicted >= model.best_threshold_)
    np.testing.assert_allclose(model.decision_function(X), predicted - model.best_threshold_)


def test_without_scores_the_labels_are_learned(data):
    X, mos, _ = data
    model = AcceptanceClassifier(Ridge()).fit(X, mos >= 3)
    assert 0 < model.best_threshold_ < 1 and model.sign_ == 1


def test_scikit_learn_validates_and_calibrates_it_on_file_paths(photo_files):
    files, mos = np.repeat(photo_files, 4), np.tile([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 4)
    files = np.array(files, dtype=str)
    groups = np.repeat(np.arange(6), 4)
    regressor = make_pipeline(BrisqueFeatures(), StandardScaler(), Ridge())
    model = AcceptanceClassifier(regressor, cv=2)
    with sklearn.config_context(enable_metadata_routing=True):
        found = cross_validate(
            clone(model), files, mos > 3, scoring="balanced_accuracy", cv=GroupKFold(2),
            params={"scores": mos, "groups": groups}, error_score="raise",
        )  # fmt: skip
    assert np.isfinite(found["test_score"]).all()
    frozen = FrozenEstimator(model.fit(files, mos > 3, scores=mos))
    probabilities = CalibratedClassifierCV(frozen).fit(files, mos > 3).predict_proba(files)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("options", "y", "message"),
    [
        ({"thresholds": [3.0, np.nan]}, None, "thresholds contains NaN"),
        ({"thresholds": [np.inf]}, None, "thresholds contains infinity"),
        ({"thresholds": 0}, None, "'thresholds' parameter"),
        ({}, np.ones(120), "y holds 1 class"),
        ({}, np.arange(120) % 3, "Only binary classification is supported"),
        ({"scoring": make_scorer(lambda y, p: np.nan)}, None, "scoring is NaN at every threshold"),
    ],
)
def test_what_gives_no_threshold_is_refused_by_name(options, y, message, data):
    X, mos, _ = data
    y = mos >= 3 if y is None else y
    with pytest.raises(ValueError, match=message):
        AcceptanceClassifier(Ridge(), **options).fit(X, y, scores=mos)


def test_constant_predictions_are_refused(data):
    X, mos, _ = data
    frozen = FrozenEstimator(Ridge().fit(X, np.full(120, 2.0)))
    with pytest.raises(ValueError, match="predicts 2.0 for every held-out image"):
        AcceptanceClassifier(frozen).fit(X, mos >= 3)


def test_metadata_of_the_regressor_are_taken_and_others_refused(data):
    X, mos, groups = data
    kinds = np.arange(120) % 2
    regressor = KindThenScoreRegressor(LogisticRegression(), LinearRegression())
    model = AcceptanceClassifier(regressor).fit(X, mos >= 3, scores=mos, kinds=kinds)
    assert model.regressor_.kinds_.tolist() == [0, 1]
    with sklearn.config_context(enable_metadata_routing=True):
        given = {"scores": mos, "groups": groups, "kinds": kinds}
        found = cross_validate(
            model, X, mos >= 3, params=given, cv=GroupKFold(3), error_score="raise"
        )
    assert (found["test_score"] > 0.6).all()
    with pytest.raises(TypeError, match="'kinds', which the fit of Ridge does not request"):
        AcceptanceClassifier(Ridge()).fit(X, mos >= 3, scores=mos, kinds=kinds)
    weights = np.where(groups < 15, 1.0, 0.0)
    weighted = AcceptanceClassifier(Ridge()).fit(X, mos >= 3, scores=mos, sample_weight=weights)
    expected = Ridge().fit(X[weights > 0], mos[weights > 0])
    np.testing.assert_allclose(weighted.regressor_.coef_, expected.coef_)
