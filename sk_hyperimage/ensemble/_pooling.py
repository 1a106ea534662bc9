"""Patch pooling: predict every patch, then pool the predictions with a parameter-free rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Floats, GridsLike, Predictor, Seed
from sk_hyperimage.feature_extraction.supervision._base import Supervision
from sk_hyperimage.feature_extraction.supervision._inherited import patches_of
from sk_hyperimage.feature_extraction.supervision._patch_stage import PatchStage, fit_on_patches
from sk_hyperimage.images import Samples
from sk_hyperimage.utils._scores import KeepsScores
from sk_hyperimage.utils._sklearn import HasMethods, StrOptions, fit_or_restore
from sk_hyperimage.utils._validation import check_labels, check_patch_grids, check_target

# Rules that turn (n_images, n_patches, ...) into (n_images, ...).
POOLING_RULES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda values: values.mean(axis=1),
    "median": lambda values: np.median(values, axis=1),
    "min": lambda values: values.min(axis=1),
    "max": lambda values: values.max(axis=1),
}


class _PatchPooling(PatchStage, MetaEstimatorMixin, BaseEstimator):
    """Fitting on patches and pooling over them, common to the regressor and the classifier."""

    __metadata_request__fit = {"sample_weight": True, "groups": True, "validation_mask": True}

    _parameter_constraints: dict = {
        "patch_estimator": [HasMethods(["fit", "predict"])],
        "pooling": [StrOptions(set(POOLING_RULES))],
        "supervision": [HasMethods(["training_patches"]), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        patch_estimator: Predictor,
        pooling: str = "mean",
        *,
        supervision: Supervision | None = None,
        random_state: Seed = None,
    ):
        self.patch_estimator = patch_estimator
        self.pooling = pooling
        self.supervision = supervision
        self.random_state = random_state

    @fit_or_restore(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: GridsLike,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        validation_mask: ArrayLike | None = None,
        **params: Any,
    ) -> Any:
        """Fit the patch estimator on the patches.

        Parameters
        ----------
        X, y, sample_weight, groups, validation_mask
            As in :meth:`HyperImageEncoder.fit
            <sk_hyperimage.feature_extraction.HyperImageEncoder.fit>`.
        **params : array-like of shape (n_images, ...)
            Metadata of the supervision, such as ``masks``, without one ``patch_targets`` of shape
            (n_images, U, V), targets of single patches (NaN leaves a patch out), and
            ``patch_weights`` of that shape; and metadata that the patch estimator's `fit`
            requests, which patches inherit.

        Returns
        -------
        self : object
        """
        grids = check_patch_grids(X, self, reset=True)
        self.patch_estimator_ = fit_on_patches(
            self.patch_estimator,
            self.supervision,
            grids,
            self._check_y(y, grids),
            sample_weight=sample_weight,
            groups=groups,
            validation_mask=validation_mask,
            random_state=self.random_state,
            **params,
        )
        return self

    def _check_y(self, y: ArrayLike, grids: Samples) -> np.ndarray:
        raise NotImplementedError

    def _patches_seen(self, X: GridsLike) -> Samples:
        check_is_fitted(self)
        return check_patch_grids(X, self, reset=False)

    def _pool(self, values: np.ndarray) -> np.ndarray:
        """Pool values of shape (n_images, U, V, ...) over the grid."""
        return POOLING_RULES[self.pooling](values.reshape(len(values), -1, *values.shape[3:]))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _tells_kinds(model: PatchPoolingRegressor) -> bool:
    return hasattr(getattr(model, "patch_estimator_", model.patch_estimator), "predict_kind_proba")


class PatchPoolingRegressor(KeepsScores, RegressorMixin, _PatchPooling):
    """Score every patch and pool the scores: the patch-averaging baseline.

    Parameters
    ----------
    patch_estimator : regressor
        Fitted on the patches, which inherit the score of their image; usually a
        :class:`sk_hyperimage.neural_network.CNNRegressor`. A
        :class:`sklearn.frozen.FrozenEstimator` is used as it is.
    pooling : {"mean", "median", "min", "max"}, default="mean"
        Rule that makes the score of an image from those of its patches. "min" is the worst patch
        if higher is better.
    supervision : Supervision, default=None
        Chooses the patches to train on and their targets, as in
        :class:`~sk_hyperimage.feature_extraction.HyperImageEncoder`. None: all, which inherit the
        score of their image.
    random_state : int, RandomState instance or None, default=None
        Seed of the supervision, and of the patch estimator if it has none of its own.
    higher_is_better : bool, default=None
        Direction of y, as in :class:`HyperImageRegressor`.

    Attributes
    ----------
    patch_estimator_ : regressor
        The fitted patch regressor.
    score_range_ : tuple of float
        Least and greatest score seen in `fit`.
    n_features_in_ : int
        Channels of the patches; columns of a 2-D X.

    See Also
    --------
    HyperImageRegressor : Reads the patches' descriptions jointly instead.

    References
    ----------
    Kang et al., "Convolutional neural networks for no-reference image quality assessment",
    CVPR 2014 (mean); the hyper-image paper calls it patch averaging.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sk_hyperimage.ensemble import PatchPoolingRegressor
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> images = np.random.default_rng(0).random((20, 16, 16), dtype=np.float32)
    >>> on_patches = CNNRegressor("C(4) MP(8) FC(6) FC(1,linear)", max_epochs=2, random_state=0)
    >>> model = make_pipeline(PatchExtractor(8), PatchPoolingRegressor(on_patches))
    >>> model.fit(images, images.mean(axis=(1, 2))).predict(images).shape
    (20,)
    """

    _parameter_constraints: dict = {
        **_PatchPooling._parameter_constraints,
        **KeepsScores._score_constraints,
    }

    def __init__(
        self,
        patch_estimator: Predictor,
        pooling: str = "mean",
        *,
        supervision: Supervision | None = None,
        random_state: Seed = None,
        higher_is_better: bool | None = None,
    ):
        super().__init__(
            patch_estimator, pooling, supervision=supervision, random_state=random_state
        )
        self.higher_is_better = higher_is_better

    def predict(self, X: GridsLike) -> Floats:
        """Predict the scores of images.

        Parameters
        ----------
        X : PatchGrids or array-like, as in `fit`

        Returns
        -------
        y : ndarray of shape (n_images,)
        """
        return self._pool(self.predict_patches(X))

    @available_if(_tells_kinds)
    def predict_kind_proba(self, X: GridsLike) -> Floats:
        """Predict the probability of every kind of damage, if the patch estimator knows kinds.

        Parameters
        ----------
        X : PatchGrids or array-like, as in `fit`

        Returns
        -------
        probabilities : ndarray of shape (n_images, n_kinds)
            Those of patches, pooled, in the order of ``patch_estimator_.kinds_``; rows sum to one.
        """
        grids = self._patches_seen(X)
        of_patches = self.patch_estimator_.predict_kind_proba(patches_of(grids))
        pooled = self._pool(of_patches.reshape(*grids.shape[:3], -1))
        return pooled / pooled.sum(axis=1, keepdims=True)

    @available_if(_tells_kinds)
    def predict_kinds(self, X: GridsLike) -> np.ndarray:
        """Predict the kind of damage, if the patch estimator knows kinds.

        Parameters
        ----------
        X : PatchGrids or array-like, as in `fit`

        Returns
        -------
        kinds : ndarray of shape (n_images,)
        """
        return self.patch_estimator_.kinds_[self.predict_kind_proba(X).argmax(axis=1)]

    def _check_y(self, y: ArrayLike, grids: Samples) -> Floats:
        return self._keep_range(check_target(y, grids, self))


def _has_probabilities(model: PatchPoolingClassifier) -> bool:
    return hasattr(getattr(model, "patch_estimator_", model.patch_estimator), "predict_proba")


def _has_decisions_only(model: PatchPoolingClassifier) -> bool:
    estimator = getattr(model, "patch_estimator_", model.patch_estimator)
    return hasattr(estimator, "decision_function") and not _has_probabilities(model)


class PatchPoolingClassifier(ClassifierMixin, _PatchPooling):
    """Classify every patch and pool the class probabilities, or the decision values.

    Parameters
    ----------
    patch_estimator : classifier
        Fitted on the patches, which inherit the label of their image. If it has no
        `predict_proba`, its `decision_function` is pooled, and this classifier has one too.
    pooling : {"mean", "median", "min", "max"}, default="mean"
        Rule that makes the values of an image from those of its patches. Of two labels those of
        the greater one, 1 or True, are pooled: by "max" an image has that label if any of its
        patches has. Probabilities of more labels are pooled apart and scaled to sum to one.
    supervision : Supervision, default=None
        Chooses the patches to train on and their labels, such as
        :class:`~sk_hyperimage.feature_extraction.InsideMasks`, with "max" a detector of small
        defects. None: all, which inherit the label of their image.
    random_state : int, RandomState instance or None, default=None
        Seed of the supervision, and of the patch estimator if it has none of its own.

    Attributes
    ----------
    patch_estimator_ : classifier
        The fitted patch classifier.
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    n_features_in_ : int
        Channels of the patches; columns of a 2-D X.

    See Also
    --------
    HyperImageClassifier : Reads the patches' descriptions jointly instead.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sk_hyperimage.ensemble import PatchPoolingClassifier
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.neural_network import CNNClassifier
    >>> images = np.random.default_rng(0).random((20, 16, 16), dtype=np.float32)
    >>> labels = np.where(images.mean(axis=(1, 2)) > 0.5, "bright", "dark")
    >>> on_patches = CNNClassifier("C(4) MP(8) FC(6) FC(1,sigmoid)", max_epochs=2, random_state=0)
    >>> model = make_pipeline(PatchExtractor(8), PatchPoolingClassifier(on_patches))
    >>> model.fit(images, labels).predict_proba(images).shape
    (20, 2)
    """

    @property
    def classes_(self) -> np.ndarray:
        """Labels, sorted."""
        return self.patch_estimator_.classes_

    @available_if(_has_probabilities)
    def predict_proba(self, X: GridsLike) -> Floats:
        """Predict the class probabilities of images.

        Parameters
        ----------
        X : PatchGrids or array-like, as in `fit`

        Returns
        -------
        probabilities : ndarray of shape (n_images, n_classes)
        """
        of_patches = self.predict_patches(X)
        if of_patches.shape[-1] == 2:
            greater = self._pool(of_patches[..., 1])
            return np.column_stack([1 - greater, greater])
        pooled = self._pool(of_patches)
        return pooled / pooled.sum(axis=1, keepdims=True)

    @available_if(_has_decisions_only)
    def decision_function(self, X: GridsLike) -> Floats:
        """Pool the decision values of the patches.

        Parameters
        ----------
        X : PatchGrids or array-like, as in `fit`

        Returns
        -------
        decisions : ndarray of shape (n_images,) or (n_images, n_classes)
            In the unit of the patch estimator's; for two classes, high values mean the greater
            label.
        """
        grids = self._patches_seen(X)
        decisions = self.patch_estimator_.decision_function(patches_of(grids))
        return self._pool(decisions.reshape(*grids.shape[:3], *decisions.shape[1:]))

    def predict(self, X: GridsLike) -> np.ndarray:
        """Predict the labels of images.

        Parameters
        ----------
        X : PatchGrids or array-like, as in `fit`

        Returns
        -------
        y : ndarray of shape (n_images,)
        """
        check_is_fitted(self)
        if _has_probabilities(self):
            codes = self.predict_proba(X).argmax(axis=1)
        else:
            decisions = self.decision_function(X)
            codes = decisions.argmax(axis=1) if decisions.ndim > 1 else (decisions > 0).astype(int)
        return self.classes_[codes]

    def _check_y(self, y: ArrayLike, grids: Samples) -> np.ndarray:
        classes, codes = check_labels(y, grids, self)
        return classes[codes]
