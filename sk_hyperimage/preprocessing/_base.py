"""Base of steps from images to images."""

from __future__ import annotations

import abc
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Floats, ImagesLike
from sk_hyperimage.images import Samples
from sk_hyperimage.images._samples import ImageFunction
from sk_hyperimage.utils._sklearn import fit_or_restore
from sk_hyperimage.utils._validation import check_images, n_dimensions, warn_if_gray_levels


class ImageTransformer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator, abc.ABC):
    """Base of steps from images to images, computed on demand."""

    # Whether output has named columns; a data frame of images would make no sense.
    _columns = True
    # What white is among floats; None is 1.
    data_range: float | None = None
    # Whether images in a list may differ in the number of channels.
    _mixed = False

    @abc.abstractmethod
    def _function(self) -> ImageFunction:
        """The function of one channel-last image.

        A partial of a plain function: it can be pickled and compared by content, and parameters
        that are set later do not change it.
        """

    def _output_shape(self) -> tuple[int, int] | None:
        """Rows and columns of all new images; None if they stay as they are."""
        return None

    def _output_channels(self) -> int | None:
        """Channels of all new images; None where they are those of the given ones."""
        return None

    def _prepare(self, images: Samples) -> None:
        """Make the checks of this step only, and compute attributes from its parameters."""

    @fit_or_restore(prefer_skip_nested_validation=True)
    def fit(self, X: ImagesLike, y: object = None) -> Self:
        """Check the parameters and the images; nothing is learned from their pixels.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features), or sequence of images or file paths
        y : None
            Ignored.

        Returns
        -------
        self : estimator
        """
        images = check_images(X, self, reset=True, mixed=self._mixed)
        self._prepare(images)
        self._of_table = images.in_memory and n_dimensions(X) == 2
        return self

    def transform(self, X: ImagesLike) -> Floats | Samples:
        """Make the new images.

        Parameters
        ----------
        X
            As in :meth:`fit`.

        Returns
        -------
        X_new : ndarray of as many dimensions as X, or Samples
            float64 for float64 images, float32 otherwise. Images in a sequence or in files stay
            lazy: each is decoded and computed on demand.
        """
        check_is_fitted(self)
        images = check_images(X, self, reset=False, mixed=self._mixed)
        warn_if_gray_levels(X, white=self.data_range or 1.0)
        made = images.map(self._function(), self._output_shape(), self._output_channels())
        if isinstance(X, Samples) or not images.in_memory:
            return made
        array = np.asarray(made)
        if (rank := n_dimensions(X)) == 4 or array.shape[3] != 1:
            return array
        return array[:, 0, :, 0] if rank == 2 and array.shape[1] == 1 else array[..., 0]

    @available_if(lambda self: self._columns and getattr(self, "_of_table", True))
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Names of the output columns of a 2-D X: those of the input.

        Parameters
        ----------
        input_features : array-like of str or None, default=None

        Returns
        -------
        names : ndarray of str
        """
        return super().get_feature_names_out(input_features)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
