import numpy as np
import pytest
from sklearn import config_context
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_hyperimage.ensemble import KindThenScoreRegressor


@pytest.fixture
def opposite(rng):
    """The score rises with the first column in one kind, and falls in the other."""
    kinds = np.repeat(["blur", "noise"], 40)
    X = rng.random((80, 2))
    X[:, 1] = 5 * (kinds == "noise")
    return X, np.where(kinds == "blur", 1, -1) * X[:, 0], kinds


def test_scores_are_weighted_by_how_probable_kinds_are(opposite):
    X, y, kinds = opposite
    model = KindThenScoreRegressor(LogisticRegression(), LinearRegression())
    model.fit(X, y, kinds=kinds)
    by_hand = sum(
        model.classifier_.predict_proba(X)[:, k] * regressor.predict(X)
        for k, regressor in enumerate(model.regressors_)
    )
    np.testing.assert_allclose(model.predict(X), by_hand)
    assert list(model.kinds_) == ["blur", "noise"]
    assert model.score(X, y) > 0.95


def test_without_kinds_it_is_its_regressor(opposite):
    X, y, _ = opposite
    model = KindThenScoreRegressor(LogisticRegression(), LinearRegression()).fit(X, y)
    np.testing.assert_allclose(model.predict(X), LinearRegression().fit(X, y).predict(X))


def test_kinds_are_routed_through_pipelines(opposite):
    X, y, kinds = opposite
    stages = KindThenScoreRegressor(LogisticRegression(), LinearRegression())
    with config_context(enable_metadata_routing=True):
        model = make_pipeline(StandardScaler(), stages).fit(X, y, kinds=kinds)
    assert model.score(X, y) > 0.95


def test_missing_kinds_are_refused_by_name(opposite):
    X, y, kinds = opposite
    kinds = kinds.astype(object)
    kinds[3] = None
    model = KindThenScoreRegressor(LogisticRegression(), LinearRegression())
    with pytest.raises(ValueError, match=r"kinds\[3\] is None"):
        model.fit(X, y, kinds=kinds)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(X, y, kinds=kinds[:5])


def test_kinds_of_too_few_images_are_named(opposite):
    X, y, kinds = opposite
    few = [0, 1, 2, -3, -2, -1]
    calibrated = CalibratedClassifierCV(LogisticRegression())
    model = KindThenScoreRegressor(calibrated, LinearRegression())
    with pytest.raises(ValueError, match="classifier, on kinds .*'blur': 3, 'noise': 3.*n_splits"):
        model.fit(X[few], y[few], kinds=kinds[few])
    search = GridSearchCV(Ridge(), {"alpha": [1, 2]}, cv=4)
    model = KindThenScoreRegressor(LogisticRegression(), search)
    with pytest.raises(ValueError, match="regressor, on the 3 images of kind 'blur': "):
        model.fit(X[few], y[few], kinds=kinds[few])
