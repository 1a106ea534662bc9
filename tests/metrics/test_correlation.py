import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn.exceptions import UndefinedMetricWarning

from sk_hyperimage.metrics import krocc_score, plcc_score, srocc_score

CORRELATIONS = [srocc_score, plcc_score, krocc_score]

# Small integers bring ties, and are far enough apart for exact ranks after any mapping.
scores = arrays(np.float64, 12, elements=st.integers(-50, 50)).filter(lambda y: np.ptp(y) > 0)


def kendall_by_counting(a, b):
    """tau-b from its definition, pair by pair."""
    concordant = ties_a = ties_b = pairs = 0
    for i in range(len(a)):
        for j in range(i):
            sign_a, sign_b = np.sign(a[i] - a[j]), np.sign(b[i] - b[j])
            concordant += sign_a * sign_b
            ties_a += sign_a == 0
            ties_b += sign_b == 0
            pairs += 1
    return concordant / np.sqrt((pairs - ties_a) * (pairs - ties_b))


@given(scores, scores)
def test_scores_agree_with_scipy_and_with_the_definitions(a, b):
    assert srocc_score(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)
    assert plcc_score(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-12)
    assert krocc_score(a, b) == pytest.approx(kendall_by_counting(a, b), abs=1e-12)


@pytest.mark.parametrize("score", CORRELATIONS)
@given(a=scores, b=scores)
def test_correlations_are_symmetric_signed_and_bounded(score, a, b):
    assert score(a, b) == pytest.approx(score(b, a), abs=1e-12)
    assert score(a, -b) == pytest.approx(-score(a, b), abs=1e-12)
    assert -1 <= score(a, b) <= 1
    assert score(a, a) == pytest.approx(1)


@given(scores, scores)
def test_ranks_ignore_monotone_mappings_and_plcc_ignores_affine_ones(a, b):
    assert srocc_score(a, b) == pytest.approx(srocc_score(a, b**3), abs=1e-12)
    assert krocc_score(a, b) == pytest.approx(krocc_score(a, b**3), abs=1e-12)
    assert plcc_score(a, b) == pytest.approx(plcc_score(a, 3 * b - 7), abs=1e-9)


def test_plcc_survives_extreme_scales():
    y = np.array([1.0, 2.0, 4.0])
    assert plcc_score(y * 1e-200, y * 1e200) == pytest.approx(1)


@pytest.mark.parametrize("score", CORRELATIONS)
@pytest.mark.parametrize(
    ("a", "b", "name"), [([1, 1, 1], [1, 2, 3], "y_true"), ([1, 2, 3], [2, 2, 2], "y_pred")]
)
def test_constant_scores_give_zero_and_a_warning_that_names_them(score, a, b, name):
    with pytest.warns(UndefinedMetricWarning, match=name):
        assert score(a, b) == 0.0


@pytest.mark.parametrize("score", CORRELATIONS)
@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([1, 2, 3], [1, 2], "inconsistent"),
        ([1, 2, np.nan], [1, 2, 3], "y_true contains NaN"),
        ([1, 2, 3], [1, 2, np.inf], "y_pred contains infinity"),
        ([1], [1], "minimum of 2"),
        ([[1, 2], [3, 4]], [1, 2], "1d array"),
    ],
)
def test_invalid_scores_are_refused(score, a, b, message):
    with pytest.raises(ValueError, match=message):
        score(a, b)
