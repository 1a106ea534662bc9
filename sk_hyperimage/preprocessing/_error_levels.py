"""Error levels: what another JPEG compression would change, as channels of the image."""

from __future__ import annotations

from functools import partial
from numbers import Integral, Real

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.distortions._operations import TO_LUMA_CHROMA
from sk_hyperimage.images import Samples
from sk_hyperimage.images._samples import ImageFunction
from sk_hyperimage.preprocessing._base import ImageTransformer
from sk_hyperimage.preprocessing._jpeg import check_channels, reencoded
from sk_hyperimage.utils._sklearn import Interval

# Added to errors, in units of the value range, before their logarithm: a quarter of a gray level.
LEAST_ERROR = 0.001
# Added to the deviation of a channel by which it is divided, so that flat images stay flat.
LEAST_DEVIATION = 0.02


class ErrorLevels(ImageTransformer):
    """Replace every image by how much JPEG compression would still change, in units of itself.

    A file that was compressed before changes little when it is compressed again in the same way.
    A region that was pasted into it has another history, and changes more or less than its
    surroundings. Every image is compressed at several qualities; the new channels are the
    logarithms of the local mean absolute changes of luma and chroma. Each channel is shifted and
    scaled to mean 0 and deviation 1 over its image, because only the comparison with the rest of
    the image tells: high where it changes more.

    With a first stage that learns from masks (``InsideMasks``) this draws maps of forgeries in
    photographs that were compressed before the forgery. Scaling such an image down removes
    these traces; compressing all of it once more removes a small part of them.

    Parameters
    ----------
    qualities : sequence of int, default=(95, 85, 70, 50)
        JPEG qualities, from 1 to 95.
    sigma : float, default=2.0
        Standard deviation in pixels of the Gaussian weights of the local mean.

    Attributes
    ----------
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    JPEGReencoder : Compresses all images alike.
    sk_hyperimage.feature_extraction.InsideMasks : Teaches a first stage what lies in a mask.

    Notes
    -----
    A label of a whole image should not rest on these traces: if authentic and tampered files have
    other histories, they tell the files apart, not the forgery.

    References
    ----------
    N. Krawetz, "A picture's worth: digital image analysis and forensics", Black Hat Briefings,
    2007, for error level analysis; H. Farid, "Exposing digital forgeries from JPEG ghosts", IEEE
    Transactions on Information Forensics and Security 4(1), 2009, for several qualities.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.preprocessing import ErrorLevels, JPEGReencoder
    >>> noise = np.random.default_rng(0).random((1, 64, 64, 3), dtype=np.float32)
    >>> image = JPEGReencoder(quality=50).fit_transform(noise)
    >>> image[0, 16:48, 16:48] = noise[0, 16:48, 16:48]  # never compressed
    >>> levels = ErrorLevels(qualities=[50]).fit_transform(image)[0]
    >>> levels.shape  # luma and two channels of chroma
    (64, 64, 3)
    >>> bool(levels[20:44, 20:44].mean() > 1), bool(levels[:10].mean() < 0)
    (True, True)
    """

    _parameter_constraints: dict = {
        "qualities": ["array-like"],
        "sigma": [Interval(Real, 0, None, closed="neither")],
    }
    _columns = False

    def __init__(self, qualities: tuple[int, ...] = (95, 85, 70, 50), *, sigma: float = 2.0):
        self.qualities = qualities
        self.sigma = sigma

    def _prepare(self, images: Samples) -> None:
        check_channels(images)
        qualities = self.qualities
        if len(qualities) == 0 or not all(
            isinstance(quality, Integral) and 1 <= quality <= 95 for quality in qualities
        ):
            raise ValueError(f"qualities must be integers from 1 to 95, got {qualities!r}")
        self._n_channels_out = len(qualities) * images.n_channels  # type: ignore[operator]

    def _output_channels(self) -> int:
        return self._n_channels_out

    def _function(self) -> ImageFunction:
        return partial(
            error_levels, qualities=tuple(map(int, self.qualities)), sigma=float(self.sigma)
        )


def error_levels(image: Floats, qualities: tuple[int, ...], sigma: float) -> Floats:
    """Channels of one gray or RGB image of floats in [0, 1], (n_rows, n_cols, n_channels)."""
    from scipy.ndimage import gaussian_filter

    channels = []
    for quality in qualities:
        change = reencoded(image, quality) - np.clip(image, 0, 1)
        if change.shape[2] == 3:
            change = change @ TO_LUMA_CHROMA.T.astype(change.dtype)
        local = gaussian_filter(np.abs(change), (sigma, sigma, 0))
        channels.append(np.log(local + LEAST_ERROR))
    levels = np.concatenate(channels, axis=2)
    deviation = levels.std(axis=(0, 1), dtype=np.float64) + LEAST_DEVIATION
    mean = levels.mean(axis=(0, 1), dtype=np.float64)
    return ((levels - mean) / deviation).astype(image.dtype)
