"""Enlarging as MATLAB's imresize does."""

from __future__ import annotations

import numpy as np

# Pixels on both sides of a place that a cubic takes.
TAPS = 4


def enlarged(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Enlarge a real or complex array (n_rows, n_cols) by cubic interpolation.

    Borders are mirrored.
    """
    return _more_rows(_more_rows(values, shape[0]).T, shape[1]).T


def _more_rows(values: np.ndarray, n_out: int) -> np.ndarray:
    from scipy.sparse import csr_array

    n_in = len(values)
    if n_out == n_in:
        return values
    places = (np.arange(n_out) + 0.5) * (n_in / n_out) - 0.5
    members = np.floor(places).astype(int)[:, np.newaxis] + np.arange(-1, TAPS - 1)
    weights = _cubic(places[:, np.newaxis] - members)
    members = members % (2 * n_in)
    members = np.minimum(members, 2 * n_in - 1 - members)
    ends = TAPS * np.arange(n_out + 1)
    return csr_array((weights.ravel(), members.ravel(), ends), shape=(n_out, n_in)) @ values


def _cubic(distance: np.ndarray) -> np.ndarray:
    """Keys' kernel of cubic convolution, a = -1/2."""
    x = np.abs(distance)
    near = (1.5 * x - 2.5) * x**2 + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0))
