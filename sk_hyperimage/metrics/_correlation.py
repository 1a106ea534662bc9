"""Correlations of predictions with subjective scores, and of their ranks."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.utils import check_array, check_consistent_length, column_or_1d

from sk_hyperimage._typing import Floats
from sk_hyperimage.utils._validation import numbers_of


def srocc_score(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Spearman's rank-order correlation coefficient (SROCC).

    Parameters
    ----------
    y_true : array-like of shape (n_images,)
        Subjective scores.
    y_pred : array-like of shape (n_images,)
        Predicted scores.

    Returns
    -------
    srocc : float
        In [-1, 1], signed; higher is better. Ties have their mean rank. 0.0, with an
        UndefinedMetricWarning, if either argument is constant.

    Raises
    ------
    ValueError
        If the lengths differ, there are fewer than two values, or one is NaN or infinite.

    Examples
    --------
    >>> from sk_hyperimage.metrics import srocc_score
    >>> round(srocc_score([1, 2, 3, 4], [1, 4, 9, 16]), 6)
    1.0
    """
    from scipy.stats import rankdata

    y_true, y_pred = check_scores(y_true, y_pred)
    return _pearson(rankdata(y_true), rankdata(y_pred), "SROCC")


def plcc_score(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Pearson's linear correlation coefficient (PLCC) of the scores as they are.

    Parameters
    ----------
    y_true, y_pred
        As in :func:`srocc_score`; predictions are not fitted to `y_true` in any way.

    Returns
    -------
    plcc : float
        In [-1, 1], signed; higher is better. Undefined values as in :func:`srocc_score`.

    See Also
    --------
    plcc_logistic4_score, plcc_logistic5_score : PLCC after a logistic mapping.

    Examples
    --------
    >>> from sk_hyperimage.metrics import plcc_score
    >>> round(plcc_score([1, 2, 3, 4], [-2, -4, -6, -8]), 6)
    -1.0
    """
    return _pearson(*check_scores(y_true, y_pred), "PLCC")


def krocc_score(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Kendall's rank-order correlation coefficient (KROCC), tau-b.

    Parameters
    ----------
    y_true, y_pred
        As in :func:`srocc_score`.

    Returns
    -------
    krocc : float
        In [-1, 1], signed; higher is better. Undefined values as in :func:`srocc_score`.

    Examples
    --------
    >>> from sk_hyperimage.metrics import krocc_score
    >>> round(krocc_score([1, 2, 3, 4], [1, 2, 4, 3]), 6)
    0.666667
    """
    from scipy.stats import kendalltau

    y_true, y_pred = check_scores(y_true, y_pred)
    if _either_constant(y_true, y_pred, "KROCC"):
        return 0.0
    return float(kendalltau(y_true, y_pred).statistic)


def check_scores(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Floats, Floats]:
    """Two 1-D float arrays of one length, with at least two finite values."""
    options = {"ensure_2d": False, "dtype": np.float64, "ensure_min_samples": 2}
    scores = []
    for y, name in ((y_true, "y_true"), (y_pred, "y_pred")):
        with numbers_of(name):
            scores.append(column_or_1d(check_array(y, input_name=name, **options)))
    check_consistent_length(*scores)
    return scores[0], scores[1]


def _pearson(y_true: Floats, y_pred: Floats, name: str) -> float:
    if _either_constant(y_true, y_pred, name):
        return 0.0
    # Scaling first keeps products of very large or very small deviations finite.
    a, b = (y - y.mean() for y in (y_true, y_pred))
    a, b = a / np.abs(a).max(), b / np.abs(b).max()
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1, 1))


def _either_constant(y_true: Floats, y_pred: Floats, metric: str) -> bool:
    for y, name in ((y_true, "y_true"), (y_pred, "y_pred")):
        if np.ptp(y) == 0:
            warnings.warn(
                f"{metric} is undefined because {name} is constant; returning 0.0",
                UndefinedMetricWarning,
                stacklevel=4,
            )
            return True
    return False
