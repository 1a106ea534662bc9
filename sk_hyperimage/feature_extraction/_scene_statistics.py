"""Statistics of natural scenes: normalized coefficients and the distributions that they follow."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.sparse import csr_array
from scipy.special import gammaln
from sklearn.utils import gen_batches

from sk_hyperimage._typing import Floats, Ints
from sk_hyperimage.preprocessing._local_contrast import (
    mean_and_deviation,
    normalize_image,
    window_weights,
)

# Offsets of neighbors in rows and columns, in the order of the paper's Table I.
NEIGHBORS = {
    "horizontal": (0, 1),
    "vertical": (1, 0),
    "main_diagonal": (1, 1),
    "secondary_diagonal": (-1, 1),
}

# Values that fit into a processor's cache, with a handful of temporary arrays.
CACHED_VALUES = 16_000

# Steps of Newton's method, which needs about six.
MAX_STEPS = 100

# MATLAB's imresize(image, 0.5) along one axis: a cubic kernel (a = -1/2) twice as wide, which
# keeps high frequencies from aliasing.
HALVING = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256


def normalized_contrast(levels: Floats) -> Floats:
    """Coefficients of gray levels in [0, 255], of zero mean and unit deviation in 7 x 7 pixels."""
    weights = window_weights("gaussian", 7, 7 / 6)
    return normalize_image(levels[..., np.newaxis], weights, eps=1.0)[..., 0]


def contrast_and_deviation(
    levels: Floats, size: int, padding: str = "edge"
) -> tuple[Floats, Floats]:
    """The same in windows of `size`, and the local deviations; `padding` is numpy's mode."""
    import torch

    padded = torch.from_numpy(np.pad(levels, size // 2, mode=padding))  # type: ignore
    mean, deviation = mean_and_deviation(padded, window_weights("gaussian", size, size / 6), 0.0)
    return (levels - mean.numpy()) / (deviation.numpy() + 1), deviation.numpy()


def neighbor_products(coefficients: Floats) -> dict[str, Floats]:
    """Products of neighbors in four directions along the last two axes.

    Neighbors beyond the border are those on the opposite side.
    """
    return {
        name: coefficients * np.roll(coefficients, shift, axis=(-2, -1))
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


def resized(image: Floats, n_wanted: int, axis: int) -> Floats:
    """One axis made as long as wanted, like MATLAB's imresize."""
    first = np.moveaxis(image, axis, 0)
    turned = _resizing(len(first), n_wanted) @ first.reshape(len(first), -1)
    return np.moveaxis(turned.reshape(n_wanted, *first.shape[1:]), 0, axis)


def _resizing(n: int, n_wanted: int) -> csr_array:
    """Weights (n_wanted, n): a cubic kernel, widened where pixels become fewer; mirrored ends."""
    scale = n_wanted / n
    stretch = min(1.0, scale)
    centers = (np.arange(n_wanted) + 0.5) / scale - 0.5
    reach = int(np.ceil(2 / stretch)) + 1
    members = np.floor(centers).astype(int)[:, np.newaxis] + np.arange(-reach, reach + 1)
    apart = np.abs(stretch * (centers[:, np.newaxis] - members))
    near = 1.5 * apart**3 - 2.5 * apart**2 + 1
    far = -0.5 * apart**3 + 2.5 * apart**2 - 4 * apart + 2
    weights = np.where(apart <= 1, near, np.where(apart <= 2, far, 0))
    weights /= weights.sum(axis=1, keepdims=True)
    mirrored = members % (2 * n)
    mirrored = np.minimum(mirrored, 2 * n - 1 - mirrored)
    places = np.repeat(np.arange(n_wanted), members.shape[1]), mirrored.ravel()
    return csr_array((weights.ravel(), places), shape=(n_wanted, n))  # adds up equal places


def fit_gaussian(values: Floats) -> tuple[float, float]:
    """Shape and variance of a generalized Gaussian of zero mean, by its moments."""
    magnitude, variance = np.abs(values).mean(), np.square(values).mean()
    shapes, ratios = moment_ratios()
    ratio = variance / magnitude**2 if magnitude > 0 else np.inf
    return shapes[np.abs(ratios - ratio).argmin()], variance


def fit_asymmetric_gaussian(values: Floats) -> tuple[float, float, float, float]:
    """Shape, mean, left and right variance of an asymmetric one, by its moments."""
    shape, mean, left, right = (of.item() for of in fit_asymmetric_gaussians(values.ravel()))
    return shape, mean, left, right


def fit_asymmetric_gaussians(values: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """The same of many samples (..., n_values): arrays of shape (...)."""
    tails = np.minimum(values, 0), np.maximum(values, 0)
    squares = [np.square(tail).sum(axis=-1) for tail in tails]
    counts = [np.count_nonzero(tail, axis=-1) for tail in tails]
    left, right = (s / np.maximum(1, n) for s, n in zip(squares, counts, strict=True))
    n_values = values.shape[-1]
    magnitude = (tails[1].sum(axis=-1) - tails[0].sum(axis=-1)) / n_values
    square = (squares[0] + squares[1]) / n_values
    some = square > 0
    skew = np.where(some, np.minimum(left, right) / np.where(some, np.maximum(left, right), 1), 1)
    skew = np.sqrt(skew)
    inverse = magnitude**2 / np.where(some, square, 1)
    inverse *= (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2  # the same for skew and 1 / skew
    shapes, ratios = moment_ratios()
    best = nearest(inverse_ratios(), inverse)
    return shapes[best], (np.sqrt(right) - np.sqrt(left)) / np.sqrt(ratios[best]), left, right


def nearest(ascending: Floats, values: Floats) -> Ints:
    """Where the nearest of some ascending numbers are, the first of two equally near."""
    above = np.searchsorted(ascending, values).clip(1, len(ascending) - 1)
    is_below = values - ascending[above - 1] <= ascending[above] - values
    return above - is_below


def fit_weibulls(values: Floats) -> tuple[Floats, Floats]:
    """Shapes and scales of Weibull distributions of positive samples, of greatest likelihood.

    The samples are (..., n_values). Those of equal values have an infinite shape.
    """
    samples = values.reshape(-1, values.shape[-1])
    parameters = np.empty((2, len(samples)))
    for some in gen_batches(len(samples), max(1, CACHED_VALUES // samples.shape[1])):
        parameters[:, some] = _weibulls(samples[some])
    shapes, scales = parameters.reshape(2, *values.shape[:-1])
    return shapes, scales


def _weibulls(samples: Floats) -> tuple[Floats, Floats]:
    logs = np.log(samples)
    largest, deviation = logs.max(axis=1), logs.std(axis=1)
    logs -= largest[:, np.newaxis]  # so that no power overflows
    mean, squares = logs.mean(axis=1), logs**2
    varied = deviation > 0
    shape = np.pi / np.sqrt(6) / np.where(varied, deviation, 1)
    for _ in range(MAX_STEPS):
        powers = np.exp(shape[:, np.newaxis] * logs)
        total = powers.sum(axis=1)
        first, second = (np.einsum("ij,ij->i", powers, of) / total for of in (logs, squares))
        step = (first - 1 / shape - mean) / (second - first**2 + 1 / shape**2)
        # Half way to 0 where Newton's step would leave the positive shapes.
        step = np.where(varied, np.minimum(step, shape / 2), 0)
        shape = shape - step
        if (np.abs(step) <= 1e-10 * shape).all():  # the next would be its square
            break
    powers = np.exp(shape[:, np.newaxis] * logs).mean(axis=1)
    return np.where(varied, shape, np.inf), np.exp(largest + np.log(powers) / shape)


def scale_of_variance(shape: Floats, variance: Floats) -> Floats:
    """The scale of a generalized Gaussian, or of one side of an asymmetric one."""
    return np.sqrt(variance) * np.exp((gammaln(1 / shape) - gammaln(3 / shape)) / 2)


@cache
def moment_ratios() -> tuple[Floats, Floats]:
    """Shapes of generalized Gaussians, and their variance over their squared mean magnitude."""
    shapes = np.linspace(0.2, 10, 9801)
    log_ratios = gammaln(1 / shapes) + gammaln(3 / shapes) - 2 * gammaln(2 / shapes)
    return shapes, np.exp(log_ratios)


@cache
def inverse_ratios() -> Floats:
    """One over the second of `moment_ratios`, which ascends."""
    return 1 / moment_ratios()[1]
