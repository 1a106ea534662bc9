"""Mean deviation similarity index (MDSI).

Equation numbers are those of Nafchi, Shahkolaei, Hedjam and Cheriet, 2016.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Floats
from sk_hyperimage.metrics.full_reference._pair import check_pair

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
    reference, image, data_range = check_pair(reference, image, data_range)
    if reference.shape[2] != 3:
        raise ValueError(f"reference and image have {reference.shape[2]} channels, not 3")
    (luma, *colors), (luma_image, *colors_image) = (
        _opponents(pixels, 255 / data_range) for pixels in (reference, image)
    )
    gradient, gradient_image = _gradient(luma), _gradient(luma_image)
    gradient_mean = _gradient((luma + luma_image) / 2)
    structure = (
        _similarity([gradient], [gradient_image], C1)
        + _similarity([gradient_image], [gradient_mean], C2)
        - _similarity([gradient], [gradient_mean], C2)
    )
    chroma = _similarity(colors, colors_image, C3)
    combined = SHARE_OF_GRADIENTS * structure + (1 - SHARE_OF_GRADIENTS) * chroma
    # The similarity may be negative (Eq. 9 allows it), its fourth root complex.
    root = combined.astype(complex) ** 0.25
    score = float(np.abs(root - root.mean()).mean() ** 0.25)
    return (score, combined) if full else score


def _opponents(image: Floats, scale: float) -> Floats:
    """Luma and two opponent colors, (3, n_rows, n_cols), reduced for large images (Eq. 3)."""
    from scipy.ndimage import uniform_filter

    channels = np.moveaxis(scale * image.astype(np.float64) @ OPPONENTS, 2, 0)
    step = max(1, round(min(image.shape[:2]) / 256))
    center = step % 2 - 1  # of even windows MATLAB's, which the authors' code uses
    means = uniform_filter(channels, step, axes=(1, 2), mode="constant", origin=center)
    return means[:, ::step, ::step]


def _gradient(channel: Floats) -> Floats:
    """Magnitude of the gradient by Prewitt's operator, with zeros beyond the border."""
    from scipy.ndimage import prewitt

    down, right = (prewitt(channel, axis=axis, mode="constant") / 3 for axis in (0, 1))
    return np.hypot(down, right)


def _similarity(first: list[Floats], second: list[Floats], constant: float) -> Floats:
    """1 where maps agree, toward 0 or below where they differ (Eq. 1, 4 to 6)."""
    pairs = list(zip(first, second, strict=True))
    products = sum((2 * a * b for a, b in pairs), np.zeros(1))
    squares = sum((a**2 + b**2 for a, b in pairs), np.zeros(1))
    return (products + constant) / (squares + constant)
