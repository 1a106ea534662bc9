"""Statistics of natural scenes: normalized coefficients and the distributions that they follow."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import gammaln

from sk_hyperimage._typing import Floats
from sk_hyperimage.preprocessing._local_contrast import normalize_image, window_weights

# Offsets of neighbors in rows and columns, in the order of the paper's Table I.
NEIGHBORS = {
    "horizontal": (0, 1),
    "vertical": (1, 0),
    "main_diagonal": (1, 1),
    "secondary_diagonal": (-1, 1),
}

# MATLAB's imresize(image, 0.5) along one axis: a cubic kernel (a = -1/2) twice as wide, which
# keeps high frequencies from aliasing.
HALVING = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256


def normalized_contrast(levels: Floats) -> Floats:
    """Coefficients of gray levels in [0, 255], of zero mean and unit deviation in 7 x 7 pixels."""
    weights = window_weights("gaussian", 7, 7 / 6)
    return normalize_image(levels[..., np.newaxis], weights, eps=1.0)[..., 0]


def neighbor_products(coefficients: Floats) -> dict[str, Floats]:
    """Products of neighbors in four directions, those beyond the border on the opposite side."""
    return {
        name: coefficients * np.roll(coefficients, shift, axis=(0, 1))
        for name, shift in NEIGHBORS.items()
    }


def half_size(levels: Floats) -> Floats:
    """Halve rows and columns, rounded up, like MATLAB's imresize; borders are mirrored."""
    return _half_as_many_rows(_half_as_many_rows(levels).T).T


def _half_as_many_rows(levels: Floats) -> Floats:
    n_rows = -(-len(levels) // 2)
    padded = np.pad(levels, ((3, 4), (0, 0)), mode="symmetric")
    halved = np.zeros((n_rows, levels.shape[1]))
    for first, weight in enumerate(HALVING):
        halved += weight * padded[first : first + 2 * n_rows : 2]
    return halved


def fit_gaussian(values: Floats) -> tuple[float, float]:
    """Shape and variance of a generalized Gaussian of zero mean, by its moments."""
    magnitude, variance = np.abs(values).mean(), np.square(values).mean()
    shapes, ratios = moment_ratios()
    ratio = variance / magnitude**2 if magnitude > 0 else np.inf
    return shapes[np.abs(ratios - ratio).argmin()], variance


def fit_asymmetric_gaussian(values: Floats) -> tuple[float, float, float, float]:
    """Shape, mean, left and right variance of an asymmetric one, by its moments."""
    tails = np.minimum(values, 0), np.maximum(values, 0)
    squares = [np.square(tail).sum() for tail in tails]
    counts = [np.count_nonzero(tail) for tail in tails]
    left, right = (s / max(1, n) for s, n in zip(squares, counts, strict=True))
    magnitude, square = (tails[1].sum() - tails[0].sum()) / values.size, sum(squares) / values.size
    skew = np.sqrt(min(left, right) / max(left, right)) if square > 0 else 1.0
    inverse = magnitude**2 / square if square > 0 else 0.0
    inverse *= (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2  # the same for skew and 1 / skew
    shapes, ratios = moment_ratios()
    best = np.abs(1 / ratios - inverse).argmin()
    return shapes[best], (np.sqrt(right) - np.sqrt(left)) / np.sqrt(ratios[best]), left, right


@cache
def moment_ratios() -> tuple[Floats, Floats]:
    """Shapes of generalized Gaussians, and their variance over their squared mean magnitude."""
    shapes = np.linspace(0.2, 10, 9801)
    log_ratios = gammaln(1 / shapes) + gammaln(3 / shapes) - 2 * gammaln(2 / shapes)
    return shapes, np.exp(log_ratios)
