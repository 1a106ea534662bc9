"""A convolutional classifier over patches, whole images or hyper-images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight

from sk_hyperimage._typing import Floats, ImagesLike, Ints
from sk_hyperimage.images import Samples
from sk_hyperimage.neural_network._base import BaseCNN
from sk_hyperimage.neural_network._tasks import Labels
from sk_hyperimage.utils._sklearn import StrOptions
from sk_hyperimage.utils._validation import check_labels


class CNNClassifier(ClassifierMixin, BaseCNN):
    """Convolutional neural network for classification.

    The network of :class:`CNNRegressor` with the log loss: one output through a sigmoid for two
    classes, as in the paper's forgery experiment, one output per class through a softmax for more.

    Parameters
    ----------
    layers : str, torch.nn.Module, Architecture or callable
        The architecture, as in :class:`CNNRegressor`. The width of the last layer is set to the
        number of outputs, and its activation function is the loss's own.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class in the loss, by label; classes that a dict leaves out weigh one.
        "balanced" gives all classes the same total weight, however frequent they are.
    initial_weights, solver, learning_rate, learning_rate_init, momentum, nesterovs_momentum, \
decay, alpha, batch_size, batch_by, max_epochs, early_stopping, validation_fraction, \
n_iter_no_change, augmentation, precision, compile, device, callbacks, random_state, verbose, \
warm_start
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

    class_weight: Mapping | str | None
    classes_: np.ndarray

    _parameter_constraints: dict = {
        **BaseCNN._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        layers,
        *,
        class_weight=None,
        initial_weights=None,
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
        warm_start=False,
    ):
        self._store(locals())

    @property
    def _task(self) -> Labels:
        return Labels(self.classes_)

    def _check_target(
        self, y: ArrayLike, weight: Floats, samples: Samples
    ) -> tuple[np.ndarray, Floats]:
        classes, codes = check_labels(y, samples, self)
        if len(np.unique(codes[weight > 0])) < 2:
            raise ValueError(
                f"{type(self).__name__} needs samples of at least 2 classes in y, got one class "
                f"with positive weight: {classes[codes[weight > 0][0]]!r}"
            )
        if self._is_continued() and not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"warm_start=True goes on with a network of the classes "
                f"{self.classes_.tolist()}, but y holds {classes.tolist()}"
            )
        self.classes_ = classes
        if self.class_weight is not None:
            weight = weight * self._weight_of_classes(codes, weight)[codes]
        return classes[codes], weight

    def _n_outputs(self, y: np.ndarray) -> int:
        n_classes = len(set(map(str, np.ravel(y))))  # which need not be sortable yet
        return n_classes if n_classes > 2 else 1

    def decision_function(self, X: ImagesLike) -> Floats:
        """Outputs of the network, before any sigmoid or softmax.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes the logit of the greater label: above 0 it is predicted. For more one
            column a class, in the order of `classes_`, the greatest of which is predicted.
        """
        outputs = self._outputs(X).astype(np.float64)
        return outputs[:, 0] if self._task.n_outputs == 1 else outputs

    def predict_proba(self, X: ImagesLike) -> Floats:
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
        outputs = self._outputs(X)
        return self._task.decode(outputs)

    def predict(self, X: ImagesLike) -> np.ndarray:
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
        scores = self.decision_function(X)
        codes = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        return self.classes_[codes]

    def _weight_of_classes(self, codes: Ints, weight: Floats) -> Floats:
        """Factor of each class, (n_classes,)."""
        if self.class_weight == "balanced":
            present = np.bincount(codes, weights=weight)
            return weight.sum() / (len(present) * np.where(present > 0, present, np.inf))
        return compute_class_weight(self.class_weight, classes=self.classes_, y=self.classes_)
