import numpy as np
import pytest
import sklearn
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import cross_validate

from sk_hyperimage.metrics import quality_scorers, srocc_score


def test_scorers_call_the_scores_with_truth_first():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)), rng.normal(size=40)
    model = LinearRegression().fit(X, y)
    scorers = quality_scorers()
    assert scorers["srocc"](model, X, y) == srocc_score(y, model.predict(X))
    assert scorers["neg_rmse"](model, X, y) == pytest.approx(
        -np.sqrt(((y - model.predict(X)) ** 2).mean()), abs=1e-12
    )


def test_scorers_serve_cross_validate():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 2))
    y = X @ [1.0, 2.0] + rng.normal(scale=0.1, size=90)
    scores = cross_validate(LinearRegression(), X, y, scoring=quality_scorers(), cv=3)
    for name in ("srocc", "plcc", "plcc_logistic4", "plcc_logistic5"):
        assert scores[f"test_{name}"].min() > 0.95
    assert scores["test_krocc"].min() > 0.8
    assert (scores["test_neg_rmse"] < 0).all()
    assert scores["test_neg_rmse"].min() == pytest.approx(-0.1, abs=0.05)


def test_no_scorer_is_given_weights_where_metadata_are_routed():
    X, y = np.random.default_rng(0).normal(size=(2, 30, 1))
    with sklearn.config_context(enable_metadata_routing=True):
        found = cross_validate(
            Ridge().set_fit_request(sample_weight=True),
            X,
            y[:, 0],
            scoring=quality_scorers(),
            params={"sample_weight": np.arange(30.0)},
            cv=2,
        )
    assert np.isfinite(found["test_neg_rmse"]).all()
