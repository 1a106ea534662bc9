"""What several full-reference scores are made of: luma, smaller maps, gradients, similarity."""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Floats

# Luma of ITU-R BT.601, with the digits that the authors of the scores use.
LUMA = np.array([0.299, 0.587, 0.114])

# Weights of the three pixels along which an operator for gradients smooths.
PREWITT = np.array([1, 1, 1]) / 3
SCHARR = np.array([3, 10, 3]) / 16


def luma(pixels: Floats) -> Floats:
    """Luma of a gray or RGB image, (n_rows, n_cols), not rounded."""
    return pixels[..., 0] if pixels.shape[2] == 1 else pixels @ LUMA


def reduction(shape: tuple[int, ...]) -> int:
    """Step of the pixels that scores look at: the shorter side over 256, half steps rounded up."""
    return max(1, int(min(shape[:2]) / 256 + 0.5))


def reduced(channel: Floats, step: int) -> Floats:
    """Means of `step` x `step` pixels at every `step`-th pixel, with zeros beyond the border."""
    if step == 1:
        return channel
    from scipy.ndimage import uniform_filter

    center = step % 2 - 1  # of even windows MATLAB's, which the authors' code uses
    return uniform_filter(channel, step, mode="constant", origin=center)[::step, ::step]


def gradient(channel: Floats, smoothing: Floats) -> Floats:
    """Magnitude of the gradient, with zeros beyond the border."""
    from scipy.ndimage import correlate1d

    slopes = []
    for axis in (0, 1):
        slope = correlate1d(channel, [1, 0, -1], axis=axis, mode="constant")
        slopes.append(correlate1d(slope, smoothing, axis=1 - axis, mode="constant"))
    return np.hypot(*slopes)


def similarity(first: Floats, second: Floats, *, constant: float) -> Floats:
    """1 where two maps agree, toward 0 or below where they differ.

    Maps with leading axes are compared as vectors.
    """
    products, squares = 2 * first * second, first**2 + second**2
    if first.ndim == 3:
        products, squares = products.sum(axis=0), squares.sum(axis=0)
    return (products + constant) / (squares + constant)


def weighted_mean(values: Floats, weights: Floats) -> float:
    """Mean of a map; the plain one where all weights are zero, as for images without structure."""
    total = weights.sum()
    return float((values * weights).sum() / total if total > 0 else values.mean())
