"""Regions of an image, as masks: rectangles, ellipses, and blobs with an irregular rim."""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Bools, Floats

# A pair of numbers along rows and columns.
Pair = tuple[float, float] | Floats


def rectangle(shape: tuple[int, int], center: Pair, size: Pair) -> Bools:
    """Mask of a rectangle.

    Parameters
    ----------
    shape : tuple (n_rows, n_cols)
        Shape of the mask.
    center, size : pair of float
        Middle of the rectangle, and its height and width, in pixels.

    Returns
    -------
    mask : ndarray of bool of shape (n_rows, n_cols)

    Examples
    --------
    >>> from sk_hyperimage.distortions import rectangle
    >>> rectangle((3, 5), (1, 2), (2, 2)).astype(int)
    array([[0, 1, 1, 1, 0],
           [0, 1, 1, 1, 0],
           [0, 1, 1, 1, 0]])
    """
    down, right = _from_center(shape, center, size)
    return np.maximum(down, right) <= 1


def ellipse(shape: tuple[int, int], center: Pair, size: Pair) -> Bools:
    """Mask of an ellipse inside :func:`rectangle` of the same arguments.

    Examples
    --------
    >>> from sk_hyperimage.distortions import ellipse
    >>> ellipse((3, 5), (1, 2), (2, 4)).astype(int)
    array([[0, 0, 1, 0, 0],
           [1, 1, 1, 1, 1],
           [0, 0, 1, 0, 0]])
    """
    down, right = _from_center(shape, center, size)
    return down**2 + right**2 <= 1


def random_shapes(shape: tuple[int, int], rng: np.random.RandomState) -> Bools:
    """Mask of one to three rectangles or ellipses, each side a quarter to six tenths of the image.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.distortions import random_shapes
    >>> mask = random_shapes((60, 80), np.random.RandomState(0))
    >>> mask.shape, bool(mask.any())
    ((60, 80), True)
    """
    mask = np.zeros(shape, dtype=bool)
    for _ in range(rng.randint(1, 4)):
        height, width = (rng.uniform(0.25, 0.6) * side for side in shape)
        row, col = (rng.uniform(0.1, 0.9) * side for side in shape)
        draw = rectangle if rng.uniform() < 0.5 else ellipse
        mask |= draw(shape, (row, col), (height, width))
    return mask


def blob(shape: tuple[int, int], center: Pair, radius: float, rng: np.random.RandomState) -> Bools:
    """Mask of a star-shaped region whose rim is a circle bent by its lowest harmonics.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.distortions import blob
    >>> mask = blob((60, 80), (30, 40), 10, np.random.RandomState(0))
    >>> bool(mask[30, 40]), bool(mask[0].any())
    (True, False)
    """
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    down, right = rows - center[0], cols - center[1]
    angle = np.arctan2(down, right)
    rim = np.ones(shape)
    for order in range(2, 6):
        rim += rng.normal(scale=0.5 / order) * np.cos(order * angle + rng.uniform(0, 2 * np.pi))
    return np.hypot(down, right) <= radius * np.clip(rim, 0.4, 1.8)


def _from_center(shape: tuple[int, int], center: Pair, size: Pair) -> tuple[Floats, Floats]:
    """Distances from the center along rows and columns: 1 at the border of the region."""
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    return 2 * np.abs(rows - center[0]) / size[0], 2 * np.abs(cols - center[1]) / size[1]
