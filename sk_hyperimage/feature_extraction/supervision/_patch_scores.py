"""Targets of patches from references: full-reference scores in place of people's opinion.

What BIECON and DIQA learn first (Kim et al. 2017, "Deep convolutional neural models for
picture-quality prediction"); a reference is needed in `fit` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_consistent_length

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._patches import PatchExtractor
from sk_hyperimage.images import Grid, PatchGrids
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.metrics import FULL_REFERENCE, FullReference
from sk_hyperimage.utils._sklearn import HasMethods, Interval, StrOptions, validate_params
from sk_hyperimage.utils._threads import prefetched


@validate_params(
    {
        "images": "no_validation",
        "references": "no_validation",
        "score": [StrOptions(set(FULL_REFERENCE)), FullReference],
        "extractor": [HasMethods(["fit", "transform"]), None],
        "cell_size": [Interval(Integral, 1, None, closed="left"), None],
    },
    prefer_skip_nested_validation=True,
)
def patch_scores(
    images: Any,
    references: Any,
    *,
    score: str | FullReference = "ssim",
    extractor: Any = None,
    cell_size: int | None = None,
) -> np.ndarray:
    """Score every patch against its reference: the mean of a full-reference map over it.

    As ``patch_targets`` of `fit` the scores train a first stage without anyone's opinion: on
    photographs that were damaged on purpose there are as many as one likes.

    Parameters
    ----------
    images : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths
        In [0, 1], or of integers that are scaled to it.
    references : array-like or sequence as `images`
        The pristine image of each image.
    score : str or FullReference, default="ssim"
        A name in ``metrics.FULL_REFERENCE``, such as ``"mdsi"``, or a score of one's own.
        ``"psnr"`` gives the mean squared error.
    extractor : PatchExtractor, default=None
        Cloned, and fitted on `images`. None: ``PatchExtractor()``. It must be the one of the model
        that is trained.
    cell_size : int, default=None
        Side in pixels of the cells of a patch that have a score each, for networks that learn maps
        as that of DIQA does, with 4. None: the patch has one score.

    Returns
    -------
    scores : ndarray of shape (n_images, U, V) or (n_images, U, V, n_rows, n_cols)
        In the direction of the map, ``map_higher_is_better`` of the score.

    Raises
    ------
    ValueError
        If an image and its reference differ in size or channels, or do not suit the score, such as
        gray ones a score of color; the message names the image.

    See Also
    --------
    patch_ssim : SSIM of every patch by itself.
    sk_hyperimage.neural_network.ErrorMapRegressor : Learns the scores of cells.
    sk_hyperimage.metrics.FullReference : The scores and their maps.

    Notes
    -----
    Maps are those of whole images: pixels just outside a patch may have a part in its score.

    References
    ----------
    Kim and Lee, "Fully deep blind image quality predictor", IEEE Journal of Selected Topics in
    Signal Processing 11(1), 2017 (BIECON). Kim, Nguyen and Lee, "Deep CNN-based blind image
    quality predictor", IEEE Transactions on Neural Networks and Learning Systems 30(1), 2019
    (DIQA).

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import PatchExtractor, patch_scores
    >>> pristine = np.random.default_rng(0).random((1, 32, 32))
    >>> damaged = pristine.copy()
    >>> damaged[:, :16] = 0.5
    >>> patch_scores(damaged, pristine, score="psnr", extractor=PatchExtractor(16, 0)).round(2)
    array([[[0.08, 0.09],
            [0.  , 0.  ]]])
    >>> patch_scores(damaged, pristine, extractor=PatchExtractor(16, 0), cell_size=4).shape
    (1, 2, 2, 4, 4)
    """
    record = FULL_REFERENCE[score] if isinstance(score, str) else score

    def compare(image: Floats, reference: Floats, grid: Grid) -> Floats:
        return over_patches(record.pixel_map(reference, image, data_range=1.0), grid, cell_size)

    return compared_with_references(images, references, extractor, compare)


def compared_with_references(
    images: Any, references: Any, extractor: Any, compare: Callable[[Floats, Floats, Grid], Floats]
) -> np.ndarray:
    """What `compare` gives for every image, (U, V), its reference and the grid that both share.

    Raises
    ------
    ValueError
        If an image and its reference differ in shape, or `compare` refuses them; the message names
        the image.
    """
    extractor = _fitted(extractor, images)
    grids = extractor.transform(images)
    with errors_named("references"):
        pristine = extractor.transform(references)
    check_consistent_length(grids, pristine)
    compute = partial(_compared, grids, pristine, compare)
    return np.stack(list(prefetched(compute, range(len(grids)), 2)))


def _compared(
    grids: PatchGrids,
    pristine: PatchGrids,
    compare: Callable[[Floats, Floats, Grid], Floats],
    index: int,
) -> Floats:
    image, reference = grids.image(index), pristine.image(index)
    if image.shape != reference.shape:
        raise ValueError(
            f"images[{index}] of shape {image.shape} and its reference of shape "
            f"{reference.shape} must be of one shape"
        )
    with errors_named(f"images[{index}]"):
        return compare(image, reference, grids.grid)


def _fitted(extractor: Any, images: Any) -> Any:
    return clone(PatchExtractor() if extractor is None else extractor).fit(images)


def over_patches(values: Floats, grid: Grid, cell_size: int | None = None) -> Floats:
    """Means of a map (n_rows, n_cols) over the patches of a grid, (U, V), or over their cells."""
    patches = grid.windows(values.shape).cut(values)  # type: ignore[arg-type]
    if cell_size is None:
        return patches.mean(axis=(2, 3))
    for axis in (2, 3):
        starts = np.arange(0, patches.shape[axis], cell_size)
        sizes = np.diff(starts, append=patches.shape[axis])
        sums = np.add.reduceat(patches, starts, axis=axis)
        patches = np.moveaxis(np.moveaxis(sums, axis, -1) / sizes, -1, axis)
    return patches
