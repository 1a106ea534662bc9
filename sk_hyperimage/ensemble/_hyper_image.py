"""Both stages in one object, which can also train them end to end through the hyper-image."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin

from sk_hyperimage.ensemble._base import BaseHyperImage
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor
from sk_hyperimage.utils._sklearn import fit_or_restore
from sk_hyperimage.utils._validation import check_labels, check_target


class HyperImageRegressor(RegressorMixin, BaseHyperImage):
    """Two-stage hyper-image regression in one object.

    Normalise, cut into patches, describe the patches with a first network, read the hyper-image
    with a second: the Pipeline of these four steps, with what a Pipeline cannot do. One and the
    same set of validation groups is held out of both stages, so the second is monitored on images
    that the first has not seen; and `fine_tune_epochs` trains both stages end to end through the
    hyper-image once each is fitted.

    Parameters
    ----------
    normalizer : transformer, "passthrough" or None, default=None
        None: ``LocalContrastNormalizer()``.
    extractor : transformer or None, default=None
        Images to patch grids. None: ``PatchExtractor()``.
    patch_estimator : CNNRegressor or None, default=None
        The first stage. None: ``CNNRegressor(architectures.KANG2014)``.
    estimator : CNNRegressor or None, default=None
        The second stage. None: ``CNNRegressor(architectures.TID_STAGE2)``.
    fine_tune_epochs : int, default=0
        Most epochs of joint training after both stages are fitted. The solver, schedule, batch
        size (in images) and augmentation are those of `estimator`; the weights of the lowest
        validation error are kept, those before fine-tuning among them.
    fine_tune_learning_rate_init : float, default=0.001
        Learning rate of the first joint update.
    early_stopping : bool, default=True
        Whether to hold one set of images out of both stages and out of fine-tuning. False leaves
        it to each stage to hold images out for itself, and fine-tuning keeps its last weights.
    validation_fraction : float in (0, 1), default=0.25
        Share of the groups (of the images, without groups) held out of both stages.
    random_state : int, RandomState instance or None, default=None
        Seeds the choice of validation groups, fine-tuning, and both stages where they have no
        `random_state` of their own.

    Attributes
    ----------
    normalizer_, extractor_ : transformer
        Fitted steps; `normalizer_` is None for "passthrough".
    encoder_ : HyperImageEncoder
        Holds the first stage as the second reads it.
    estimator_ : CNNRegressor
        The second stage.
    patch_estimator_ : CNNRegressor
        The first stage as it was trained on patches, before fine-tuning.
    validation_mask_ : ndarray of bool of shape (n_images,) or None
        Which images were held out of both stages; None for ``early_stopping=False``.
    fine_tuning_history_ : list of dict
        Losses of every joint epoch; only where `fine_tune_epochs` > 0.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    PatchPoolingRegressor : The patch-averaging baseline.

    References
    ----------
    The hyper-image paper. Joint fine-tuning goes beyond it.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import HyperImageRegressor
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> images = np.random.default_rng(0).random((24, 16, 16), dtype=np.float32)
    >>> model = HyperImageRegressor(
    ...     extractor=PatchExtractor(patch_size=8),
    ...     patch_estimator=CNNRegressor("C(4) MP(8) FC(6) FC(1,linear)", max_epochs=2),
    ...     estimator=CNNRegressor("C(4) MP(3) FC(6) FC(1,linear)", max_epochs=2),
    ...     fine_tune_epochs=1,
    ...     random_state=0,
    ... )
    >>> model.fit(images, images.std(axis=(1, 2))).predict(images).shape
    (24,)
    """

    @fit_or_restore(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        validation_mask: Any = None,
        patch_targets: Any = None,
    ) -> HyperImageRegressor:
        """Fit both stages, and fine-tune them jointly if asked.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features), or sequence of images or file paths
            Images; rows of a 2-D X are one-row images.
        y : array-like of shape (n_images,)
            Scores.
        sample_weight : array-like of shape (n_images,), default=None
            Weights of the images in every loss.
        groups : array-like of shape (n_images,), default=None
            Reference of each image. None: every image is its own.
        validation_mask : array-like of bool of shape (n_images,), default=None
            True for the images to validate on, in place of a random choice.
        patch_targets : array-like of shape (n_images, U, V), default=None
            Scores of single patches for the first stage; NaN leaves a patch out.

        Returns
        -------
        self : HyperImageRegressor
        """
        y = check_target(y, X, self)
        self._fit(X, y, sample_weight, groups, validation_mask, patch_targets)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Predict the scores of images.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths

        Returns
        -------
        y : ndarray of shape (n_images,)
            In the unit and direction of the y seen in `fit`.
        """
        hyper_images = self.encode(X)
        return self.estimator_.predict(hyper_images)

    def predict_patches(self, X: Any) -> np.ndarray:
        """Predict the score of every patch with the first stage.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths

        Returns
        -------
        scores : ndarray of shape (n_images, U, V)
        """
        return self._over_grid("predict", X)

    def _default_network(self, layers: str) -> CNNRegressor:
        return CNNRegressor(layers)


