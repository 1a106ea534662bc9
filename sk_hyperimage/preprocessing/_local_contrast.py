"""Local contrast of one image: separable, in bands of rows that stay in a processor's cache."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from sk_hyperimage.utils._threads import torch_threads

if TYPE_CHECKING:
    import torch

# Kinds of padding, and their names in numpy.
PADDINGS = {"zero": "constant", "nearest": "edge", "symmetric": "symmetric"}

# Most values of a band of rows: a handful of such arrays fit into the caches of two cores.
BAND_VALUES = 150_000


def normalize_image(
    image: np.ndarray, weights: np.ndarray, eps: float, padding: str = "zero"
) -> np.ndarray:
    """Normalize the local contrast of one image.

    Parameters
    ----------
    image : ndarray of shape (n_rows, n_cols, n_channels)
        In [0, 1]; every channel is normalized by itself.
    weights : ndarray of shape (size,)
        The separable window along one axis; sums to one.
    eps : float
        Constant added to the local standard deviation.
    padding : {"zero", "nearest", "symmetric"}, default="zero"
        Kind of padding at the border.

    Returns
    -------
    normalized : ndarray of the same shape and dtype
        Without unit; the mean is about zero, and values of photographs are within about [-4, 4].
    """
    import torch

    reach = len(weights) // 2
    n_bands = -(-image.size // BAND_VALUES)
    n_rows = -(-len(image) // n_bands)
    normalized = np.empty_like(image, order="C")
    # Where processes share the machine, with OpenMP's passive waiting policy, idle threads sleep,
    # and waking them would take longer than the work.
    passive = os.environ.get("OMP_WAIT_POLICY", "").upper() == "PASSIVE"
    with torch_threads(1 if passive else None):
        for start in range(0, len(image), n_rows):
            rows = slice(start, start + n_rows)
            band = torch.from_numpy(_with_surroundings(image, rows, reach, PADDINGS[padding]))
            mean, deviation = mean_and_deviation(band, weights, eps)
            values = band[reach : -reach or None, reach : -reach or None]
            torch.sub(values, mean, out=mean)
            torch.div(mean, deviation, out=torch.from_numpy(normalized[rows]))
    return normalized


def mean_and_deviation(
    band: torch.Tensor, weights: np.ndarray, eps: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Local mean, and local standard deviation plus `eps`, along the first two axes.

    Parameters
    ----------
    band : tensor of shape (n_rows + 2 * reach, n_cols + 2 * reach, ...)
        Pixels and their surroundings.
    weights : ndarray of shape (2 * reach + 1,)
    eps : float

    Returns
    -------
    mean, deviation : tensor of shape (n_rows, n_cols, ...)
    """
    means, variances = _of_neighbors(band, None, weights, axis=0)
    mean, variance = _of_neighbors(means, variances, weights, axis=1)
    return mean, variance.clamp_(min=0).sqrt_().add_(eps)


def window_weights(window: str, size: int, sigma: float) -> np.ndarray:
    """Weights of a window along one axis, (size,), summing to one."""
    offsets = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(offsets**2) / (2 * sigma**2)) if window == "gaussian" else np.ones(size)
    return weights / weights.sum()


def _with_surroundings(image: np.ndarray, rows: slice, reach: int, mode: str) -> np.ndarray:
    """Some rows of an image and `reach` pixels on all four sides of them."""
    first, last = rows.start - reach, min(rows.stop, len(image)) + reach
    above, below = max(0, -first), max(0, last - len(image))
    inside = image[first + above : last]
    return np.pad(inside, ((above, below), (reach, reach), (0, 0)), mode=mode)  # type: ignore


def _of_neighbors(
    means: torch.Tensor, variances: torch.Tensor | None, weights: np.ndarray, axis: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and variance of a window along one axis, from those of its members.

    Differences from the window's center are squared: subtracting the squared mean from the mean
    square, both large, would lose flat regions in float32.
    """
    import torch

    center, n = len(weights) // 2, means.shape[axis] - len(weights) + 1
    origin = means.narrow(axis, center, n)
    mean = torch.zeros_like(origin)
    if variances is None:
        variance = torch.zeros_like(origin)
    else:
        variance = variances.narrow(axis, center, n) * weights[center].item()
    for reach in range(1, center + 1):
        weight = weights[center + reach].item()
        # From every member to the one `reach` further on: seen from both, subtracted once.
        length = n + reach
        steps = means.narrow(axis, center, length) - means.narrow(axis, center - reach, length)
        back, forth = steps.narrow(axis, 0, n), steps.narrow(axis, reach, n)
        mean.add_(forth, alpha=weight).sub_(back, alpha=weight)
        for step, offset in ((back, center - reach), (forth, center + reach)):
            variance.addcmul_(step, step, value=weight)
            if variances is not None:
                variance.add_(variances.narrow(axis, offset, n), alpha=weight)
    variance.addcmul_(mean, mean, value=-1)
    return mean.add_(origin), variance
