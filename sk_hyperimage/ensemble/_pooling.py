"""Patch pooling: predict every patch, then pool the predictions with a parameter-free rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage.feature_extraction.supervision._patch_stage import fit_on_patches, patches_of
from sk_hyperimage.utils._sklearn import HasMethods, StrOptions, fit_or_restore
from sk_hyperimage.utils._validation import check_labels, check_patch_grids, check_target

# Rules that turn (n_images, n_patches, ...) into (n_images, ...).
POOLING_RULES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda values: values.mean(axis=1),
    "median": lambda values: np.median(values, axis=1),
    "min": lambda values: values.min(axis=1),
    "max": lambda values: values.max(axis=1),
}


class _PatchPooling(MetaEstimatorMixin, BaseEstimator):
    """Fitting on patches, common to the regressor and the classifier."""

    __metadata_request__fit = {
        "sample_weight": True,
        "groups": True,
        "validation_mask": True,
        "patch_targets": True,
    }

    def __init__(self, estimator: Any, pooling: str = "mean"):
        self.estimator = estimator
        self.pooling = pooling

    def _pool(self, values: np.ndarray) -> np.ndarray:
        """Pool values of shape (n_images, U, V, ...) over the grid."""
        return POOLING_RULES[self.pooling](values.reshape(len(values), -1, *values.shape[3:]))

    def _over_grid(self, method: str, X: Any) -> np.ndarray:
        """What a method of the fitted estimator says of every patch, (n_images, U, V, ...)."""
        check_is_fitted(self)
        grids = check_patch_grids(X, self, reset=False)
        values = getattr(self.estimator_, method)(patches_of(grids))
        return values.reshape(*grids.shape[:3], *values.shape[1:])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


class PatchPoolingRegressor(RegressorMixin, _PatchPooling):
    """Score every patch and pool the scores: the patch-averaging baseline.

    Parameters
    ----------
    estimator : regressor
        Fitted on the patches, which inherit the score of their image; usually a
        :class:`sk_hyperimage.neural_network.CNNRegressor`. A
        :class:`sklearn.frozen.FrozenEstimator` is used as it is.
    pooling : {"mean", "median", "min", "max"}, default="mean"
        How the scores of an image's patches become its score. "min" is the worst patch where a
        higher score is better.

    Attributes
    ----------
    estimator_ : regressor
        The fitted patch regressor.
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
        "estimator": [HasMethods(["fit", "predict"])],
        "pooling": [StrOptions(set(POOLING_RULES))],
    }

    @fit_or_restore(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        validation_mask: Any = None,
        patch_targets: Any = None,
    ) -> PatchPoolingRegressor:
        """Fit the regressor on the patches.

        Parameters
        ----------
        X : PatchGrids or array-like of shape (n_images, U, V, n_rows, n_cols[, n_channels]) or \
(n_images, n_features)
            Rows of a 2-D X are images of one patch of one row.
        y : array-like of shape (n_images,)
            Scores.
        sample_weight, groups, validation_mask : array-like of shape (n_images,), default=None
            Inherited by the patches; see :meth:`HyperImageEncoder.fit
            <sk_hyperimage.feature_extraction.HyperImageEncoder.fit>`.
        patch_targets : array-like of shape (n_images, U, V), default=None
            Scores of the single patches; NaN leaves a patch out of training.

        Returns
        -------
        self : PatchPoolingRegressor
        """
        grids = check_patch_grids(X, self, reset=True)
        self.estimator_ = fit_on_patches(
            self.estimator,
            grids,
            check_target(y, grids, self),
            sample_weight=sample_weight,
            groups=groups,
            validation_mask=validation_mask,
            patch_targets=patch_targets,
        )
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Predict the scores of images.

        Parameters
        ----------
        X : PatchGrids or array-like, as in `fit`

        Returns
        -------
        y : ndarray of shape (n_images,)
        """
        return self._pool(self.predict_patches(X))

    def predict_patches(self, X: Any) -> np.ndarray:
        """Predict the score of every patch.

        Parameters
        ----------
        X : PatchGrids or array-like, as in `fit`

        Returns
        -------
        scores : ndarray of shape (n_images, U, V)
        """
        return self._over_grid("predict", X)


class PatchPoolingClassifier(ClassifierMixin, _PatchPooling):
    """Classify every patch and pool the class probabilities.

    Parameters
    ----------
    estimator : classifier
        Fitted on the patches, which inherit the label of their image; it has `predict_proba`.
    pooling : {"mean", "median", "min", "max"}, default="mean"
        How the probabilities of an image's patches become its own; they are scaled to sum to one.

    Attributes
    ----------
    estimator_ : classifier
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

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict_proba"])],
        "pooling": [StrOptions(set(POOLING_RULES))],
    }

    @fit_or_restore(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        validation_mask: Any = None,
        patch_targets: Any = None,
    ) -> PatchPoolingClassifier:
        """Fit the classifier on the patches.

        Parameters
        ----------
        X : PatchGrids or array-like of shape (n_images, U, V, n_rows, n_cols[, n_channels]) or \
(n_images, n_features)
            Rows of a 2-D X are images of one patch of one row.
        y : array-like of shape (n_images,)
            Labels.
        sample_weight, groups, validation_mask : array-like of shape (n_images,), default=None
            As in :meth:`PatchPoolingRegressor.fit`.
        patch_targets : array-like of shape (n_images, U, V), default=None
            Labels of the single patches; NaN leaves a patch out of training.

        Returns
        -------
        self : PatchPoolingClassifier
        """
        grids = check_patch_grids(X, self, reset=True)
        classes, codes = check_labels(y, grids, self)
        self.estimator_ = fit_on_patches(
            self.estimator,
            grids,
            classes[codes],
            sample_weight=sample_weight,
            groups=groups,
            validation_mask=validation_mask,
            patch_targets=patch_targets,
        )
        self.classes_ = self.estimator_.classes_
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the class probabilities of images.

        Parameters
        ----------
        X : PatchGrids or array-like, as in `fit`

        Returns
        -------
        probabilities : ndarray of shape (n_images, n_classes)
        """
        pooled = self._pool(self.predict_proba_patches(X))
        return pooled / pooled.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> np.ndarray:
        """Predict the labels of images.

        Parameters
        ----------
        X : PatchGrids or array-like, as in `fit`

        Returns
        -------
        y : ndarray of shape (n_images,)
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def predict_proba_patches(self, X: Any) -> np.ndarray:
        """Predict the class probabilities of every patch.

        Parameters
        ----------
        X : PatchGrids or array-like, as in `fit`

        Returns
        -------
        probabilities : ndarray of shape (n_images, U, V, n_classes)
        """
        return self._over_grid("predict_proba", X)
