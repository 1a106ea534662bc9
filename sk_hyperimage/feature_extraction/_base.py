"""Base of features of whole images."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Floats, ImagesLike
from sk_hyperimage.feature_extraction._named import NamesFeatures
from sk_hyperimage.images import Samples
from sk_hyperimage.images._floats import check_computed
from sk_hyperimage.images._gray import gray_levels
from sk_hyperimage.utils._sklearn import fit_or_restore
from sk_hyperimage.utils._validation import check_images, warn_if_gray_levels


class ImageFeatures(NamesFeatures, TransformerMixin, BaseEstimator, abc.ABC):
    """Base of transformers that compute features from the gray levels of every image."""

    _parameter_constraints: dict = {}

    @abc.abstractmethod
    def _describe(self, levels: Floats) -> Floats:
        """Features of one image's gray levels in [0, 255]; not finite if they overflow."""

    @abc.abstractmethod
    def _feature_names(self) -> list[str]:
        """Names of the features of `_describe`."""

    def _learn(self, images: Samples) -> None:
        """Make further checks of parameters, and learn from gray or RGB images."""

    @fit_or_restore(prefer_skip_nested_validation=True)
    def fit(self, X: ImagesLike, y: object = None) -> Self:
        """Check the images, and learn from them if the features require it.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features), or sequence of images or file paths
            Gray or RGB, if the class does not ask for others. Floats span [0, 1].
        y : None
            Ignored.

        Returns
        -------
        self : estimator
        """
        self._learn(self._checked(X, reset=True))
        return self

    def transform(self, X: ImagesLike) -> Floats:
        """Compute the features, an image at a time.

        Parameters
        ----------
        X
            As in :meth:`fit`.

        Returns
        -------
        features : ndarray of shape (n_images, n_features_out)
            Finite. `get_feature_names_out` names them.
        """
        check_is_fitted(self)
        images = self._checked(X, reset=False)
        warn_if_gray_levels(X)
        features = []
        with np.errstate(over="ignore", invalid="ignore"):
            for name, described in self._described(images):
                check_computed(described, name)
                features.append(described)
        return np.concatenate(features)

    def _described(self, images: Samples) -> Iterator[tuple[str, Floats]]:
        """Name and features of one image after the other, (1, n_features_out)."""
        for index in range(len(images)):
            described = self._describe(gray_levels(images.item(index)))
            yield images.name(index), described[np.newaxis]

    def _checked(self, X: ImagesLike, *, reset: bool) -> Samples:
        """Validate the images: gray or RGB."""
        images = check_images(X, self, reset=reset)
        if images.n_channels not in (1, 3):
            raise ValueError(
                f"X holds images of {images.n_channels} channels; {type(self).__name__} takes "
                f"gray images (1) and RGB images (3): select channels first"
            )
        return images

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