class HyperImageClassifier(ClassifierMixin, BaseHyperImage):
    """Two-stage hyper-image classification in one object.

    Parameters
    ----------
    normalizer, extractor, patch_estimator, estimator, fine_tune_epochs, \
fine_tune_learning_rate_init, early_stopping, validation_fraction, random_state
        As in :class:`HyperImageRegressor`, with ``CNNClassifier`` stages.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    normalizer_, extractor_, encoder_, estimator_, patch_estimator_, validation_mask_, \
fine_tuning_history_, n_features_in_
        As in :class:`HyperImageRegressor`.

    See Also
    --------
    HyperImageRegressor : The same for scores.
    PatchPoolingClassifier : The patch-averaging baseline.

    References
    ----------
    The hyper-image paper. Joint fine-tuning goes beyond it.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import HyperImageClassifier
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.neural_network import CNNClassifier
    >>> images = np.random.default_rng(0).random((24, 16, 16), dtype=np.float32)
    >>> model = HyperImageClassifier(
    ...     extractor=PatchExtractor(patch_size=8),
    ...     patch_estimator=CNNClassifier("C(4) MP(8) FC(6) FC(1,sigmoid)", max_epochs=2),
    ...     estimator=CNNClassifier("C(4) MP(3) FC(6) FC(1,sigmoid)", max_epochs=2),
    ...     random_state=0,
    ... )
    >>> model.fit(images, images.mean(axis=(1, 2)) > 0.5).predict_proba(images).shape
    (24, 2)
    """

    @fit_or_restore(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        validation_mask: Any = None,
        patch_targets: Any = None,
    ) -> HyperImageClassifier:
        """Fit both stages, and fine-tune them jointly if asked.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features), or sequence of images or file paths
            Images; rows of a 2-D X are one-row images.
        y : array-like of shape (n_images,)
            Labels.
        sample_weight, groups, validation_mask, patch_targets
            As in :meth:`HyperImageRegressor.fit`.

        Returns
        -------
        self : HyperImageClassifier
        """
        classes, codes = check_labels(y, X, self)
        self._fit(X, classes[codes], sample_weight, groups, validation_mask, patch_targets)
        self.classes_ = self.estimator_.classes_
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict class probabilities.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths

        Returns
        -------
        probabilities : ndarray of shape (n_images, n_classes)
        """
        hyper_images = self.encode(X)
        return self.estimator_.predict_proba(hyper_images)

    def predict(self, X: Any) -> np.ndarray:
        """Predict labels.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths

        Returns
        -------
        y : ndarray of shape (n_images,)
        """
        hyper_images = self.encode(X)
        return self.estimator_.predict(hyper_images)

    def predict_proba_patches(self, X: Any) -> np.ndarray:
        """Predict the class probabilities of every patch with the first stage.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths

        Returns
        -------
        probabilities : ndarray of shape (n_images, U, V, n_classes)
        """
        return self._over_grid("predict_proba", X)

    def _default_network(self, layers: str) -> CNNClassifier:
        return CNNClassifier(layers)
