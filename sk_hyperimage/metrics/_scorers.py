"""The scores as scikit-learn scorers."""

from __future__ import annotations

from collections.abc import Callable

from sklearn.metrics import get_scorer, make_scorer

from sk_hyperimage.metrics._correlation import krocc_score, plcc_score, rmse_score, srocc_score
from sk_hyperimage.metrics._logistic import plcc_logistic4_score, plcc_logistic5_score


def quality_scorers() -> dict[str, Callable]:
    """Scorers for ``cross_validate(scoring=...)``.

    Returns
    -------
    scorers : dict of str to scorer
        "srocc", "plcc", "krocc": signed correlations, higher is better. "neg_rmse": the negative
        root-mean-square error, as scikit-learn's scorers are greater-is-better. "plcc_logistic4",
        "plcc_logistic5": PLCC after a logistic mapping fitted on the very scores it judges, which
        flatters; to be reported beside "plcc", not in its place.

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
        "neg_rmse": make_scorer(rmse_score, greater_is_better=False),
        "plcc_logistic4": make_scorer(plcc_logistic4_score),
        "plcc_logistic5": make_scorer(plcc_logistic5_score),
    }


def forgery_scorers() -> dict[str, Callable]:
    """Scorers of whole images as authentic or tampered, for ``cross_validate(scoring=...)``.

    Returns
    -------
    scorers : dict of str to scorer
        "accuracy", as in Table 3 of the hyper-image paper; "balanced_accuracy", the mean of the
        shares of authentic and of tampered images that are told, which their proportion does not
        change; "roc_auc", which needs no threshold: 0.5 for a random guess. Higher is better.

    Examples
    --------
    >>> from sk_hyperimage.metrics import forgery_scorers
    >>> sorted(forgery_scorers())
    ['accuracy', 'balanced_accuracy', 'roc_auc']
    """
    return {name: get_scorer(name) for name in ("accuracy", "balanced_accuracy", "roc_auc")}
