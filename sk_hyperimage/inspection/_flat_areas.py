"""Where an image is so flat that residuals say nothing."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from numbers import Real

import numpy as np

from sk_hyperimage._typing import Bools, Estimator, Floats, ImagesLike
from sk_hyperimage.feature_extraction import ResidualCooccurrences
from sk_hyperimage.images import PatchGrids, PatchSequence
from sk_hyperimage.inspection._patch_models import (
    CONSTRAINTS,
    lay_grids,
    maps_of,
    paint,
    predict_every,
)
from sk_hyperimage.utils._sklearn import Interval, validate_params


@validate_params(
    CONSTRAINTS | {"share": [Interval(Real, 0, 1, closed="right")]},
    prefer_skip_nested_validation=True,
)
def flat_areas(
    estimator: Estimator, X: ImagesLike, *, stride: int | None = None, share: float = 0.999
) -> list[Bools]:
    """Find the pixels whose patches show nothing that a forensic model could judge.

    In flat and in saturated parts of a photograph hardly any residual differs from zero, so a
    model guesses there. A patch counts as flat if nearly all residuals of
    :class:`~sk_hyperimage.feature_extraction.ResidualCooccurrences` are rounded to 0, together
    with those of their neighbors; a pixel, if at least half of the patches that hold it do.

    Parameters
    ----------
    estimator, X, stride
        As in :func:`patch_maps`; images are of 8 bits, and patches of at least 7 x 7 pixels.
    share : float, default=0.999
        Least share of zeros, in (0, 1], of a flat patch. Zeros are traces too: compression and
        median filters make many. Lower shares hide patches that such models still tell.

    Returns
    -------
    areas : list of n_images ndarray of bool of shape (n_rows, n_cols)
        True where there is nothing to see.

    Raises
    ------
    ValueError
        If no step of `estimator` cuts patches, or an image or a patch is not as above.

    See Also
    --------
    patch_maps : Predictions, which ``numpy.where(area, numpy.nan, map)`` hides there.
    PatchMapDisplay : Draws maps, with ``hide_flat=True`` hatched there.

    Notes
    -----
    The default is measured on 64 x 64 patches of photographs: a linear support vector machine was
    right on all patches of a zero share from 0.95 to 0.999 about JPEG compression (quality 70) and
    a 3 x 3 median, and at chance beyond. For a blur of 0.5 it was right on 87 % of all patches,
    but on no more than 79 % of those of a share beyond 0.7.

    Examples
    --------
    >>> import numpy as np
    >>> from skimage.data import camera
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.inspection import flat_areas
    >>> image = camera().copy()
    >>> image[:256] = 255
    >>> (area,) = flat_areas(PatchExtractor(64).fit([image]), [image], stride=16)
    >>> area.shape, bool(area[:240].all()), bool(area[300:].any())
    ((512, 512), True, False)
    """
    flat_maps = partial(_flat_maps, stride=stride, share=share)
    return [map_ >= 0.5 for map_ in maps_of(estimator, X, flat_maps)]


def _flat_maps(
    estimator: Estimator, X: ImagesLike, *, stride: int | None, share: float
) -> list[Floats]:
    """Shares of the patches around every pixel that are flat."""
    grids = lay_grids(estimator, X)
    values: Iterable[Floats]
    if stride is None:
        values = (flat_patches(grids.subset(np.array([i])), share)[0] for i in range(len(grids)))
    else:
        flat = partial(flat_patches, share=share)
        values = (predict_every(stride, flat, grids, index) for index in range(len(grids)))
    return list(paint(grids, values, stride))


def flat_patches(grids: PatchGrids, share: float) -> Floats:
    """1 for flat patches and 0 for others, (n_images, U, V)."""
    features, patches = ResidualCooccurrences(), PatchSequence(grids)
    shares = features.fit(patches).transform(patches)
    zeros = [name.endswith("_0_0_0_0") for name in features.get_feature_names_out()]
    flat = shares[:, zeros].mean(axis=1) >= share
    return flat.reshape(grids.shape[:3]).astype(np.float64)
