"""What local contrast normalization takes away, beside what it leaves."""

from __future__ import annotations

from functools import partial
from numbers import Real

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.images import Samples
from sk_hyperimage.images._pairs import ImagePairs
from sk_hyperimage.images._samples import ImageFunction
from sk_hyperimage.preprocessing._base import ImageTransformer
from sk_hyperimage.preprocessing._color import gray_image
from sk_hyperimage.preprocessing._normalize import (
    OF_FLOAT32,
    LocalContrastNormalizer,
    in_unit_range,
)
from sk_hyperimage.utils._sklearn import Interval


class LuminanceAndContrast(ImageTransformer):
    """Give images two channels: their luminance, and the local contrast of it.

    The normalized channel shows changes of texture, such as blur, noise or blocking, alike in
    bright and in dark regions. The luminance keeps what normalization takes away: brightness,
    contrast, and stains or scratches that are smooth.

    Parameters
    ----------
    data_range : float, default=None
        Range of float images: 1.0 (None), or 255.0 for images in [0, 255]. Integer and boolean
        images are scaled by the largest value of their type.

    Attributes
    ----------
    normalizer_ : LocalContrastNormalizer
        What makes the second channel.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    LocalContrastNormalizer : Normalizes every channel by itself, as in the hyper-image paper.

    Notes
    -----
    Luminance is 0.299 R + 0.587 G + 0.114 B as of :class:`ColorConverter`, without alpha; of more
    than four channels it is their mean. It is in [0, 1], and the other channel is about within
    [-4, 4] for photographs. Pairs of images get both channels of the image, and then both of its
    reference.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.preprocessing import LuminanceAndContrast
    >>> images = np.full((1, 9, 9, 3), 51, dtype=np.uint8)
    >>> images[0, 4, 4] = 255
    >>> both = LuminanceAndContrast().fit_transform(images)
    >>> both.shape
    (1, 9, 9, 2)
    >>> [round(float(value), 2) for value in both[0, 4, 4]]
    [1.0, 2.7]
    """

    _parameter_constraints: dict = {
        "data_range": [Interval(Real, *OF_FLOAT32, closed="both"), None]
    }
    _mixed = True
    _columns = False

    def __init__(self, data_range: float | None = None):
        self.data_range = data_range

    def _prepare(self, images: Samples) -> None:
        self.normalizer_ = LocalContrastNormalizer()
        self.normalizer_._prepare(images)
        self._n_images = 2 if isinstance(images, ImagePairs) else 1

    def _output_channels(self) -> int:
        return 2 * self._n_images

    def _function(self) -> ImageFunction:
        return partial(
            luminance_and_contrast,
            n_images=self._n_images,
            data_range=self.data_range,
            normalized=self.normalizer_._function(),
        )


def luminance_and_contrast(
    image: Floats, n_images: int, data_range: float | None, normalized: ImageFunction
) -> Floats:
    """Both channels of one image or of a pair, (n_rows, n_cols, 2 * n_images)."""
    channels = []
    for one in np.split(image, n_images, axis=2):
        gray = in_unit_range(luminance(one), data_range)
        channels += [gray, normalized(gray)]
    return np.concatenate(channels, axis=2)


def luminance(image: Floats) -> Floats:
    """One channel of an image with any number of them, (n_rows, n_cols, 1)."""
    return image.mean(axis=2, keepdims=True) if image.shape[2] > 4 else gray_image(image)
