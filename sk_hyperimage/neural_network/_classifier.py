"""A convolutional classifier over patches, whole images or hyper-images."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit, softmax
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight

from sk_hyperimage.neural_network._base import BaseCNN
from sk_hyperimage.utils._sklearn import StrOptions, fit_or_restore
from sk_hyperimage.utils._validation import check_images, check_labels, check_weights


class CNNClassifier(ClassifierMixin, BaseCNN):
    """Convolutional neural network for classification.

    The network of :class:`CNNRegressor` with the log loss: one output through a sigmoid for two
    classes, as in the paper's forgery experiment, one output per class through a softmax for more.

    Parameters
    ----------
    layers : str, torch.nn.Module or callable
        The architecture, as in :class:`CNNRegressor`. The width of the last layer is set to the
        number of outputs, and its activation function is the loss's own.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class in the loss, by label; classes that a dict leaves out weigh one.
        "balanced" gives all classes the same total weight, however frequent they are.
    solver, learning_rate, learning_rate_init, momentum, nesterovs_momentum, decay, alpha, \
batch_size, batch_by, max_epochs, early_stopping, validation_fraction, n_iter_no_change, \
augmentation, precision, compile, device, callbacks, random_state, verbose
        As in :class:`CNNRegressor`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    net_, weights_, history_, n_iter_, input_shape_, n_features_in_
        As in :class:`CNNRegressor`.

    See Also
    --------
    CNNRegressor : The same for scores.

    References
    ----------
    The hyper-image paper, "Image forgery classification" and Table 4.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.neural_network import CNNClassifier
    >>> images = np.random.default_rng(0).random((40, 8, 8), dtype=np.float32)
    >>> bright = images.mean(axis=(1, 2)) > 0.5
    >>> model = CNNClassifier("C(4) MP(8) FC(8) FC(1,sigmoid)", max_epochs=3, random_state=0)
    >>> model.fit(images, bright).predict_proba(images).shape
    (40, 2)
    """

    _parameter_constraints: dict = {
        **BaseCNN._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        layers,
        *,
        class_weight=None,
        solver="sgd",
        learning_rate="adaptive",
        learning_rate_init=0.005,
        momentum=0.9,
        nesterovs_momentum=True,
        decay=1e-5,
        alpha=0.0,
        batch_size=50,
        batch_by="sample",
        max_epochs="auto",
        early_stopping=True,
        validation_fraction=0.25,
        n_iter_no_change="auto",
        augmentation=None,
        precision="full",
        compile=False,
        device="auto",
        callbacks=None,
        random_state=None,
        verbose=0,
    ):
        super().__init__(
            layers,
            solver=solver,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            decay=decay,
            alpha=alpha,
            batch_size=batch_size,
            batch_by=batch_by,
            max_epochs=max_epochs,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            augmentation=augmentation,
            precision=precision,
            compile=compile,
            device=device,
            callbacks=callbacks,
            random_state=random_state,
            verbose=verbose,
        )
        self.class_weight = class_weight

    @fit_or_restore(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        validation_mask: Any = None,
    ) -> CNNClassifier:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)
            Channel-last samples; rows of a 2-D X are one-row images.
        y : array-like of shape (n_samples,)
            Labels of two or more classes.
        sample_weight, groups, validation_mask : array-like of shape (n_samples,), default=None
            As in :meth:`CNNRegressor.fit`.

        Returns
        -------
        self : CNNClassifier

        Raises
        ------
        ValueError
            If y holds fewer than two classes, and as :meth:`CNNRegressor.fit`.
        """
        samples = check_images(X, self, reset=True)
        classes, codes = check_labels(y, samples, self)
        weight = check_weights(sample_weight, samples)
        if len(np.unique(codes[weight > 0])) < 2:
            raise ValueError(
                f"{type(self).__name__} needs samples of at least 2 classes in y, got one class "
                f"with positive weight: {classes[codes[weight > 0][0]]!r}"
            )
        self.classes_ = classes
        if self.class_weight is not None:
            weight = weight * self._weight_of_classes(codes, weight)[codes]
        self._fit(samples, classes[codes], weight, groups, validation_mask)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`; rows sum to one.
        """
        outputs = self._forward(X, lambda module, batch: module(batch)).astype(np.float64)
        if outputs.shape[1] > 1:
            return softmax(outputs, axis=1)
        positive = expit(outputs[:, 0])
        return np.column_stack([1 - positive, positive])

    def predict(self, X: Any) -> np.ndarray:
        """Predict labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)

        Returns
        -------
        y : ndarray of shape (n_samples,)
            The most probable label of each sample.
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def _weight_of_classes(self, codes: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Factor of each class, (n_classes,)."""
        if self.class_weight == "balanced":
            present = np.bincount(codes, weights=weight)
            return weight.sum() / (len(present) * np.where(present > 0, present, np.inf))
        return compute_class_weight(self.class_weight, classes=self.classes_, y=self.classes_)

    @property
    def _n_outputs(self) -> int:
        return 1 if len(self.classes_) == 2 else len(self.classes_)

    def _encode_target(self, y: np.ndarray, dtype: np.dtype) -> tuple[np.ndarray, str]:
        codes = np.searchsorted(self.classes_, y)
        if self._n_outputs == 1:
            return codes.astype(dtype), "binary_log_loss"
        return codes, "log_loss"
