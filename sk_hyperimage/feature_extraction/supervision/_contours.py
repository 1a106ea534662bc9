"""Points along the contours of tampered regions (the hyper-image paper, "Data generation")."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from sk_hyperimage.utils._sklearn import Interval, validate_params

# Most points along the contours of one image.
MAX_POINTS = 100_000


@validate_params(
    {
        "mask": ["array-like"],
        "n_points": [Interval(Integral, 1, MAX_POINTS, closed="both")],
        "patch_size": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def contour_points(
    mask: Any,
    n_points: int = 15,
    *,
    patch_size: int = 64,
    random_state: int | np.random.RandomState | None = None,
) -> np.ndarray:
    """Centers of patches along the contours of a region, at equal distances.

    Parameters
    ----------
    mask : array-like of shape (n_rows, n_cols)
        Nonzero in the region.
    n_points : int, default=15
        Points on all contours of the region together; on a short contour some may coincide.
    patch_size : int, default=64
        Rows and columns of the patches. Points near the border of the image are moved inwards so
        that no patch leaves it.
    random_state : int, RandomState instance or None, default=None
        Seed of the first point's place on the contour.

    Returns
    -------
    centers : ndarray of int of shape (n_points, 2)
        Row and column of the middle of each patch, which starts ``patch_size // 2`` before.

    Raises
    ------
    ValueError
        If the mask is empty or covers the whole image, so that there is no contour, or the image
        is smaller than a patch.

    References
    ----------
    The hyper-image paper, "Image forgery classification", "Data generation": 15 points, patches
    of 64 x 64 pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import contour_points
    >>> mask = np.zeros((100, 120), dtype=bool)
    >>> mask[40:60, 50:80] = True
    >>> contour_points(mask, 4, patch_size=32, random_state=0).shape
    (4, 2)
    """
    from skimage.measure import find_contours

    region = np.asarray(mask) != 0
    if region.ndim != 2 or min(region.shape) < patch_size:
        raise ValueError(
            f"a mask of shape {region.shape} has no room for patches of {patch_size} x "
            f"{patch_size} pixels"
        )
    if region.all() or not region.any():
        raise ValueError("the mask is the same everywhere: it has no contour")
    rng = check_random_state(random_state)
    # Each step of a contour, from the middle of one pixel's edge to the next, is about a pixel.
    steps = np.concatenate([contour[1:] for contour in find_contours(region.astype(float), 0.5)])
    chosen = (np.arange(n_points) + rng.uniform()) / n_points * len(steps)
    half = patch_size // 2
    last = np.array(region.shape) - (patch_size - half)
    return np.clip(np.rint(steps[chosen.astype(int)]).astype(int), half, last)
