"""The tampered region of a photograph, found by comparison with its authentic version."""

from __future__ import annotations

from numbers import Real

import numpy as np

from sk_hyperimage._typing import Bools, ImageLike
from sk_hyperimage.images._reading import is_path, load_image
from sk_hyperimage.utils._sklearn import Interval, validate_params

# Radius in pixels of spots taken for noise, and of gaps that are closed.
NOISE_RADIUS, GAP_RADIUS = 2, 5
# If a larger share of an image differs, the two images are unrelated, or shifted.
LARGEST_SHARE = 0.6


@validate_params(
    {"threshold": [Interval(Real, 0, 1, closed="neither")]}, prefer_skip_nested_validation=True
)
def tampered_region(authentic: ImageLike, tampered: ImageLike, *, threshold: float = 0.1) -> Bools:
    """Find the tampered region of a photograph by comparison with its authentic version.

    The images are subtracted. In the region where they differ, an opening removes small spots, as
    from compression, gaps are closed and holes filled.

    Parameters
    ----------
    authentic, tampered : array-like of shape (n_rows, n_cols[, n_channels]) or path
        Images of one size, floats in [0, 1] or integers that are scaled to it.
    threshold : float in (0, 1), default=0.1
        Smallest difference in any channel that counts; compression changes less.

    Returns
    -------
    region : ndarray of bool of shape (n_rows, n_cols)

    Raises
    ------
    ValueError
        If the images differ in size, hardly differ, or differ nearly everywhere, as shifted images
        do; the message names the files, if files are given.

    References
    ----------
    The hyper-image paper, "Image forgery classification", "Data generation" and Fig. 2.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.datasets import tampered_region
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
    first, second = map(load_image, (authentic, tampered), names)
    if first.shape != second.shape:
        raise ValueError(
            f"{names[0]} has shape {first.shape} and {names[1]} {second.shape}; a photograph and "
            f"its tampered version must be of one size"
        )
    # Pixels close together are joined before spots are removed.
    differs = closing(np.abs(first - second).max(axis=2) > threshold, disk(NOISE_RADIUS))
    region = binary_fill_holes(closing(opening(differs, disk(NOISE_RADIUS)), disk(GAP_RADIUS)))
    if not region.any():
        raise ValueError(f"{names[1]} hardly differs from {names[0]}: {threshold=}")
    if region.mean() > LARGEST_SHARE:
        raise ValueError(
            f"{names[1]} differs from {names[0]} in {region.mean():.0%} of its pixels: they are "
            f"shifted against each other, or not made from one photograph"
        )
    return region
