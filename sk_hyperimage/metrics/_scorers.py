"""The scores of quality prediction as scikit-learn scorers."""

from __future__ import annotations

from collections.abc import Callable

from sklearn.metrics import get_scorer, make_scorer

from sk_hyperimage.metrics._correlation import krocc_score, plcc_score, srocc_score
from sk_hyperimage.metrics._logistic import plcc_logistic4_score, plcc_logistic5_score


def quality_scorers() -> dict[str, Callable]:
    """Scorers for ``cross_validate(scoring=...)``.

    Returns
    -------
    scorers : dict of str to scorer
        "srocc", "plcc", "krocc": signed correlations, higher is better. "neg_rmse": scikit-learn's
        "neg_root_mean_squared_error", negative so that higher is better, as for all scorers.
        "plcc_logistic4", "plcc_logistic5": PLCC after a logistic mapping fitted on the same
        scores, which flatters; report it beside "plcc", not in its place.

    Examples
    --------
    >>> from sk_hyperimage.metrics import quality_scorers
    >>> sorted(quality_scorers())
    ['krocc', 'neg_rmse', 'plcc', 'plcc_logistic4', 'plcc_logistic5', 'srocc']
    """
    return {
        "srocc": make_scorer(srocc_score),
        "plcc": make_scorer(plcc_score),
        "krocc": make_scorer(krocc_score),
        "neg_rmse": get_scorer("neg_root_mean_squared_error"),
        "plcc_logistic4": make_scorer(plcc_logistic4_score),
        "plcc_logistic5": make_scorer(plcc_logistic5_score),
    }
