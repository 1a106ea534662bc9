"""Regressors that each leave out other groups of images: their mean, and how sure it is."""

from __future__ import annotations

import copy
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin
from sklearn.model_selection import BaseCrossValidator, GroupKFold, KFold, check_cv
from sklearn.utils import check_random_state, get_tags, indexable
from sklearn.utils.metadata_routing import MetadataRouter
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Floats, ImagesLike, Ints, Predictor, Seed
from sk_hyperimage.feature_extraction.supervision._patch_stage import seeded
from sk_hyperimage.model_selection._protocol import is_per_image
from sk_hyperimage.utils._routing import fit_router, fit_with, requested
from sk_hyperimage.utils._scores import PredictsByAnother
from sk_hyperimage.utils._sklearn import HasMethods, Interval, _safe_indexing, fit_or_restore
from sk_hyperimage.utils._validation import check_target, check_weights, n_dimensions

# Attributes that say how many columns X has, which is nothing to say of images.
OF_TABLES = ("n_features_in_", "feature_names_in_")


class GroupEnsembleRegressor(PredictsByAnother, RegressorMixin, MetaEstimatorMixin, BaseEstimator):
    r"""Mean of regressors that each leave out some groups of images, with its uncertainty.

    Every member is a clone of one regressor, fitted on all images but those of one fold. Images of
    one group are always in one fold. What a member says of the images that it has not seen tells
    how far predictions are from scores. This is bagging for images, lists of images and file
    paths, which :class:`sklearn.ensemble.BaggingRegressor` does not take, and whose random draws
    would separate images of one reference.

    Parameters
    ----------
    estimator : regressor
        Any regressor of whatever X is: a model of images, or a Pipeline.
    cv : int, cross-validation splitter or iterable of (train, test), default=5
        Folds; a member leaves out the test part of each. An int of two or more: so many random
        folds of the groups (of the images, without groups).
    n_jobs : int, default=None
        Members that are fitted at the same time.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds of an int `cv`, and of members without a `random_state` of their own.

    Attributes
    ----------
    estimators_ : list of regressors
        The members.
    oob_prediction_ : ndarray of shape (n_images,)
        Prediction of every image by the mean of the members that have not seen it; NaN where
        every member has.
    residual_std_ : float
        Root mean square of the differences between scores and `oob_prediction_`, in the unit of y.
    n_features_in_, feature_names_in_
        Those of the members, if X is a table. Images have no columns.

    See Also
    --------
    HyperImageRegressor : Has `return_std` by itself, the same for all images.
    sklearn.calibration.CalibratedClassifierCV : Such an ensemble of classifiers.

    Notes
    -----
    The standard deviation of a prediction is
    :math:`\sqrt{\sigma^2 + s^2(x)}`, with :math:`\sigma` the `residual_std_` and :math:`s(x)`
    that between the members. A member learns from fewer images than there are, and its own error
    is in both terms, so that intervals are rather too wide than too narrow.

    References
    ----------
    L. Breiman, "Bagging predictors", Machine Learning 24, 1996. Residuals of left-out folds:
    R. F. Barber et al., "Predictive inference with the jackknife+", Annals of Statistics 49, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import GroupEnsembleRegressor
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> images = np.random.default_rng(0).random((20, 8, 8), dtype=np.float32)
    >>> network = CNNRegressor("C(4) MP(8) FC(8) FC(1,linear)", max_epochs=2)
    >>> model = GroupEnsembleRegressor(network, cv=2, random_state=0)
    >>> model = model.fit(images, images.mean(axis=(1, 2)), groups=np.arange(20) // 2)
    >>> score, std = model.predict(images, return_std=True)
    >>> score.shape, bool((std >= model.residual_std_).all())
    ((20,), True)
    """

    __metadata_request__fit = {"groups": True}

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict"])],
        "cv": [Interval(Integral, 2, None, closed="left"), HasMethods(["split"]), "array-like"],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Predictor,
        *,
        cv: int | BaseCrossValidator = 5,
        n_jobs: int | None = None,
        random_state: Seed = None,
    ):
        self.estimator = estimator
        self.cv = cv
        self.n_jobs = n_jobs
        self.random_state = random_state

    @fit_or_restore(prefer_skip_nested_validation=False)
    def fit(
        self, X: ImagesLike, y: ArrayLike, *, groups: ArrayLike | None = None, **params: Any
    ) -> Self:
        """Fit the members.

        Parameters
        ----------
        X : sequence of n_images items
            What `estimator` takes.
        y : array-like of shape (n_images,)
            Scores.
        groups : array-like of shape (n_images,), default=None
            Reference of each image; handed to `estimator`, too, if it takes groups. None: every
            image is its own.
        **params : array-like of shape (n_images, ...)
            Metadata that the `fit` of `estimator` takes or requests, such as `sample_weight`.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If there are fewer groups than folds, or if `cv` leaves no image out.
        """
        y = check_target(y, X, self)  # type: ignore[arg-type]
        X, groups = indexable(X, groups)
        random_state = check_random_state(self.random_state)
        folds = list(self._splitter(groups, random_state).split(np.zeros(len(y)), y, groups))
        metadata = requested(self.estimator, params)
        if groups is not None:
            metadata["groups"] = groups
        n_said = np.bincount(np.concatenate([test for _, test in folds]), minlength=len(y))
        weight = check_weights(metadata.get("sample_weight"), y) * (n_said > 0)
        if not weight.any():
            raise ValueError("cv leaves no image out, so that nothing tells how sure a member is")
        members = [seeded(self.estimator, self.random_state, random_state) for _ in folds]
        fitted = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_and_predict)(member, X, y, metadata, train, test)
            for member, (train, test) in zip(members, folds, strict=True)
        )
        total = np.zeros(len(y))
        for (_, predicted), (_, test) in zip(fitted, folds, strict=True):
            total[test] += predicted
        self.estimators_ = [member for member, _ in fitted]
        self.oob_prediction_ = np.divide(
            total, n_said, out=np.full(len(y), np.nan), where=n_said > 0
        )
        residuals = np.where(n_said > 0, y - self.oob_prediction_, 0.0)
        self.residual_std_ = float(np.sqrt(np.average(residuals**2, weights=weight)))
        for name in OF_TABLES:
            self.__dict__.pop(name, None)  # of an earlier fit
            if n_dimensions(X) == 2 and hasattr(self.estimators_[0], name):
                setattr(self, name, getattr(self.estimators_[0], name))
        return self

    def _splitter(
        self, groups: ArrayLike | None, random_state: np.random.RandomState
    ) -> BaseCrossValidator:
        if not isinstance(self.cv, Integral):
            return check_cv(self.cv)
        kind = KFold if groups is None else GroupKFold
        return kind(self.cv, shuffle=True, random_state=random_state)

    def _predicting(self) -> object:
        return getattr(self, "estimators_", [self.estimator])[0]

    def predict(self, X: ImagesLike, return_std: bool = False) -> Floats | tuple[Floats, Floats]:
        """Predict the scores of images, and how far from them the true ones may lie.

        Parameters
        ----------
        X : sequence of n_images items
        return_std : bool, default=False
            Whether to return the standard deviation of the true score around the prediction, too.

        Returns
        -------
        y : ndarray of shape (n_images,)
            Mean of the members' predictions, in the unit and direction of the y seen in `fit`.
        std : ndarray of shape (n_images,)
            In the unit of y; only if `return_std`. Nine in ten true scores lie within
            ``1.645 * std`` if errors are normal.
        """
        check_is_fitted(self)
        predicted = np.array([member.predict(X) for member in self.estimators_])
        mean = predicted.mean(axis=0)
        if not return_std:
            return mean
        return mean, np.sqrt(self.residual_std_**2 + predicted.var(axis=0))

    def get_metadata_routing(self) -> MetadataRouter:
        """Metadata that `fit` takes: groups, and what the estimator requests.

        Returns
        -------
        routing : MetadataRouter
        """
        return fit_router(self, estimator=self.estimator)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = copy.deepcopy(get_tags(self.estimator).input_tags)
        return tags


def _fit_and_predict(
    member: Predictor,
    X: ImagesLike,
    y: np.ndarray,
    metadata: dict[str, Any],
    train: Ints,
    test: Ints,
) -> tuple[Predictor, Floats]:
    """A member fitted on the training part, and what it says of the rest."""
    of_train = {
        name: _safe_indexing(value, train) if is_per_image(value, len(y)) else value
        for name, value in metadata.items()
    }
    fit_with(member, _safe_indexing(X, train), y[train], of_train)
    return member, member.predict(_safe_indexing(X, test))
