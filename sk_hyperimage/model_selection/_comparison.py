"""Whether one model is better than another, by their scores on the same splits."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_array

from sk_hyperimage._typing import Floats
from sk_hyperimage.utils._sklearn import Interval, validate_params


@validate_params(
    {"scores": [dict], "test_share": [Interval(Real, 0, 1, closed="neither")]},
    prefer_skip_nested_validation=True,
)
def compare_scores(
    scores: Mapping[str, ArrayLike], *, test_share: float = 0.2
) -> dict[str, np.ndarray]:
    """Compare models, each with each, by their scores on the same splits.

    Training parts of random splits have most images in common, so scores of several splits tell
    less than as many independent ones. The variance of their mean difference is corrected for
    that, and a paired t-test follows. An uncorrected test finds differences where there are none.

    Parameters
    ----------
    scores : dict of str to array-like of shape (n_splits,)
        One score for each split, by the name of the model; higher is better. All models have the
        same splits, in the same order.
    test_share : float in (0, 1), default=0.2
        Share of the references that a split tests on; the others count as those trained on.

    Returns
    -------
    comparison : dict of str to ndarray of shape (n_pairs,)
        A row for each pair of models, as ``pandas.DataFrame(comparison)`` takes them:

        first, second : str
            The models, the one with the higher mean first.
        difference, spread : float
            Mean and standard deviation over splits of first less second.
        n_better : int
            Splits in which the first has the higher score.
        p_value : float
            Of the two-sided test that both are equally good. NaN for a single split, 1 if the
            models never differ, and 0 if they always differ by the same.
        adjusted : float
            The same for all pairs at once (Holm 1979): the chance that any pair below a limit is
            there by luck is at most that limit.

    Raises
    ------
    ValueError
        If there are fewer than two models, they have unequal numbers of splits, or scores are not
        finite.

    See Also
    --------
    cross_validate_quality : Scores of several models: ``result.scores[name]["all"]["srocc"]``.
    cross_validate_splits : Scores of one model.

    References
    ----------
    C. Nadeau and Y. Bengio, "Inference for the generalization error", Machine Learning, 2003.

    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics, 1979.

    Examples
    --------
    >>> from sk_hyperimage.model_selection import compare_scores
    >>> compared = compare_scores(
    ...     {"plain": [0.61, 0.58, 0.64, 0.6, 0.62], "two-stage": [0.7, 0.66, 0.7, 0.69, 0.7]}
    ... )
    >>> for name, column in compared.items():
    ...     print(name, column.round(3) if column.dtype.kind == "f" else column)
    first ['two-stage']
    second ['plain']
    difference [0.08]
    spread [0.012]
    n_better [5]
    p_value [0.001]
    adjusted [0.001]
    """
    if len(scores) < 2:
        raise ValueError(f"scores must hold two models or more, got {len(scores)}")
    columns = {
        name: check_array(values, ensure_2d=False, dtype=float, input_name=f"scores[{name!r}]")
        for name, values in scores.items()
    }
    counts = {name: len(column) for name, column in columns.items()}
    if len(set(counts.values())) > 1:
        raise ValueError(f"scores must be of the same splits, got numbers of splits {counts}")
    names = sorted(columns, key=lambda name: -columns[name].mean())
    table = [columns[name] for name in names]
    pairs = list(combinations(range(len(names)), 2))
    differences = np.array([table[i] - table[j] for i, j in pairs])
    p_values = _p_values(differences, test_share / (1 - test_share))
    some = differences.shape[1] > 1
    return {
        "first": np.array([names[i] for i, _ in pairs]),
        "second": np.array([names[j] for _, j in pairs]),
        "difference": differences.mean(axis=1),
        "spread": differences.std(axis=1, ddof=1) if some else np.full(len(pairs), np.nan),
        "n_better": (differences > 0).sum(axis=1),
        "p_value": p_values,
        "adjusted": _adjusted(p_values),
    }


def _p_values(differences: Floats, test_over_train: float) -> Floats:
    """Of the corrected paired t-test, for differences (n_pairs, n_splits)."""
    from scipy.stats import t

    n_splits = differences.shape[1]
    if n_splits < 2:
        return np.full(len(differences), np.nan)
    mean = np.abs(differences.mean(axis=1))
    variance = differences.var(axis=1, ddof=1) * (1 / n_splits + test_over_train)
    # Rounding alone is no spread.
    varied = variance > (1e-12 * np.abs(differences).max(axis=1)) ** 2
    statistic = mean / np.sqrt(np.where(varied, variance, 1))
    certain = np.where(mean > 0, 0.0, 1.0)
    return np.where(varied, 2 * t.sf(statistic, n_splits - 1), certain)


def _adjusted(p_values: Floats) -> Floats:
    """Holm's step-down procedure."""
    order = np.argsort(p_values)
    steps = np.arange(len(p_values), 0, -1) * p_values[order]
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.maximum.accumulate(steps).clip(max=1)
    return adjusted
