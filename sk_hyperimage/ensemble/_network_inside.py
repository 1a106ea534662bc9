"""What a classifier answers through the network that it has fitted."""

from __future__ import annotations

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Floats, ImagesLike
from sk_hyperimage.images import PatchSequence, Samples
from sk_hyperimage.neural_network import CNNClassifier
from sk_hyperimage.neural_network.aggregation import embed_grids
from sk_hyperimage.utils._validation import check_images


class NetworkInside(ClassifierMixin):
    """Mixin of classifiers of images that fit a `network_` of word counts."""

    network_: CNNClassifier

    def decision_function(self, X: ImagesLike) -> Floats:
        """Outputs of the network: log-odds of the greater label, or one number for each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)
            Images of the size seen in `fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        seen = self._seen(X)
        return self.network_.decision_function(seen)

    def predict_proba(self, X: ImagesLike) -> Floats:
        """Predict the probability of each class.

        Parameters
        ----------
        X
            As in :meth:`decision_function`.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`; rows sum to one.
        """
        seen = self._seen(X)
        return self.network_.predict_proba(seen)

    def predict(self, X: ImagesLike) -> np.ndarray:
        """Predict labels.

        Parameters
        ----------
        X
            As in :meth:`decision_function`.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            The most probable label of each sample.
        """
        seen = self._seen(X)
        return self.network_.predict(seen)

    def embed(
        self, X: ImagesLike, layer: int | None = None, *, temp_folder: str | None = None
    ) -> np.ndarray:
        """Describe images by the shares of the network's words; overlapping patches share them.

        Parameters
        ----------
        X
            As in :meth:`decision_function`.
        layer : int, default=None
            None or -2: the shares of words. -1: the outputs.
        temp_folder : str, default=None
            As of :meth:`CNNClassifier.embed <sk_hyperimage.neural_network.CNNClassifier.embed>`.

        Returns
        -------
        activations : ndarray of shape (n_samples, n_words) or (n_samples, n_outputs)
            Shares of words of either half sum to one.
        """
        samples = self._seen(X)
        if isinstance(samples, PatchSequence) and samples.grids.grid.overlaps:
            return embed_grids(self.network_, samples.grids, layer, temp_folder=temp_folder)
        return self.network_.embed(samples, layer, temp_folder=temp_folder)

    def _seen(self, X: ImagesLike) -> Samples:
        check_is_fitted(self)
        return check_images(X, self, reset=False)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        # scikit-learn asks for an accuracy of .83 on points in a plane. Words are counted wherever
        # they are, so that two columns of a table cannot be told apart.
        tags.classifier_tags.poor_score = True
        return tags
