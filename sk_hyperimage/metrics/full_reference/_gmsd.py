"""Gradient magnitude similarity deviation (GMSD).

Equation numbers are those of Xue, Zhang, Mou and Bovik, 2014.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from sk_hyperimage.metrics.full_reference._maps import PREWITT, gradient, luma, reduced, similarity
from sk_hyperimage.metrics.full_reference._pair import levels_of_pair

CONSTANT = 170
STEP = 2


def gmsd(
    reference: ArrayLike, image: ArrayLike, *, data_range: float | None = None, full: bool = False
) -> Any:
    """Gradient magnitude similarity deviation of an image to its reference; lower is better.

    One of the fastest scores that follow human opinion. It looks at luma only.

    Parameters
    ----------
    reference, image : array-like of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels)
        Gray or RGB images of one shape. RGB becomes luma, not rounded.
    data_range : float, default=None
        Largest minus smallest possible value. None: the largest value of unsigned integers, as
        255 of 8-bit images, and 1 for floats.
    full : bool, default=False
        Whether to return the map as well.

    Returns
    -------
    gmsd : float
        0 for an image equal to its reference, at most 0.5, and rarely above 0.35. As a deviation,
        it is also close to 0 for images that differ in the same way everywhere.
    map : ndarray of shape (ceil(n_rows / 2), ceil(n_cols / 2)), if `full` is True
        Similarity of gradients from 0 to 1, of which `gmsd` is the standard deviation (Eq. 4):
        higher is better, 1 where the images agree.

    Raises
    ------
    ValueError
        If the images differ in shape, do not have one or three channels, or contain NaN or
        infinity.

    Notes
    -----
    The deviation divides by the number of pixels, as in Eq. 6; the authors' MATLAB function, by
    one less, so that it is larger by 0.003 % for 256 x 256 pixels.

    References
    ----------
    Xue, Zhang, Mou and Bovik, "Gradient magnitude similarity deviation: a highly efficient
    perceptual image quality index", IEEE Transactions on Image Processing 23(2), 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import gmsd
    >>> pristine = np.random.default_rng(0).random((32, 32))
    >>> damaged = pristine.copy()
    >>> damaged[:, 16:] = 0.5
    >>> gmsd(pristine, pristine), round(gmsd(pristine, damaged), 2)
    (0.0, 0.4)
    """
    pair = levels_of_pair(reference, image, data_range, n_channels=(1, 3))
    gradients = [gradient(reduced(luma(pixels), STEP), PREWITT) for pixels in pair]
    similar = similarity(*gradients, constant=CONSTANT)
    score = float(similar.std())
    return (score, similar) if full else score
