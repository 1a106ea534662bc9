"""Mean deviation similarity index (MDSI).

Equation numbers are those of Nafchi, Shahkolaei, Hedjam and Cheriet, 2016.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Floats
from sk_hyperimage.metrics.full_reference._maps import (
    PREWITT,
    gradient,
    reduced,
    reduction,
    similarity,
)
from sk_hyperimage.metrics.full_reference._pair import levels_of_pair

# Columns: luma, and the opponent colors of the Gaussian color model (Eq. 3).
OPPONENTS = np.array([[0.2989, 0.30, 0.34], [0.5870, 0.04, -0.60], [0.1140, -0.35, 0.17]])
C1, C2, C3 = 140, 55, 550
SHARE_OF_GRADIENTS = 0.6


def mdsi(
    reference: ArrayLike, image: ArrayLike, *, data_range: float | None = None, full: bool = False
) -> Any:
    """Mean deviation similarity index of an image to its reference; lower is better.

    The simple full-reference score closest to human opinion on TID2013.

    Parameters
    ----------
    reference, image : array-like of shape (n_rows, n_cols, 3)
        Color images of one shape.
    data_range : float, default=None
        Largest minus smallest possible value. None: the largest value of unsigned integers, as
        255 of 8-bit images, and 1 for floats.
    full : bool, default=False
        Whether to return the map as well.

    Returns
    -------
    mdsi : float
        0 for an image equal to its reference, below 1 for natural damage. As a deviation, it is
        also close to 0 for images that differ in the same way everywhere.
    map : ndarray of shape (ceil(n_rows / step), ceil(n_cols / step)), if `full` is True
        Similarity of gradients and colors, of which `mdsi` is the deviation: 1 where the images
        agree, usually lower where they differ. `step` is the shorter side of the image divided by
        256, rounded, and at least 1.

    Raises
    ------
    ValueError
        If the images differ in shape, do not have three channels, or contain NaN or infinity.

    References
    ----------
    Nafchi, Shahkolaei, Hedjam and Cheriet, "Mean deviation similarity index: efficient and
    reliable full-reference image quality evaluator", IEEE Access 4, 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import mdsi
    >>> pristine = np.random.default_rng(0).random((32, 32, 3))
    >>> damaged = pristine.copy()
    >>> damaged[:, 16:] = 0.5
    >>> mdsi(pristine, pristine), round(mdsi(pristine, damaged), 2)
    (0.0, 0.76)
    """
    (luma, colors), (luma_image, colors_image) = map(
        _opponents, levels_of_pair(reference, image, data_range, n_channels=(3,))
    )
    slope, slope_image = gradient(luma, PREWITT), gradient(luma_image, PREWITT)
    slope_mean = gradient((luma + luma_image) / 2, PREWITT)
    structure = (
        similarity(slope, slope_image, constant=C1)
        + similarity(slope_image, slope_mean, constant=C2)
        - similarity(slope, slope_mean, constant=C2)
    )
    chroma = similarity(colors, colors_image, constant=C3)
    combined = SHARE_OF_GRADIENTS * structure + (1 - SHARE_OF_GRADIENTS) * chroma
    # The similarity may be negative (Eq. 9 allows it), its fourth root complex.
    root = combined.astype(complex) ** 0.25
    score = float(np.abs(root - root.mean()).mean() ** 0.25)
    return (score, combined) if full else score


def _opponents(levels: Floats) -> tuple[Floats, Floats]:
    """Luma, and two opponent colors (2, n_rows, n_cols), reduced for large images (Eq. 3)."""
    step = reduction(levels.shape)
    luma, *colors = (reduced(channel, step) for channel in np.moveaxis(levels @ OPPONENTS, 2, 0))
    return luma, np.stack(colors)
