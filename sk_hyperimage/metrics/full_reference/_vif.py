"""Visual information fidelity (VIF) in the pixel domain.

Equation numbers are those of Sheikh and Bovik, 2006.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Floats
from sk_hyperimage.metrics.full_reference._maps import luma
from sk_hyperimage.metrics.full_reference._pair import levels_of_pair

# Rows and columns of the Gaussian windows of four scales; a deviation is a fifth of them.
WINDOWS = (17, 9, 5, 3)
# Variance of the noise that vision itself adds, for gray levels in [0, 255].
NOISE = 2.0
# Variances below it count as none.
LEAST_VARIANCE = 1e-10
# The last scale of smaller images holds no whole window.
MIN_SIDE = 41


def vif(
    reference: ArrayLike, image: ArrayLike, *, data_range: float | None = None, full: bool = False
) -> Any:
    """Visual information fidelity of an image to its reference; higher is better.

    How much of the information that vision could take from the reference it can still take from
    the image. This is the authors' multi-scale variant in the pixel domain, ``vifp_mscale``, not
    the one on steerable pyramids. Only luma is looked at.

    Parameters
    ----------
    reference, image : array-like of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels)
        Gray or RGB images of one shape, of at least 41 x 41 pixels. RGB becomes luma, not rounded.
        They may not change places.
    data_range : float, default=None
        Largest minus smallest possible value. None: the largest value of unsigned integers, as
        255 of 8-bit images, and 1 for floats.
    full : bool, default=False
        Whether to return the map as well.

    Returns
    -------
    vif : float
        1 for an image equal to its reference, toward 0 the more information is lost. Above 1 where
        contrast was enhanced.
    map : ndarray of shape (n_rows, n_cols), if `full` is True
        Share of the information that is left around every pixel at the finest scale, 1 where the
        reference has none: higher is better. Whole windows fit 8 pixels from the border; values
        nearer to it are copied from there.

    Raises
    ------
    ValueError
        If the images differ in shape, are too small, do not have one or three channels, or contain
        NaN or infinity; or if the reference is constant, so that there is no information.

    References
    ----------
    Sheikh and Bovik, "Image information and visual quality", IEEE Transactions on Image Processing
    15(2), 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import vif
    >>> pristine = np.random.default_rng(0).random((48, 48))
    >>> damaged = pristine.copy()
    >>> damaged[:, 24:] = 0.5
    >>> round(vif(pristine, pristine), 6), round(vif(pristine, damaged), 2)
    (1.0, 0.33)
    """
    pair = levels_of_pair(reference, image, data_range, n_channels=(1, 3), min_side=MIN_SIDE)
    first, second = (luma(levels) for levels in pair)
    maps: list[tuple[Floats, Floats]] = []
    for size in WINDOWS:
        window = np.exp(-np.square(np.arange(size) - size // 2) / (2 * (size / 5) ** 2))
        window /= window.sum()
        if maps:
            first, second = (_local_mean(c, window)[::2, ::2] for c in (first, second))
        maps.append(_information(first, second, window))
    left, available = (sum(float(of[i].sum()) for of in maps) for i in (0, 1))
    if available == 0:
        raise ValueError("reference is constant: it holds no information that could be lost")
    score = left / available
    if not full:
        return score
    kept, possible = maps[0]
    share = np.divide(kept, possible, out=np.ones_like(kept), where=possible > 0)
    return score, np.pad(share, WINDOWS[0] // 2, mode="edge")


def _information(first: Floats, second: Floats, window: Floats) -> tuple[Floats, Floats]:
    """Information of the image and of the reference in every window (Eq. 13 and 11)."""
    mean, mean_second = _local_mean(first, window), _local_mean(second, window)
    variance = (_local_mean(first**2, window) - mean**2).clip(min=0)
    variance_second = (_local_mean(second**2, window) - mean_second**2).clip(min=0)
    covariance = _local_mean(first * second, window) - mean * mean_second
    gain = covariance / (variance + LEAST_VARIANCE)
    unexplained = variance_second - gain * covariance
    # Where either image is flat or they are opposed, nothing of the reference is left.
    flat, flat_second = variance < LEAST_VARIANCE, variance_second < LEAST_VARIANCE
    gain[flat | flat_second] = 0
    unexplained[flat] = variance_second[flat]
    variance[flat] = 0
    unexplained[flat_second] = 0
    opposed = gain < 0
    unexplained[opposed] = variance_second[opposed]
    gain[opposed] = 0
    unexplained = unexplained.clip(min=LEAST_VARIANCE)
    left = np.log10(1 + gain**2 * variance / (unexplained + NOISE))
    return left, np.log10(1 + variance / NOISE)


def _local_mean(channel: Floats, window: Floats) -> Floats:
    """Means of whole windows, weighted by a separable one."""
    from scipy.ndimage import correlate1d

    reach = len(window) // 2
    means = correlate1d(correlate1d(channel, window, axis=0), window, axis=1)
    return means[reach : channel.shape[0] - reach, reach : channel.shape[1] - reach]
