"""Accept or reject: where to cut the scores of a regressor, found on images held out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.model_selection import StratifiedGroupKFold, check_cv
from sklearn.utils import check_array, check_consistent_length, get_tags, indexable
from sklearn.utils.metadata_routing import MetadataRouter
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Floats, ImagesLike, Ints, Predictor
from sk_hyperimage.utils._routing import fit_router, fit_with, requested
from sk_hyperimage.utils._sklearn import (
    HasMethods,
    Interval,
    StrOptions,
    _safe_indexing,
    fit_or_restore,
)
from sk_hyperimage.utils._validation import check_labels, check_target

N_FOLDS = 5


class AcceptanceClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Tell acceptable images from others by a threshold of a regressor's scores.

    The threshold is that of the best `scoring` on images that the regressor has not seen: folds
    are held out in turn, by groups if there are any, and their predictions are cut together.
    Predictions are less extreme than the scores that they are made for, so that the limit in use
    for those is seldom the best one for these.

    Parameters
    ----------
    regressor : regressor
        Any regressor of images or of features; it is cloned and fitted. A
        :class:`sklearn.frozen.FrozenEstimator` is used as it is, and every image then counts as
        held out: give images that it was not fitted on.
    scoring : str or callable, default="balanced_accuracy"
        What the threshold makes greatest: a scorer of labels of scikit-learn, or one made by
        :func:`sklearn.metrics.make_scorer`, for example of a cost with
        ``greater_is_better=False``.
    thresholds : int or array-like of float, default=100
        Thresholds to choose from, in the unit of the predictions; or at most so many, all between
        neighboring predictions of held-out images, and one beyond each end.
    cv : int, cross-validation generator or iterable, default=None
        How images are held out. None or an int: 5 or so many folds, each with its share of both
        labels, and with all images of a group in one fold.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        Labels, sorted.
    regressor_ : regressor
        Fitted on all images.
    best_threshold_ : float
        In the unit of the predictions.
    best_score_ : float
        `scoring` of the held-out images at the threshold; flattering by the choice of it.
    sign_ : int
        1 if predictions at the threshold and above are ``classes_[1]``; -1 if those below are.
    n_features_in_ : int
        That of the regressor, if it has one.

    See Also
    --------
    sklearn.model_selection.TunedThresholdClassifierCV : The same for classifiers.
    sklearn.calibration.CalibratedClassifierCV : Turns decisions into probabilities.

    Notes
    -----
    y are labels, and scores, where there are any, go to `fit` beside them. Scorers, splitters and
    cross-validation of scikit-learn then work as for any classifier. Which label has the higher
    scores is read from `scores`, or else from the predictions. So the labels may be booleans, 1
    for a defect, or words, and the scores may run in either direction.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sk_hyperimage.ensemble import AcceptanceClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(60, 3))
    >>> mos = 3 + X[:, 0] + rng.normal(scale=0.3, size=60)
    >>> model = AcceptanceClassifier(Ridge()).fit(X, mos >= 3.5, scores=mos)
    >>> bool(3 < model.best_threshold_ < 4), model.predict(X[:3]).dtype
    (True, dtype('bool'))
    """

    __metadata_request__fit = {"scores": True, "groups": True}

    _parameter_constraints: dict = {
        "regressor": [HasMethods(["fit", "predict"])],
        "scoring": [StrOptions(set(get_scorer_names())), callable],
        "thresholds": [Interval(Integral, 1, None, closed="left"), "array-like"],
        "cv": ["cv_object"],
    }

    def __init__(
        self,
        regressor: Predictor,
        *,
        scoring: str | Callable = "balanced_accuracy",
        thresholds: int | ArrayLike = 100,
        cv: Any = None,
    ):
        self.regressor = regressor
        self.scoring = scoring
        self.thresholds = thresholds
        self.cv = cv

    @fit_or_restore(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: ImagesLike,
        y: ArrayLike,
        *,
        scores: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Find the threshold, and fit the regressor on all images.

        Parameters
        ----------
        X : array-like or sequence of images or file paths
            Whatever the regressor takes.
        y : array-like of shape (n_images,)
            Labels of two kinds.
        scores : array-like of shape (n_images,), default=None
            What the regressor learns, such as mean opinion scores. None: the labels as 0 and 1.
            A frozen regressor learns nothing.
        groups : array-like of shape (n_images,), default=None
            What each image was made from; passed on to a regressor that takes it, too.
        **params : array-like of shape (n_images, ...)
            Metadata that the `fit` of the regressor takes or requests, such as `sample_weight` or
            `kinds`. For the threshold all images count alike.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If y, or `sample_weight`, does not leave two labels, a threshold is NaN or infinite,
            the predictions are all the same, or `scoring` is undefined at every threshold.
        """
        (X,) = indexable(X)
        classes, codes = check_labels(y, X, self)  # type: ignore[arg-type]
        if len(classes) > 2:
            raise ValueError(
                f"Only binary classification is supported. The type of the target is multiclass: "
                f"y holds {len(classes)} classes"
            )
        if len(classes) < 2:
            raise ValueError(f"y holds {len(classes)} class; a threshold needs two")
        target: Floats = codes.astype(np.float64)
        if scores is not None:
            target = check_target(scores, X, self)  # type: ignore[arg-type]
        metadata = requested(self.regressor, params)
        if groups is not None:
            metadata["groups"] = np.asarray(groups)
        check_consistent_length(codes, *metadata.values())
        weight = metadata.get("sample_weight")
        if weight is not None and len(np.unique(codes[np.asarray(weight) > 0])) < 2:
            raise ValueError("sample_weight leaves images of one label; a threshold needs two")

        is_frozen = isinstance(self.regressor, FrozenEstimator)
        if is_frozen:
            predicted, codes_seen = self.regressor.predict(X), codes
        else:
            parts = list(self._held_out(X, codes, target, metadata))
            predicted = np.concatenate([part for part, _ in parts])
            codes_seen = codes[np.concatenate([rows for _, rows in parts])]
        self.classes_ = classes
        told_by = (predicted, codes_seen) if is_frozen and scores is None else (target, codes)
        self.sign_ = _sign(*told_by)
        self.best_threshold_, self.best_score_ = self._best(predicted, codes_seen)
        self.regressor_ = fit_with(clone(self.regressor), X, target, metadata)
        if hasattr(self.regressor_, "n_features_in_"):
            self.n_features_in_ = self.regressor_.n_features_in_
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Metadata that `fit` takes: its own, and what the regressor requests.

        Returns
        -------
        routing : MetadataRouter
        """
        return fit_router(self, regressor=self.regressor)

    def _held_out(
        self, X: ImagesLike, codes: Ints, target: Floats, metadata: dict[str, Any]
    ) -> Iterator[tuple[Floats, Ints]]:
        """Predictions of images by regressors that have not seen them, and which these are."""
        cv, groups = self.cv, metadata.get("groups")
        if groups is not None and (cv is None or isinstance(cv, Integral)):
            cv = StratifiedGroupKFold(N_FOLDS if cv is None else cv)
        splitter = check_cv(cv, codes, classifier=True)
        for train, test in splitter.split(np.zeros((len(codes), 1)), codes, groups):
            given = {name: _safe_indexing(values, train) for name, values in metadata.items()}
            regressor = clone(self.regressor)
            fit_with(regressor, _safe_indexing(X, train), target[train], given)
            yield regressor.predict(_safe_indexing(X, test)), test

    def _best(self, predicted: Floats, codes: Ints) -> tuple[float, float]:
        """The threshold of the highest score, and that score."""
        scorer = get_scorer(self.scoring)
        thresholds, labels = self._candidates(predicted), self.classes_[codes]
        scores = np.array(
            [
                scorer(_Cut(self.classes_, self.sign_, threshold), predicted, labels)
                for threshold in thresholds
            ]
        )
        if np.isnan(scores).all():
            raise ValueError("scoring is NaN at every threshold; choose another")
        best = np.nanargmax(scores)
        return float(thresholds[best]), float(scores[best])

    def _candidates(self, predicted: Floats) -> Floats:
        if not isinstance(self.thresholds, Integral):
            thresholds = check_array(
                self.thresholds, ensure_2d=False, dtype=np.float64, input_name="thresholds"
            )
            return thresholds.ravel()
        values = np.unique(predicted).astype(np.float64)
        if len(values) < 2:
            raise ValueError(
                f"the regressor predicts {values[0]} for every held-out image; a threshold needs "
                f"predictions that differ"
            )
        between = (values[:-1] + values[1:]) / 2
        if len(between) > self.thresholds:
            places = np.linspace(0, len(between) - 1, self.thresholds)
            between = between[np.rint(places).astype(int)]
        # Beyond the ends all images have one label, which may cost least.
        return np.array([2 * values[0] - between[0], *between, 2 * values[-1] - between[-1]])

    def decision_function(self, X: ImagesLike) -> Floats:
        """How far predictions lie beyond the threshold, on the side of ``classes_[1]``.

        Parameters
        ----------
        X
            As in :meth:`fit`.

        Returns
        -------
        decisions : ndarray of shape (n_images,)
            In the unit of the predictions.
        """
        check_is_fitted(self)
        return self.sign_ * (self.regressor_.predict(X) - self.best_threshold_)

    def predict(self, X: ImagesLike) -> np.ndarray:
        """Predict labels.

        Parameters
        ----------
        X
            As in :meth:`fit`.

        Returns
        -------
        y : ndarray of shape (n_images,)
        """
        decisions = self.decision_function(X)
        return self.classes_[(decisions >= 0).astype(int)]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags = get_tags(self.regressor).input_tags
        return tags


class _Cut(ClassifierMixin, BaseEstimator):
    """Predictions cut at a threshold, as a classifier that scorers can ask."""

    def __init__(self, classes: np.ndarray, sign: int, threshold: float):
        self.classes = classes
        self.sign = sign
        self.threshold = threshold

    @property
    def classes_(self) -> np.ndarray:
        return self.classes

    def decision_function(self, predicted: Floats) -> Floats:
        return self.sign * (predicted - self.threshold)

    def predict(self, predicted: Floats) -> np.ndarray:
        return self.classes_[(self.decision_function(predicted) >= 0).astype(int)]


def _sign(values: Floats, codes: Ints) -> int:
    """1 if the greater label has the higher values, else -1."""
    return 1 if values[codes == 1].mean() >= values[codes == 0].mean() else -1
