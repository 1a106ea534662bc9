"""Enlarging as MATLAB's imresize does."""

from __future__ import annotations

import numpy as np

# Pixels on both sides of a place that a cubic takes.
TAPS = 4


def enlarged(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Enlarge an array (n_rows, n_cols) by cubic interpolation; borders are mirrored.

    Its type stays: real or complex, of single or double precision.
    """
    return _more_rows(_more_rows(values, shape[0]).T, shape[1]).T


def _more_rows(values: np.ndarray, n_out: int) -> np.ndarray:
    n_in = len(values)
    if n_out == n_in:
        return values
    places = (np.arange(n_out) + 0.5) * (n_in / n_out) - 0.5
    first = np.floor(places).astype(int) - 1
    enlarged = np.zeros((n_out, *values.shape[1:]), dtype=values.dtype)
    for tap in range(TAPS):
        rows = (first + tap) % (2 * n_in)
        rows = np.minimum(rows, 2 * n_in - 1 - rows)
        enlarged += _cubic(places - first - tap)[:, np.newaxis] * values[rows]
    return enlarged


def _cubic(distance: np.ndarray) -> np.ndarray:
    """Keys' kernel of cubic convolution, a = -1/2."""
    x = np.abs(distance)
    near = (1.5 * x - 2.5) * x**2 + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0))
