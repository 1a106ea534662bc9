"""Values replaced by the normal scores of their ranks."""

import numpy as np
import pytest
from scipy.stats import norm, spearmanr
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import QuantileTransformer

from sk_hyperimage.preprocessing import NormalScores


def test_quantiles_are_those_of_the_middle_of_ranks_and_equal_values_share_theirs():
    column = np.array([[5.0], [2.0], [2.0], [9.0]])
    expected = norm.ppf([2.5 / 4, 1 / 4, 1 / 4, 3.5 / 4])
    np.testing.assert_allclose(NormalScores().fit_transform(column).ravel(), expected)


def test_the_middle_is_that_of_scikit_learns_quantiles(rng):
    values = rng.gamma(2.0, size=(500, 1))
    ours = NormalScores().fit_transform(values)
    theirs = QuantileTransformer(n_quantiles=500, output_distribution="normal").fit(values)
    inner = np.abs(ours) < 2
    np.testing.assert_allclose(ours[inner], theirs.transform(values)[inner], atol=0.02)


def test_inverse_undoes_transform_within_and_beyond_what_fit_has_seen(rng):
    transformer = NormalScores().fit(rng.exponential(size=(40, 2)))
    values = rng.normal(scale=5, size=(100, 2))
    there = transformer.transform(values)
    np.testing.assert_allclose(transformer.inverse_transform(there), values)
    for column in range(2):
        assert spearmanr(there[:, column], values[:, column]).statistic == pytest.approx(1)


def test_beyond_the_ends_a_unit_is_a_standard_deviation():
    column = np.array([[0.0], [1.0], [5.0]])
    transformer = NormalScores().fit(column)
    highest = transformer.transform([[5.0]])
    np.testing.assert_allclose(transformer.inverse_transform(highest + 2) - 5, 2 * column.std())


def test_one_value_stays_the_only_one_at_the_middle():
    transformer = NormalScores().fit(np.full((3, 1), 7.0))
    assert transformer.transform([[7.0]]).item() == 0
    assert transformer.inverse_transform([[0.0]]).item() == 7


def test_values_whose_spread_overflows_are_refused():
    with pytest.raises(ValueError, match="too large"):
        NormalScores().fit([[1e300], [-1e300]])


def test_a_regression_keeps_its_ranks_and_its_unit(rng):
    X = rng.normal(size=(80, 1))
    y = 100 - np.exp(2 * X[:, 0])  # crowded at the good end
    model = TransformedTargetRegressor(LinearRegression(), transformer=NormalScores()).fit(X, y)
    plain = LinearRegression().fit(X, y)
    assert model.score(X, y) > 0.9 > 0.6 > plain.score(X, y)
    assert spearmanr(model.predict(X), y).statistic == pytest.approx(1)
