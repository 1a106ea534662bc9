"""Bringing images to one size, for networks that read whole images."""

from __future__ import annotations

from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage.images import ArraySamples, Samples
from sk_hyperimage.images._reading import check_size
from sk_hyperimage.utils._sklearn import _fit_context
from sk_hyperimage.utils._validation import check_images, n_dimensions


class ImageResizer(TransformerMixin, BaseEstimator):
    """Bring all images to one size, as networks that read whole images need it.

    Images that have the size already are left as they are, to the last bit. Others are
    interpolated, after smoothing where they shrink.

    Parameters
    ----------
    shape : tuple of int, default=(256, 384)
        Rows and columns. The default is the input of the paper's end-to-end network for forgeries.
    rotate : bool, default=False
        Whether to turn an image by 90 degrees where one of the image and `shape` is upright and
        the other is not. Turning keeps every pixel and the ratio of the sides; not turning keeps
        what is above.

    Attributes
    ----------
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    Notes
    -----
    Interpolation wipes out traces of manipulation. The paper chose its size because the fewest
    images of CASIA-2 need resizing then; whether upright ones were turned it does not say. With
    ``rotate=True`` those of 384 x 256 pixels are not interpolated either.

    References
    ----------
    The hyper-image paper, "Image forgery classification", Experiment 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.preprocessing import ImageResizer
    >>> images = [np.zeros((256, 384, 3)), np.zeros((384, 256, 3)), np.zeros((480, 640, 3))]
    >>> ImageResizer((256, 384), rotate=True).fit_transform(images).shape
    (3, 256, 384, 3)
    """

    _parameter_constraints: dict = {"shape": [tuple], "rotate": ["boolean"]}

    def __init__(self, shape: tuple[int, int] = (256, 384), *, rotate: bool = False):
        self.shape = shape
        self.rotate = rotate

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> ImageResizer:
        """Check the images; nothing is learnt from them.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features), or sequence of images or file paths
        y : None
            Ignored.

        Returns
        -------
        self : ImageResizer
        """
        if len(self.shape) != 2 or not all(isinstance(n, Integral) and n > 0 for n in self.shape):
            raise ValueError(f"shape must be two positive integers, got {self.shape!r}")
        check_size(self.shape, "shape asks for images")
        check_images(X, self, reset=True)
        return self

    def transform(self, X: Any) -> np.ndarray | Samples:
        """Resize images.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features), or sequence of images or file paths

        Returns
        -------
        X_new : ndarray of shape (n_images, n_rows, n_cols[, n_channels]), or Samples
            Rows and columns are those of `shape`. float64 for float64 images, float32 otherwise.
            Images in a list or behind paths stay lazy: each is decoded and resized when a step
            asks for it.
        """
        check_is_fitted(self)
        images = check_images(X, self, reset=False)
        resize = partial(resized_image, shape=self.shape, rotate=self.rotate)
        resized = images.map(resize, self.shape)
        if isinstance(X, Samples) or not isinstance(images, ArraySamples):
            return resized
        array = np.asarray(resized)
        return array if n_dimensions(X) == 4 else array[..., 0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def resized_image(image: np.ndarray, shape: tuple[int, int], rotate: bool = False) -> np.ndarray:
    """One image (n_rows, n_cols, n_channels) with rows and columns of `shape`."""
    if rotate and (image.shape[0] - image.shape[1]) * (shape[0] - shape[1]) < 0:
        image = np.rot90(image)
    if image.shape[:2] == tuple(shape):
        return image
    from skimage.transform import resize

    return resize(image, (*shape, image.shape[2]), anti_aliasing=True)
