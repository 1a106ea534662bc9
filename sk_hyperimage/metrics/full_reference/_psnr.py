"""Peak signal-to-noise ratio (PSNR)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage.metrics.full_reference._pair import check_pair


def psnr(
    reference: ArrayLike, image: ArrayLike, *, data_range: float | None = None, full: bool = False
) -> Any:
    """Peak signal-to-noise ratio of an image to its reference, in dB; higher is better.

    Parameters
    ----------
    reference, image : array-like of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels)
        Images of one shape.
    data_range : float, default=None
        Largest minus smallest possible value. None: the largest value of unsigned integers, as
        255 of 8-bit images, and 1 for floats.
    full : bool, default=False
        Whether to return the map as well.

    Returns
    -------
    psnr : float
        Infinite for an image equal to its reference; 20 to 40 for visible damage. The mean square
        is taken over pixels and channels.
    map : ndarray of shape (n_rows, n_cols), if `full` is True
        Squared error of every pixel in units of the squared range, the mean over channels: 0 where
        the images agree. **Unlike the maps of other scores, lower is better.**

    Raises
    ------
    ValueError
        If the images differ in shape, or contain NaN, infinity or values that overflow.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import psnr
    >>> pristine = np.full((8, 8), 100, dtype=np.uint8)
    >>> round(psnr(pristine, pristine + 10), 2), psnr(pristine, pristine)
    (28.13, inf)
    """
    reference, image, data_range = check_pair(reference, image, data_range)
    errors = np.square((image.astype(np.float64) - reference) / data_range).mean(axis=2)
    mean = errors.mean()
    score = float(-10 * np.log10(mean)) if mean > 0 else np.inf
    return (score, errors) if full else score
