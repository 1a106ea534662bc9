"""Where a photograph was tampered with, from its authentic version, and points along the seam."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from sk_hyperimage.utils import as_float_image, read_image
from sk_hyperimage.utils._images import is_path
from sk_hyperimage.utils._sklearn import Interval, validate_params

# Radius in pixels of what is taken for noise, and of the gaps that are closed.
NOISE_RADIUS, GAP_RADIUS = 2, 5
# Where more of an image differs, the two were not made of each other, or are shifted.
LARGEST_SHARE = 0.6
# Along the contours of one image.
MAX_POINTS = 100_000


@validate_params(
    {"threshold": [Interval(Real, 0, 1, closed="neither")]}, prefer_skip_nested_validation=True
)
def tampered_region(authentic: Any, tampered: Any, *, threshold: float = 0.1) -> np.ndarray:
    """Find the tampered region of a photograph by comparison with its authentic version.

    The images are subtracted; where they differ, small spots, as compression leaves them, are
    removed by an opening, gaps closed and holes filled.

    Parameters
    ----------
    authentic, tampered : array-like of shape (n_rows, n_cols[, n_channels]) or path
        Of one size, floats in [0, 1] or integers that are scaled to it.
    threshold : float in (0, 1), default=0.1
        Smallest difference in any channel that counts; what compression changes is less.

    Returns
    -------
    region : ndarray of bool of shape (n_rows, n_cols)

    Raises
    ------
    ValueError
        If the images differ in size, hardly differ, or differ nearly everywhere, as images do
        that are shifted against each other; the message names the files, if files are given.

    References
    ----------
    The hyper-image paper, "Image forgery classification", "Data generation" and Fig. 2.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.forensics import tampered_region
    >>> authentic = np.random.default_rng(0).random((64, 64))
    >>> tampered = authentic.copy()
    >>> tampered[20:40, 20:40] = 1 - authentic[20:40, 20:40]
    >>> region = tampered_region(authentic, tampered)
    >>> bool(region[25:35, 25:35].all()), bool(region[:15].any())
    (True, False)
    """
    from scipy.ndimage import binary_fill_holes
    from skimage.morphology import closing, disk, opening

    names = [
        repr(str(item)) if is_path(item) else f"the {role} image"
        for item, role in ((authentic, "authentic"), (tampered, "tampered"))
    ]
    first, second = (
        as_float_image(read_image(item) if is_path(item) else item, name)
        for item, name in zip((authentic, tampered), names, strict=True)
    )
    if first.shape != second.shape:
        raise ValueError(
            f"{names[0]} has shape {first.shape} and {names[1]} {second.shape}; a photograph and "
            f"its tampered version must be of one size"
        )
    # Two pixels closer together than noise are taken for one before spots are removed.
    differs = closing(np.abs(first - second).max(axis=2) > threshold, disk(NOISE_RADIUS))
    region = binary_fill_holes(closing(opening(differs, disk(NOISE_RADIUS)), disk(GAP_RADIUS)))
    if not region.any():
        raise ValueError(f"{names[1]} hardly differs from {names[0]}: {threshold=}")
    if region.mean() > LARGEST_SHARE:
        raise ValueError(
            f"{names[1]} differs from {names[0]} in {region.mean():.0%} of its pixels: they are "
            f"shifted against each other, or not made of one photograph"
        )
    return region


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
    """Centres of patches along the contours of a region, at equal distances.

    Parameters
    ----------
    mask : array-like of shape (n_rows, n_cols)
        Nonzero in the region.
    n_points : int, default=15
        Points on all contours of the region together; of a short one some may coincide.
    patch_size : int, default=64
        Rows and columns of the patches. Points near the border of the image are moved inwards so
        that no patch leaves it.
    random_state : int, RandomState instance or None, default=None
        Seeds where along the contour the first point lies.

    Returns
    -------
    centres : ndarray of int of shape (n_points, 2)
        Row and column of the middle of each patch, which starts ``patch_size // 2`` before.

    Raises
    ------
    ValueError
        If the mask is empty or holds all of the image, so that there is no contour, or the image
        is smaller than a patch.

    References
    ----------
    The hyper-image paper, "Image forgery classification", "Data generation": 15 points, patches
    of 64 x 64 pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.forensics import contour_points
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
