"""Comparison of models over the same splits."""

import numpy as np
import pytest
from scipy.stats import ttest_rel

from sk_hyperimage.model_selection import compare_scores


def test_the_uncorrected_test_is_scipys_where_nothing_is_shared(rng):
    first, second = rng.random((2, 12))
    found = compare_scores({"a": first, "b": second}, test_share=1e-12)
    assert found["p_value"][0] == pytest.approx(ttest_rel(first, second).pvalue)
    assert found["difference"][0] == pytest.approx(abs((first - second).mean()))
    assert found["spread"][0] == pytest.approx((first - second).std(ddof=1))


def test_the_correction_is_that_of_nadeau_and_bengio():
    differences = np.array([0.1, 0.2, 0.0, 0.1, 0.15])
    found = compare_scores({"a": differences, "b": np.zeros(5)}, test_share=0.2)
    variance = differences.var(ddof=1) * (1 / 5 + 0.2 / 0.8)
    statistic = differences.mean() / np.sqrt(variance)
    # Student's t with 4 degrees of freedom has a closed form.
    shared = statistic / np.sqrt(4 + statistic**2)
    assert found["p_value"][0] == pytest.approx(1 - 1.5 * (shared - shared**3 / 3))
    assert found["n_better"][0] == 4


def test_equally_good_models_rarely_differ_over_random_splits():
    """Means of overlapping subsets of one sample, as splits have them."""
    n_false = np.zeros(2)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        of_images = rng.normal(size=100)  # how much better one model is on each image
        tests = np.array([rng.permutation(100)[:20] for _ in range(30)])
        splits = of_images[tests].mean(axis=1)
        corrected = compare_scores({"a": splits, "b": np.zeros(30)}, test_share=0.2)["p_value"]
        n_false += corrected[0] < 0.05, ttest_rel(splits, np.zeros(30)).pvalue < 0.05
    assert n_false[0] <= 0.08 * 200
    assert n_false[1] >= 0.3 * 200


ABCD = {"a": 0, "b": 0.4, "c": 1, "d": 3}


def test_all_pairs_are_adjusted_by_holms_procedure(rng):
    scores = {name: rng.normal(mean, 1, 10) for name, mean in ABCD.items()}
    found = compare_scores(scores)
    assert len(found["first"]) == 6
    order = np.argsort(found["p_value"])
    expected, highest = [], 0.0
    for rank, p_value in enumerate(found["p_value"][order]):
        highest = max(highest, min(1, (6 - rank) * p_value))
        expected.append(highest)
    np.testing.assert_allclose(found["adjusted"][order], expected)
    assert (found["difference"] >= 0).all()


def test_constant_differences_are_decided():
    base = np.array([0.1, 0.7, 0.3])
    found = compare_scores({"a": base + 0.2, "b": base, "same as b": base})
    columns = (found[name] for name in ("first", "second", "p_value"))
    p_values = {(first, second): value for first, second, value in zip(*columns, strict=True)}
    assert p_values["a", "b"] == 0
    assert p_values["b", "same as b"] == 1
    assert np.isnan(compare_scores({"a": [1.0], "b": [2.0]})["p_value"][0])


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({"a": [1, 2]}, "two models or more, got 1"),
        ({"a": [1, 2], "b": [1, 2, 3]}, "same splits"),
        ({"a": [1, 2], "b": [1, np.nan]}, r"scores\['b'\]"),
    ],
)
def test_what_cannot_be_compared_is_refused(scores, message):
    with pytest.raises(ValueError, match=message):
        compare_scores(scores)
