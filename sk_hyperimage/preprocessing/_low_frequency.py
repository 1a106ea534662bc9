"""Low-frequency subtraction: what a smaller version of an image cannot show."""

from __future__ import annotations

from functools import partial
from numbers import Integral

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.images import Samples
from sk_hyperimage.images._floats import check_computed
from sk_hyperimage.images._samples import ImageFunction
from sk_hyperimage.preprocessing._base import ImageTransformer
from sk_hyperimage.utils._sklearn import Interval

# Weights of neighbors along one axis: binomial.
WINDOW = np.array([1, 4, 6, 4, 1]) / 16


class LowFrequencySubtractor(ImageTransformer):
    """Subtract from every image its low frequencies: itself scaled down and up again.

    Brightness and shading vanish; edges, noise and blocking stay, with their strength, which local
    contrast normalization would take away. Every channel is treated by itself, and images keep
    their size.

    Parameters
    ----------
    scale : int, default=4
        By how much images are scaled down: 2, 4, 8 or a higher power of two. 4 is DIQA's; its
        low frequencies are those below about an eighth of a cycle per pixel.

    Attributes
    ----------
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    LocalContrastNormalizer : Divides by the local contrast as well.

    Notes
    -----
    Images are halved and doubled as in the pyramid of Burt and Adelson, with binomial windows of
    5 x 5 pixels; pixels beyond the border are mirrored. The papers name no window. Results of
    images in [0, 1] are in [-1, 1], most of them close to 0.

    References
    ----------
    Kim, Nguyen and Lee, "Deep CNN-based blind image quality predictor", IEEE Transactions on
    Neural Networks and Learning Systems 30(1), 2019 (DIQA); Kim, Zeng, Ghadiyaram, Lee, Zhang and
    Bovik, "Deep convolutional neural models for picture-quality prediction", IEEE Signal
    Processing Magazine 34(6), 2017, Table I; Burt and Adelson, "The Laplacian pyramid as a compact
    image code", IEEE Transactions on Communications 31(4), 1983.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.preprocessing import LowFrequencySubtractor
    >>> shading = np.linspace(0, 1, 64) * np.ones((64, 1))
    >>> checks = np.indices((64, 64)).sum(axis=0) % 2
    >>> left = LowFrequencySubtractor().fit_transform([shading + 0.1 * checks])[0]
    >>> left[32, 32:36, 0].round(2)  # the checks without the shading
    array([-0.05,  0.05, -0.05,  0.05])
    """

    _parameter_constraints: dict = {"scale": [Interval(Integral, 2, 1024, closed="both")]}

    def __init__(self, scale: int = 4):
        self.scale = scale

    def _prepare(self, images: Samples) -> None:
        if self.scale & (self.scale - 1):
            raise ValueError(f"scale must be a power of two, as 2, 4 or 8; got {self.scale}")

    def _function(self) -> ImageFunction:
        return partial(high_frequencies, n_halvings=int(self.scale).bit_length() - 1)


def high_frequencies(image: Floats, n_halvings: int) -> Floats:
    """One image (n_rows, n_cols, n_channels) less itself after halvings and as many doublings."""
    with np.errstate(over="ignore"):  # sums of values that overflow would leave NaN
        check_computed(4 * np.array([image.min(), image.max()]), "the image")
    low = image
    shapes = []
    for _ in range(n_halvings):
        shapes.append(low.shape[:2])
        low = _smoothed(low)[::2, ::2]
    for shape in reversed(shapes):
        low = _doubled(low, shape)
    return image - low


def _doubled(image: Floats, shape: tuple[int, int]) -> Floats:
    """An image of `shape` of which every second pixel in rows and columns is known."""
    known = np.zeros((*shape, image.shape[2]), dtype=image.dtype)
    known[::2, ::2] = image
    presence = np.zeros((*shape, 1), dtype=image.dtype)
    presence[::2, ::2] = 1
    # Divided by the weights of the known ones, so that a constant image stays constant.
    return _smoothed(known) / _smoothed(presence)


def _smoothed(image: Floats) -> Floats:
    from scipy.ndimage import correlate1d

    return correlate1d(correlate1d(image, WINDOW, axis=0), WINDOW, axis=1)
