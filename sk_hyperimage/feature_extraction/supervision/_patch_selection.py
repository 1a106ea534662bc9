"""Selective patch training: a choice of patches by their similarity to the pristine image."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import check_array, check_consistent_length, check_random_state, column_or_1d

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction.supervision._patch_scores import compared_with_references
from sk_hyperimage.images import Grid, Windows
from sk_hyperimage.metrics import ssim
from sk_hyperimage.utils._sklearn import HasMethods, Interval, validate_params
from sk_hyperimage.utils._validation import numbers_of

# Rows and columns of the windows in which SSIM compares images.
WINDOW = 7


@validate_params(
    {
        "images": "no_validation",
        "references": "no_validation",
        "extractor": [HasMethods(["fit", "transform"]), None],
    },
    prefer_skip_nested_validation=True,
)
def patch_ssim(images: Any, references: Any, *, extractor: Any = None) -> np.ndarray:
    """Structural similarity (SSIM) of every patch to the same patch of the pristine image.

    Parameters
    ----------
    images : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths
        In [0, 1], or of integers that are scaled to it.
    references : array-like or sequence as `images`
        The pristine image of each image.
    extractor : PatchExtractor, default=None
        Cloned, and fitted on `images`. None: ``PatchExtractor()``.

    Returns
    -------
    similarity : ndarray of shape (n_images, U, V)
        Mean SSIM over the windows of 7 x 7 pixels inside each patch and over the channels: at
        most 1, for equal patches; higher is better.

    Raises
    ------
    ValueError
        If an image and its reference differ in size or channels; the message names the image.

    See Also
    --------
    select_patches : Makes targets of patches from similarities.
    patch_scores : Patches by any full-reference score.
    sk_hyperimage.metrics.ssim : SSIM, the same for a patch alone.

    References
    ----------
    Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import PatchExtractor, patch_ssim
    >>> pristine = np.random.default_rng(0).random((1, 32, 32))
    >>> damaged = pristine.copy()
    >>> damaged[:, :16] = 0.5
    >>> patch_ssim(damaged, pristine, extractor=PatchExtractor(16, overlap=0)).round(2)
    array([[[0.01, 0.01],
            [1.  , 1.  ]]])
    """
    return compared_with_references(images, references, extractor, _ssim_of_patches)


def _ssim_of_patches(image: Floats, reference: Floats, grid: Grid) -> Floats:
    height, width = grid.patch_shape
    if min(height, width) < WINDOW:
        raise ValueError(
            f"patches of {height} x {width} pixels are smaller than the windows of SSIM, "
            f"{WINDOW} x {WINDOW}: choose a larger patch_size"
        )
    _, similarity = ssim(reference, image, data_range=1.0, window=WINDOW, full=True)
    # Windows that cross the border of a patch belong as much to its neighbors.
    border = WINDOW // 2
    windows = grid.windows(image.shape[:2])
    inner = Windows(
        windows.rows + border, windows.cols + border, (height - 2 * border, width - 2 * border)
    )
    return inner.cut(similarity).mean(axis=(2, 3))


@validate_params(
    {
        "similarity": ["array-like"],
        "y": ["array-like"],
        "threshold": [Interval(Real, -1, 1, closed="both")],
        "max_per_image": [Interval(Integral, 1, None, closed="left"), None],
        "balance": ["boolean"],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def select_patches(
    similarity: Any,
    y: Any,
    *,
    threshold: float = 0.97,
    max_per_image: int | None = None,
    balance: bool = True,
    random_state: int | np.random.RandomState | None = None,
) -> np.ndarray:
    """Choose the patches to train on, and give them the scores of their images.

    Selective patch training: if damage is local, most patches of a damaged image are intact, and
    training on them with its score corrupts the representation. The patches of damaged images
    that differ from the pristine image and all patches of pristine images are kept, equally many
    of both.

    Parameters
    ----------
    similarity : array-like of shape (n_images, U, V)
        Similarity of every patch to the pristine image, at most 1, as from :func:`patch_ssim`. An
        image whose patches all have 1 is pristine.
    y : array-like of shape (n_images,)
        Scores of the images.
    threshold : float, default=0.97
        Patches of damaged images below it are kept.
    max_per_image : int, default=None
        Most patches kept of a damaged image, drawn at random.
    balance : bool, default=True
        Whether to leave out patches at random so that as many of damaged images are kept as of
        pristine ones. Without pristine images nothing is left out.
    random_state : int, RandomState instance or None, default=None
        Seed of the random choices.

    Returns
    -------
    patch_targets : ndarray of shape (n_images, U, V)
        The score of the image for patches that are kept, NaN for the others. ``fit`` of
        ``HyperImageEncoder``, the pooling estimators and ``HyperImageRegressor`` takes them.

    Raises
    ------
    ValueError
        If the lengths differ, a parameter is out of range, or no patch is below the threshold.

    References
    ----------
    The hyper-image paper, section "No-reference image quality assessment", "selective patch
    training".

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import select_patches
    >>> similarity = np.array([[[1.0, 1.0]], [[0.5, 1.0]], [[0.4, 0.9]]])
    >>> select_patches(similarity, [9.0, 4.0, 2.0], balance=False)
    array([[[ 9.,  9.]],
    <BLANKLINE>
           [[ 4., nan]],
    <BLANKLINE>
           [[ 2.,  2.]]])
    """
    with numbers_of("similarity"):
        similarity = check_array(similarity, allow_nd=True, input_name="similarity")
    if similarity.ndim != 3:
        raise ValueError(
            f"similarity must be of shape (n_images, U, V), got shape {similarity.shape}"
        )
    with numbers_of("y"):
        y = column_or_1d(check_array(y, ensure_2d=False, dtype=np.float64, input_name="y"))
    check_consistent_length(similarity, y)
    rng = check_random_state(random_state)
    of_patches = similarity.reshape(len(similarity), -1)
    pristine = (of_patches == 1).all(axis=1)
    damaged = ~pristine[:, np.newaxis] & (of_patches < threshold)
    if not damaged.any():
        raise ValueError(f"no patch of a damaged image has a similarity below {threshold=}")
    if max_per_image is not None:
        order = np.where(damaged, rng.uniform(size=damaged.shape), 2).argsort(axis=1)
        damaged &= order.argsort(axis=1) < max_per_image
    intact = np.repeat(pristine[:, np.newaxis], of_patches.shape[1], axis=1)
    if balance and pristine.any():
        n_kept = min(damaged.sum(), intact.sum())
        damaged, intact = _draw(damaged, n_kept, rng), _draw(intact, n_kept, rng)
    targets = np.where(damaged | intact, y[:, np.newaxis], np.nan)
    return targets.reshape(similarity.shape)


def _draw(kept: np.ndarray, n: int, rng: np.random.RandomState) -> np.ndarray:
    """`n` random elements of a mask."""
    drawn = np.zeros(kept.size, dtype=bool)
    drawn[rng.choice(np.flatnonzero(kept), size=n, replace=False)] = True
    return drawn.reshape(kept.shape)
