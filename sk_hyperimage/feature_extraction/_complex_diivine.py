"""The statistics of C-DIIVINE (Zhang, Moorthy, Chandler and Bovik 2014), a part of FRIQUEE."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, polygamma, psi

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._scene_statistics import fit_gaussian
from sk_hyperimage.feature_extraction._steerable_pyramid import (
    Pyramid,
    enlarged,
    normalized_band,
    steerable_pyramid,
)

N_SCALES, N_ORIENTATIONS = 3, 6
DEGREES = [180 * k // N_ORIENTATIONS for k in range(N_ORIENTATIONS)]
# Scales whose coefficients are normalized and whose phases are compared.
N_DESCRIBED = 2

# Shapes that a fit of magnitudes may have, and the scale of magnitudes that are all zero.
LEAST_SHAPE, GREATEST_SHAPE, LEAST_SCALE = 0.05, 20.0, 1e-6
# When the fits have converged, and how many steps they may take.
SHAPE_PRECISION, SHAPE_STEPS = 1e-4, 100
PHASE_PRECISION, PHASE_STEPS = 1e-5, 1000


def complex_statistics(levels: Floats) -> dict[str, float]:
    """The 82 statistics of C-DIIVINE by name, in the order of its release.

    Parameters
    ----------
    levels : ndarray of shape (n_rows, n_cols)
        At least 32 x 32 pixels.
    """
    pyramid = steerable_pyramid(levels, N_SCALES, N_ORIENTATIONS)
    return _magnitudes(pyramid) | _phases(pyramid) | _similarities(pyramid)


def _magnitudes(pyramid: Pyramid) -> dict[str, float]:
    """Fits of normalized magnitudes, and of their differences in two directions at once."""
    normalized = [_normalized_magnitudes(pyramid, scale) for scale in range(N_DESCRIBED)]
    samples = {f"{degrees}deg": band for degrees, band in zip(DEGREES, normalized[0], strict=True)}
    for scale, bands in enumerate(normalized):
        samples[f"scale{scale + 1}"] = np.concatenate([band.ravel() for band in bands])
    fits = {name: fit_magnitudes(values) for name, values in samples.items()}
    found = {f"{name}_magnitude_log_scale": np.log(fit[0]) for name, fit in fits.items()}
    found |= {f"{name}_magnitude_shape": fit[1] for name, fit in fits.items()}
    differences = {}
    for degrees, band in zip(DEGREES, normalized[0], strict=True):
        across = band - np.roll(band, 1, axis=1)
        mixed = across - np.roll(across, 1, axis=0)
        differences[degrees] = fit_gaussian(mixed - mixed.mean())
    for degrees, (_, variance) in differences.items():
        found[f"{degrees}deg_difference_deviation"] = np.sqrt(variance)
    for degrees, (shape, _) in differences.items():
        found[f"{degrees}deg_difference_shape"] = shape
    return found


def _normalized_magnitudes(pyramid: Pyramid, scale: int) -> list[Floats]:
    bands = pyramid.bands[scale]
    strengths = [np.abs(band) for band in bands]
    magnitudes = []
    for index, band in enumerate(bands):
        parent = None
        if scale == 0:
            below = pyramid.bands[1][index]
            twice = enlarged(below, (2 * below.shape[0], 2 * below.shape[1]))
            parent = np.abs(twice[: band.shape[0], : band.shape[1]])
        siblings = [strengths[other] for other in range(N_ORIENTATIONS) if other != index]
        coefficients = normalized_band(band, strengths[index], siblings, parent)
        magnitudes.append(np.abs(coefficients - coefficients.mean()))
    return magnitudes


def fit_magnitudes(magnitudes: Floats) -> tuple[float, float]:
    """Scale and shape of a complex generalized Gaussian, from magnitudes, by maximum likelihood.

    Newton's method solves the equation of the shape, from the shape that moments suggest.
    """
    magnitudes = magnitudes.ravel()
    n, positive = magnitudes.size, magnitudes[magnitudes > 0]
    if not positive.size:
        return LEAST_SCALE, LEAST_SHAPE
    if not np.isfinite(positive).all():
        return np.nan, np.nan
    logarithms = np.log(positive)
    shapes = np.linspace(0.1, 10, 991)
    ratios = np.exp(2 * gammaln(3 / shapes) - gammaln(2 / shapes) - gammaln(4 / shapes))
    ratio = magnitudes.mean() ** 2 / np.square(magnitudes).mean()
    shape = shapes[np.abs(ratios - ratio).argmin()]
    for _ in range(SHAPE_STEPS):
        powers = np.exp(shape * logarithms)
        power, first = powers.sum(), powers @ logarithms
        second = np.multiply(powers, logarithms, out=powers) @ logarithms
        mean_log = np.log(shape * power / (2 * n))
        value = 1 + 2 / shape * (psi(2 / shape) + mean_log) - 2 * first / power
        slope = 2 / shape**2 * (1 - psi(2 / shape) - mean_log)
        slope -= 4 / shape**3 * polygamma(1, 2 / shape)
        slope += 2 * first / (shape * power) - 2 * (second / power - (first / power) ** 2)
        before = shape
        shape = float(np.clip(shape - value / slope, LEAST_SHAPE, GREATEST_SHAPE))
        if abs(shape - before) < SHAPE_PRECISION:
            break
    mean = np.exp(shape * logarithms).sum() / n
    return (shape / 2 * mean) ** (1 / shape), shape


def _phases(pyramid: Pyramid) -> dict[str, float]:
    """How narrowly phases of neighbors differ by one angle, 0 to 1."""
    found = {}
    for direction, axis in (("horizontal", 1), ("vertical", 0)):
        for scale in range(N_DESCRIBED):
            for degrees, band in zip(DEGREES, pyramid.bands[scale], strict=True):
                # The cosine and sine of angles; of coefficients of 0, which have none, as of 0.
                magnitudes = np.abs(band)
                directions = np.divide(
                    band, magnitudes, out=np.ones_like(band), where=magnitudes > 0
                )
                relative = np.roll(directions, 1, axis=axis) * directions.conj()
                # The first column is left out in both directions, as in the release.
                found[f"scale{scale + 1}_{degrees}deg_{direction}_phase"] = concentration(
                    relative[:, 1:]
                )
    return found


def concentration(directions: np.ndarray) -> float:
    """Concentration of a wrapped Cauchy distribution of directions, by maximum likelihood.

    Parameters
    ----------
    directions : ndarray
        Complex numbers of magnitude 1.
    """
    points = np.stack([directions.real.ravel(), directions.imag.ravel()])
    center = np.array([0.3, 0.3])
    for _ in range(PHASE_STEPS):
        weights = center @ points
        np.subtract(1, weights, out=weights)
        np.divide(1, weights, out=weights)
        before, center = center, points @ weights / weights.sum()
        # Where all directions are one, the center comes to lie on the circle.
        if not np.abs(center - before).max() >= PHASE_PRECISION or np.hypot(*center) >= 1:
            break
    length = min(np.hypot(*center), 1.0)
    return float((1 - np.sqrt(1 - length**2)) / length) if length > 0 else 0.0


def _similarities(pyramid: Pyramid) -> dict[str, float]:
    """Complex wavelet similarity of scales with finer ones, and with the highest frequencies."""
    high = [pyramid.high] * N_ORIENTATIONS
    one, two, three = pyramid.bands
    two_as_one = [enlarged(band, pyramid.high.shape) for band in two]
    pairs = {
        "scale3_scale2": ([enlarged(band, two[0].shape) for band in three], two),
        "scale2_scale1": (two_as_one, one),
        "scale2_high": (two_as_one, high),
        "scale1_high": (one, high),
        "scale3_scale1": ([enlarged(band, one[0].shape) for band in three], one),
    }
    return {
        f"{degrees}deg_{name}_similarity": complex_similarity(coarse, fine)
        for name, (coarse_bands, fine_bands) in pairs.items()
        for degrees, coarse, fine in zip(DEGREES, coarse_bands, fine_bands, strict=True)
    }


def complex_similarity(first: np.ndarray, second: np.ndarray) -> float:
    """CW-SSIM of two bands, from 0 to 1; windows around the center count most."""
    products = _window_sum(first * second.conj())
    energies = _window_sum(_energy(first) + _energy(second))
    similar = np.divide(
        2 * np.abs(products), energies, out=np.ones(energies.shape), where=energies > 0
    )
    deviation = len(second) / 4
    along_rows, along_columns = (
        np.exp(-np.square(np.arange(n) - (n - 1) / 2) / (2 * deviation**2)) for n in similar.shape
    )
    return float(along_rows @ similar @ along_columns / (along_rows.sum() * along_columns.sum()))


def _energy(values: np.ndarray) -> Floats:
    return np.square(values.real) + np.square(values.imag)


def _window_sum(values: np.ndarray) -> np.ndarray:
    """Sums of windows of 7 x 7, by sums of two and of four; of zeros they are exactly 0."""
    for _ in range(2):
        two = values[:-1] + values[1:]
        four = two[:-2] + two[2:]
        values = (four[:-3] + two[4:-1] + values[6:]).T
    return values
