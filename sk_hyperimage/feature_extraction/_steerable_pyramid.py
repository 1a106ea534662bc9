"""The complex steerable pyramid (Portilla and Simoncelli 2000), and its divisive normalization.

Numbers are those of matlabPyrTools, whose masks are interpolated in tables, and of the releases of
DIIVINE and C-DIIVINE.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial
from typing import NamedTuple

import numpy as np
from scipy import fft

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._scene_statistics import resized

# Entries of the tables of a mask's fall by radius, and of its fall by angle in half a turn.
RADII, ANGLES = 256, 1024

# Coefficients, as a part of the largest pixel, that are but rounding errors, as in flat parts.
ROUNDING = 1e-11

# Neighbors that a coefficient is normalized by: those of 3 x 3.
N_SPATIAL = 9
# Coefficients whose neighborhoods are in memory at a time: those fit into a processor's cache.
VALUES_AT_ONCE = 10_000


class Pyramid(NamedTuple):
    """An image by scale and orientation; its energy is that of all parts, real parts of bands."""

    high: Floats
    """What is finer than the first scale, of the image's shape."""
    bands: list[list[np.ndarray]]
    """Complex coefficients by scale and orientation; every scale has half the rows and columns."""
    low: Floats
    """What is coarser than the last scale."""


def steerable_pyramid(image: Floats, n_scales: int, n_orientations: int) -> Pyramid:
    """Decompose an image by scale and orientation, in the frequency domain.

    Real parts of the bands are the real steerable pyramid; imaginary parts are the same in
    quadrature. Borders are periodic.

    Parameters
    ----------
    image : ndarray of shape (n_rows, n_cols)
    n_scales : int
    n_orientations : int

    Returns
    -------
    pyramid : Pyramid
    """
    radius, angle = _polar(image.shape)
    spectrum = fft.fftshift(fft.fft2(image))
    negligible = ROUNDING * np.abs(image).max()
    falls = _falls(n_orientations)
    high = _inverse(spectrum * _rise(radius, 0), negligible).real
    spectrum = spectrum * _fall(radius, 0)
    bands = []
    for scale in range(n_scales):
        detail = (-1j) ** (n_orientations - 1) * spectrum * _rise(radius, scale + 1)
        bands.append([_inverse(detail * np.interp(angle, *table), negligible) for table in falls])
        radius, angle, spectrum = (_center(values) for values in (radius, angle, spectrum))
        spectrum = spectrum * _fall(radius, scale + 1)
    return Pyramid(high, bands, _inverse(spectrum, negligible).real)


def enlarged(band: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """A real or complex band at the shape of a finer one."""
    for axis, length in enumerate(shape):
        if band.shape[axis] != length:
            band = resized(band, length, axis)
    return band


def _polar(shape: Sequence[int]) -> tuple[Floats, Floats]:
    """Radius in octaves, 0 at the highest frequency of an axis, and angle of all frequencies."""
    rows, columns = ((np.arange(n) - n // 2) / (n / 2) for n in shape)
    radius = np.hypot(rows[:, np.newaxis], columns)
    center = shape[0] // 2, shape[1] // 2
    radius[center] = radius[center[0], center[1] - 1]  # whose logarithm is finite
    return np.log2(radius), np.arctan2(rows[:, np.newaxis], columns)


def _center(values: np.ndarray) -> np.ndarray:
    """The lower half of the frequencies."""
    firsts = [n // 2 - (n + 1) // 2 // 2 for n in values.shape]
    rows, columns = (
        slice(first, first + (n + 1) // 2) for first, n in zip(firsts, values.shape, strict=True)
    )
    return values[rows, columns]


def _rise(radius: Floats, octave: int) -> Floats:
    """Mask of high frequencies: rises over the octave that ends `octave` octaves from the top."""
    steps = np.arange(RADII + 1) / RADII
    return np.interp(radius, steps - 1 - octave, np.sin(np.pi / 2 * steps))


def _fall(radius: Floats, octave: int) -> Floats:
    """The complement of `_rise`: their squares sum to one."""
    steps = np.arange(RADII + 1) / RADII
    return np.interp(radius, steps - 1 - octave, np.cos(np.pi / 2 * steps))


def _falls(n_orientations: int) -> list[tuple[Floats, Floats]]:
    """Angles and the mask there, of every orientation: one lobe, a power of the cosine."""
    order = n_orientations - 1
    angles = np.pi * np.arange(-2 * ANGLES - 1, ANGLES + 2) / ANGLES
    scale = 2**order * factorial(order) / np.sqrt(n_orientations * factorial(2 * order))
    is_lobe = np.abs((angles + np.pi) % (2 * np.pi) - np.pi) < np.pi / 2
    lobe = 2 * scale * np.cos(angles) ** order * is_lobe
    return [(angles + np.pi * k / n_orientations, lobe) for k in range(n_orientations)]


def _inverse(spectrum: np.ndarray, negligible: float) -> np.ndarray:
    values = fft.ifft2(fft.ifftshift(spectrum))
    values[np.abs(values) <= negligible] = 0
    return values


def normalized_band(
    band: np.ndarray, strengths: Floats, siblings: Sequence[Floats], parent: Floats | None
) -> np.ndarray:
    """Divide coefficients by the strength that their neighbors let expect.

    Parameters
    ----------
    band : ndarray of shape (n_rows, n_cols)
        Real or complex coefficients of one scale and orientation.
    strengths : ndarray of shape (n_rows, n_cols)
        Real ones: the coefficients themselves, or their magnitudes.
    siblings : sequence of ndarray of shape (n_rows, n_cols)
        Strengths at the other orientations.
    parent : ndarray of shape (n_rows, n_cols) or None
        Strengths at the next scale, enlarged.

    Returns
    -------
    normalized : ndarray of shape (n_rows - 2, n_cols - 2)
        Of the coefficients inside the border, less their mean; 0 where all neighbors are.
    """
    n_rows, n_cols = (length - 2 for length in band.shape)
    others = [layer for layer in (parent, *siblings) if layer is not None]
    rows_at_once = max(1, VALUES_AT_ONCE // n_cols)
    starts = range(0, n_rows, rows_at_once)

    def neighborhoods(start: int) -> Floats:
        stop = min(start + rows_at_once, n_rows)
        layers = [
            strengths[start + down : stop + down, right : right + n_cols]
            for down in range(3)
            for right in range(3)
        ]
        layers += [layer[start + 1 : stop + 1, 1:-1] for layer in others]
        return np.stack(layers).reshape(len(layers), -1)

    moments = sum(near @ near.T for near in map(neighborhoods, starts)) / (n_rows * n_cols)
    if not np.isfinite(moments).all():  # what overflows is not finite, and named by its image
        return np.full((n_rows, n_cols), np.nan, dtype=band.dtype)
    precision = np.linalg.pinv(moments, rcond=len(moments) * 2.0**-52, hermitian=True)
    n_counted = N_SPATIAL + (parent is not None)  # siblings are not counted, as in the release
    scales = []
    for start in starts:
        near = neighborhoods(start)
        scales.append(np.einsum("ij,ij->j", precision @ near, near))
    strength = np.sqrt(np.concatenate(scales).clip(min=0) / n_counted).reshape(n_rows, n_cols)
    inside = band[1:-1, 1:-1]
    inside = inside - inside.mean()
    return np.divide(inside, strength, out=np.zeros_like(inside), where=strength > 0)
