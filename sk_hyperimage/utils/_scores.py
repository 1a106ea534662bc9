"""Range and direction of the scores that a regressor was fitted on, kept by the regressor."""

from __future__ import annotations

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from sk_hyperimage._typing import Floats


class KeepsScores:
    """Mixin of regressors with a parameter `higher_is_better` that keep the range of y.

    Attributes
    ----------
    higher_is_better : bool or None
        Parameter: direction of the scores; None where nobody has said it.
    score_range_ : tuple of float
        Least and greatest score seen in `fit`.
    """

    higher_is_better: bool | None = None  # of models in older files
    score_range_: tuple[float, float]

    _score_constraints: dict = {"higher_is_better": ["boolean", None]}

    def _keep_range(self, y: Floats) -> Floats:
        self.score_range_ = float(y.min()), float(y.max())
        return y


class PredictsByAnother:
    """Mixin of models whose scores are those of another, or a mean of several such."""

    def _predicting(self) -> object:
        """The other model, fitted if this one is."""
        raise NotImplementedError


def score_keeper(estimator: object) -> KeepsScores | None:
    """The part of a model that predicts its scores and knows them, if there is one."""
    while not isinstance(estimator, KeepsScores):
        if isinstance(estimator, Pipeline):
            estimator = estimator.steps[-1][1]
        elif isinstance(estimator, FrozenEstimator):
            estimator = estimator.estimator
        elif hasattr(estimator, "best_estimator_"):  # of a search
            estimator = estimator.best_estimator_
        elif isinstance(estimator, PredictsByAnother):
            estimator = estimator._predicting()
        else:
            return None
    return estimator


def direction_of(estimator: object) -> bool | None:
    """Whether higher predictions of a model mean better images; None if it does not say."""
    keeper = score_keeper(estimator)
    return None if keeper is None else keeper.higher_is_better


def in_words(higher_is_better: bool) -> str:
    """A direction, as displays and messages put it."""
    return f"{'higher' if higher_is_better else 'lower'} is better"
