"""Bringing the compression of all images to one last step that they share."""

from __future__ import annotations

from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage.distortions import compressed
from sk_hyperimage.images import ArraySamples, Samples
from sk_hyperimage.utils._sklearn import Interval, _fit_context
from sk_hyperimage.utils._validation import check_images, n_dimensions


class JPEGReencoder(TransformerMixin, BaseEstimator):
    """Compress all images as JPEG once more, as if all had been saved by one program.

    Where authentic and tampered images come in different file formats, a model may learn formats
    and no forgery. As a step of a pipeline this makes images alike when a model is trained and
    when it is used. Images keep their size.

    Parameters
    ----------
    quality : int, default=90
        JPEG quality, from 1 to 95. Chroma is halved in rows and columns.

    Attributes
    ----------
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    sk_hyperimage.datasets.format_accuracy : What file formats alone tell.

    Notes
    -----
    This takes away what is told by the format of the last file, and not what came before it. An
    image that was compressed before still differs, after re-encoding, from one that was not: in
    the distribution of its DCT coefficients, and in blocking where it was compressed harder. A
    low `quality` leaves less of these traces, and less of the traces of forgery.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.preprocessing import JPEGReencoder
    >>> images = np.random.default_rng(0).integers(0, 256, size=(2, 16, 24, 3), dtype=np.uint8)
    >>> encoded = JPEGReencoder(quality=90).fit_transform(images)
    >>> encoded.shape, encoded.dtype
    ((2, 16, 24, 3), dtype('float32'))
    """

    _parameter_constraints: dict = {"quality": [Interval(Integral, 1, 95, closed="both")]}

    def __init__(self, quality: int = 90):
        self.quality = quality

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> JPEGReencoder:
        """Check the images; nothing is learnt from them.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features), or sequence of images or file paths
            Gray or RGB images, floats in [0, 1] or integers that are scaled to it.
        y : None
            Ignored.

        Returns
        -------
        self : JPEGReencoder

        Raises
        ------
        ValueError
            If images have neither one nor three channels.
        """
        images = check_images(X, self, reset=True)
        n_channels = images.n_channels
        if n_channels not in (1, 3):
            raise ValueError(
                f"X has {n_channels} channels; JPEG holds gray (1) and RGB images (3)"
            )
        return self

    def transform(self, X: Any) -> np.ndarray | Samples:
        """Re-encode images.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features), or sequence of images or file paths
            Values are clipped to [0, 1] and rounded to 8 bits.

        Returns
        -------
        X_new : ndarray of the shape of X, or ImageCollection
            Multiples of 1/255: float64 for float64 images, float32 otherwise. Images in a list or
            behind paths stay lazy: each is decoded and encoded when a step asks for it.
        """
        check_is_fitted(self)
        images = check_images(X, self, reset=False)
        if not isinstance(images, ArraySamples):
            return images.map(partial(reencoded, quality=self.quality))
        encoded = np.empty(images.shape, dtype=images.dtype)
        for index in range(len(images)):
            encoded[index] = reencoded(images.item(index), self.quality)
        rank = n_dimensions(X)
        return {2: encoded[:, 0, :, 0], 3: encoded[..., 0]}.get(rank, encoded)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def reencoded(image: np.ndarray, quality: int) -> np.ndarray:
    """One gray or RGB image (n_rows, n_cols, n_channels) of floats in [0, 1], compressed."""
    levels = np.rint(255 * np.clip(image, 0, 1))
    levels = levels[..., 0] if levels.shape[2] == 1 else levels
    decoded = compressed(levels, format="JPEG", quality=quality)
    return (decoded.reshape(image.shape) / 255).astype(image.dtype)
