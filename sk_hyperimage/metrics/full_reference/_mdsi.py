"""A full-reference score that follows human opinion closely: the mean deviation similarity index.

Nafchi, Shahkolaei, Hedjam and Cheriet, "Mean deviation similarity index: efficient and reliable
full-reference image quality evaluator", IEEE Access 4, 2016. Equation numbers are of that paper.
"""

from __future__ import annotations

import numpy as np

# Columns: luma, and the opponent colours of the Gaussian colour model (Eq. 3).
OPPONENTS = np.array([[0.2989, 0.30, 0.34], [0.5870, 0.04, -0.60], [0.1140, -0.35, 0.17]])
C1, C2, C3 = 140, 55, 550
SHARE_OF_GRADIENTS = 0.6


def mdsi(reference: np.ndarray, image: np.ndarray) -> float:
    """Mean deviation similarity index of an image.

    Parameters
    ----------
    reference, image : ndarray of shape (n_rows, n_cols, 3), uint8

    Returns
    -------
    mdsi : float
        0 for an image equal to its reference; lower is better. Natural damage stays below 1.
    """
    (luma, *colours), (luma_image, *colours_image) = map(_opponents, (reference, image))
    gradient, gradient_image = _gradient(luma), _gradient(luma_image)
    gradient_mean = _gradient((luma + luma_image) / 2)
    structure = (
        _similarity([gradient], [gradient_image], C1)
        + _similarity([gradient_image], [gradient_mean], C2)
        - _similarity([gradient], [gradient_mean], C2)
    )
    chroma = _similarity(colours, colours_image, C3)
    combined = SHARE_OF_GRADIENTS * structure + (1 - SHARE_OF_GRADIENTS) * chroma
    # The similarity may be negative (Eq. 9 allows it), its fourth root complex.
    root = combined.astype(complex) ** 0.25
    return float(np.abs(root - root.mean()).mean() ** 0.25)


def _opponents(image: np.ndarray) -> np.ndarray:
    """Luma and two opponent colours, (3, n_rows, n_cols), of large images reduced (Eq. 3)."""
    from scipy.ndimage import uniform_filter

    channels = np.moveaxis(image.astype(np.float64) @ OPPONENTS, 2, 0)
    step = max(1, round(min(image.shape[:2]) / 256))
    centre = step % 2 - 1  # of even windows MATLAB's, which the authors' code uses
    means = uniform_filter(channels, step, axes=(1, 2), mode="constant", origin=centre)
    return means[:, ::step, ::step]


def _gradient(channel: np.ndarray) -> np.ndarray:
    """Magnitude of the gradient by Prewitt's operator, beyond the border zero."""
    from scipy.ndimage import prewitt

    down, right = (prewitt(channel, axis=axis, mode="constant") / 3 for axis in (0, 1))
    return np.hypot(down, right)


def _similarity(first: list[np.ndarray], second: list[np.ndarray], constant: float) -> np.ndarray:
    """1 where maps agree, towards 0 or below where they do not (Eq. 1, 4 to 6)."""
    products = sum(2 * a * b for a, b in zip(first, second, strict=True))
    squares = sum(a**2 + b**2 for a, b in zip(first, second, strict=True))
    return (products + constant) / (squares + constant)
