"""JPEG compression of all images, as a last step that they share."""

from __future__ import annotations

from functools import partial
from numbers import Integral

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.distortions import compressed
from sk_hyperimage.images import Samples
from sk_hyperimage.images._samples import ImageFunction
from sk_hyperimage.preprocessing._base import ImageTransformer
from sk_hyperimage.utils._sklearn import Interval


class JPEGReencoder(ImageTransformer):
    """Compress all images as JPEG once more, as if all had been saved by one program.

    If authentic and tampered images come in different file formats, a model may learn the file
    format instead of the forgery. This step of a pipeline makes images alike both when a model is
    trained and when it is used. Images are gray or RGB, floats in [0, 1] or integers that are
    scaled to it, and keep their size; new values are multiples of 1/255.

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
    sk_hyperimage.datasets.format_accuracy : Accuracy of predictions from file formats alone.

    Notes
    -----
    This removes traces of the last file format, but not of earlier compression. An image that was
    compressed before still differs, after re-encoding, from one that was not: in the distribution
    of its DCT coefficients, and in blocking if it was compressed harder. A low `quality` leaves
    less of these traces, and less of the traces of forgery.

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

    def _prepare(self, images: Samples) -> None:
        check_channels(images)

    def _function(self) -> ImageFunction:
        return partial(reencoded, quality=self.quality)


def check_channels(images: Samples) -> None:
    """Raise ValueError unless JPEG files can hold the images."""
    if images.n_channels not in (1, 3):
        raise ValueError(
            f"X has {images.n_channels} channels; JPEG holds gray (1) and RGB images (3)"
        )


def reencoded(image: Floats, quality: int) -> Floats:
    """One gray or RGB image (n_rows, n_cols, n_channels) of floats in [0, 1], compressed."""
    levels = np.rint(255 * np.clip(image, 0, 1))
    levels = levels[..., 0] if levels.shape[2] == 1 else levels
    decoded = compressed(levels, format="JPEG", quality=quality)
    return (decoded.reshape(image.shape) / 255).astype(image.dtype)
