"""Structural similarity over several scales (MS-SSIM).

Equation numbers are those of Wang, Simoncelli and Bovik, 2003.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Floats
from sk_hyperimage.metrics.full_reference._pair import levels_of_pair

# Exponents from fine to coarse, found by the authors in experiments with people.
EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
# Constants for values in [0, 255].
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
# Pixels of a window on every side of its center, and its Gaussian weights along one axis.
REACH, SIGMA = 5, 1.5
WINDOW = np.exp(-np.square(np.arange(-REACH, REACH + 1)) / (2 * SIGMA**2))
WINDOW /= WINDOW.sum()
# Smaller images have no whole window at the coarsest scale.
MIN_SIDE = 2 * REACH * 2 ** (len(EXPONENTS) - 1) + 1


def ms_ssim(
    reference: ArrayLike, image: ArrayLike, *, data_range: float | None = None, full: bool = False
) -> Any:
    """Structural similarity of an image to its reference over five scales; higher is better.

    Contrast and structure are compared on the image and on four halvings of it, luminance on the
    last only.

    Parameters
    ----------
    reference, image : array-like of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels)
        Images of one shape, of at least 161 x 161 pixels.
    data_range : float, default=None
        Largest minus smallest possible value. None: the largest value of unsigned integers, as
        255 of 8-bit images, and 1 for floats.
    full : bool, default=False
        Whether to return the map as well.

    Returns
    -------
    ms_ssim : float
        From 0 to 1, for an image equal to its reference: the mean over channels. Scales whose
        mean similarity is negative count as 0.
    map : ndarray of shape (n_rows, n_cols), if `full` is True
        The product of Eq. 7 around every pixel instead of means over the image, from 0 to 1, the
        mean over channels: higher is better. Its mean is not the score.

    Raises
    ------
    ValueError
        If the images differ in shape, are too small, or contain NaN or infinity.

    See Also
    --------
    ssim : One scale, for images of any size from 11 x 11.

    References
    ----------
    Wang, Simoncelli and Bovik, "Multi-scale structural similarity for image quality assessment",
    37th Asilomar Conference on Signals, Systems and Computers, 2003.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import ms_ssim
    >>> pristine = np.random.default_rng(0).random((192, 192))
    >>> damaged = pristine.copy()
    >>> damaged[:, 96:] = 0.5
    >>> score, where = ms_ssim(pristine, damaged, full=True)
    >>> round(score, 2), where[96, [20, 180]].round(2)
    (0.63, array([1.  , 0.16]))
    """
    pair = levels_of_pair(reference, image, data_range, min_side=MIN_SIDE)
    n_rows, n_cols, n_channels = pair[0].shape
    inside = np.s_[REACH:-REACH, REACH:-REACH]
    scores, local = np.ones(n_channels), np.ones((n_rows, n_cols, n_channels))
    for scale, exponent in enumerate(EXPONENTS):
        if scale:
            pair = _halved(pair[0]), _halved(pair[1])
        similar = _similarity(*pair, with_luminance=scale == len(EXPONENTS) - 1)
        scores *= similar[inside].mean(axis=(0, 1)).clip(min=0) ** exponent
        enlarged = similar.clip(min=0).repeat(2**scale, axis=0).repeat(2**scale, axis=1)
        local *= enlarged[:n_rows, :n_cols] ** exponent
    score = float(scores.mean())
    return (score, local.mean(axis=2)) if full else score


def _halved(pixels: Floats) -> Floats:
    """Means of 2 x 2 pixels; the last row and column of odd ones are mirrored."""
    n_rows, n_cols, n_channels = pixels.shape
    even = np.pad(pixels, ((0, n_rows % 2), (0, n_cols % 2), (0, 0)), mode="edge")
    return even.reshape(-(-n_rows // 2), 2, -(-n_cols // 2), 2, n_channels).mean(axis=(1, 3))


def _similarity(first: Floats, second: Floats, with_luminance: bool) -> Floats:
    """Contrast and structure around every pixel, and luminance if asked for (Eq. 1 to 3)."""
    mean, mean_second = _local_mean(first), _local_mean(second)
    variances = _local_mean(first**2 + second**2) - mean**2 - mean_second**2
    covariance = _local_mean(first * second) - mean * mean_second
    similar = (2 * covariance + C2) / (variances + C2)
    if with_luminance:
        similar *= (2 * mean * mean_second + C1) / (mean**2 + mean_second**2 + C1)
    return similar


def _local_mean(pixels: Floats) -> Floats:
    from scipy.ndimage import correlate1d

    return correlate1d(correlate1d(pixels, WINDOW, axis=0), WINDOW, axis=1)
