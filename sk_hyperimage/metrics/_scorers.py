"""The scores of quality prediction as scikit-learn scorers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn import config_context
from sklearn.metrics import get_scorer, make_scorer

from sk_hyperimage.metrics._correlation import krocc_score, plcc_score, srocc_score
from sk_hyperimage.metrics._logistic import plcc_logistic4_score, plcc_logistic5_score
from sk_hyperimage.utils._scores import direction_of
from sk_hyperimage.utils._sklearn import Scorer


class DirectedScorer(Scorer):
    """A scorer of a signed correlation that knows the direction of y."""

    higher_is_better: bool

    def _score(
        self, method_caller: Callable, estimator: Any, X: Any, y_true: Any, **kwargs: Any
    ) -> float:
        score = super()._score(method_caller, estimator, X, y_true, **kwargs)
        predicted = direction_of(estimator)
        return -score if predicted is not None and predicted != self.higher_is_better else score


def quality_scorers(*, higher_is_better: bool | None = None) -> dict[str, Callable]:
    """Scorers for ``cross_validate(scoring=...)``.

    Parameters
    ----------
    higher_is_better : bool, default=None
        Direction of the scores in y. A model that says of itself that it predicts scores of the
        other direction (its own `higher_is_better`) then has the signs of its correlations
        turned, so that a model trained on MOS can be tested on DMOS. None turns nothing.

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
        "srocc": _correlation(srocc_score, higher_is_better),
        "plcc": _correlation(plcc_score, higher_is_better),
        "krocc": _correlation(krocc_score, higher_is_better),
        "neg_rmse": _without_weights(get_scorer("neg_root_mean_squared_error")),
        "plcc_logistic4": _correlation(plcc_logistic4_score, higher_is_better),
        "plcc_logistic5": _correlation(plcc_logistic5_score, higher_is_better),
    }


def _without_weights(scorer: Callable) -> Callable:
    """A scorer that is given no weights where metadata are routed, as correlations are not."""
    with config_context(enable_metadata_routing=True):
        return scorer.set_score_request(sample_weight=False)  # type: ignore[attr-defined]


def _correlation(score: Callable, higher_is_better: bool | None) -> Callable:
    if higher_is_better is None:
        return make_scorer(score)
    scorer = DirectedScorer(score, 1, {}, "predict")
    scorer.higher_is_better = higher_is_better
    return scorer
