"""Maps of tampering against masks of it: the pixel-level scores of current benchmarks."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import auc, f1_score, jaccard_score, matthews_corrcoef, roc_curve
from sklearn.utils import Bunch, check_consistent_length

from sk_hyperimage._typing import Bools, Floats, ImageLike, Ints
from sk_hyperimage.images._collection import is_missing
from sk_hyperimage.images._reading import load_mask

SCORES = ("f1", "best_f1", "iou", "mcc", "auc", "average_precision")


def localization_scores(
    masks: Sequence[ImageLike | None] | np.ndarray,
    maps: Sequence[ArrayLike] | np.ndarray,
    *,
    threshold: float = 0.5,
) -> Bunch:
    """Pixel-level scores of every map against its mask.

    Parameters
    ----------
    masks : sequence of n_images array-like of shape (n_rows, n_cols[, n_channels]), path or None
        The truth: nonzero where the image is tampered; zero everywhere, or None in place of a
        mask, for an authentic image. A path is that of a picture of the mask, as from loaders.
        Images may differ in size.
    maps : sequence of n_images array-like of shape (n_rows, n_cols)
        Larger where tampering is more likely.
    threshold : float, default=0.5
        Pixels above it count as tampered in `f1`, `iou` and `mcc`.

    Returns
    -------
    scores : :class:`~sklearn.utils.Bunch`
        Arrays of shape (n_images,), higher is better:

        f1 : in [0, 1]
            Of the tampered pixels.
        best_f1 : in [0, 1]
            At the best threshold of each image, which only the mask reveals. It flatters; report
            it beside `f1`, not in its place.
        iou : in [0, 1]
            Intersection over union of the tampered pixels, the Jaccard index.
        mcc : in [-1, 1]
            Matthews' correlation coefficient, signed; 0 if all pixels of the mask or all of the
            thresholded map are equal.
        auc : in [0, 1]
            Area under the ROC curve of the pixels; NaN if the whole image is tampered.
        average_precision : in [0, 1]
            Mean precision over the recalls of all thresholds, as scikit-learn's
            `average_precision_score`. Where the region is small it falls with false alarms that
            `auc` hardly shows; chance is the tampered share of the pixels, and so 1 if the whole
            image is tampered.

        All are NaN for an authentic image, whose mask is empty: there is nothing to find, and a
        single pixel above the threshold would decide between 0 and 1.

    Raises
    ------
    ValueError
        If the lengths differ, a mask and a map differ in shape, a map contains NaN or infinity,
        or a file cannot be read; the message names the image.

    Notes
    -----
    As MVSS-Net, TruFor and IMDL-BenCo do, scores are computed image by image, for a fixed
    threshold of 0.5, on tampered images, and then averaged: ``np.nanmean(scores.f1)``. Two
    variants are left to the caller. Permuted scores, which forgive an inverted map, are the
    greater of the scores of ``m`` and ``1 - m`` (TruFor; ``mode="double"`` of IMDL-BenCo; for MCC
    its magnitude). And TruFor leaves out the pixels next to the border of the tampered region.

    References
    ----------
    Chen et al., "Image manipulation detection by multi-view multi-scale supervision", ICCV 2021;
    Guillaro et al., "TruFor: leveraging all-round clues for trustworthy image forgery detection
    and localization", CVPR 2023; Ma et al., "IMDL-BenCo: a comprehensive benchmark and codebase
    for image manipulation detection and localization", NeurIPS 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import localization_scores
    >>> mask = np.zeros((4, 4), dtype=bool)
    >>> mask[:2] = True
    >>> half_found = np.zeros((4, 4))
    >>> half_found[0] = 1
    >>> scores = localization_scores([mask, mask], [mask, half_found])
    >>> scores.iou
    array([1. , 0.5])
    """
    check_consistent_length(masks, maps)
    scores = Bunch(**{name: np.full(len(masks), np.nan) for name in SCORES})
    for index, (mask, map_) in enumerate(zip(masks, maps, strict=True)):
        region, values = _check_pair(mask, map_, index)
        if region.any():
            for name, score in _over_all_thresholds(region, values).items():
                scores[name][index] = score
            tampered, found, n_pixels = _confusion(region, values > threshold)
            weights = {"sample_weight": n_pixels}
            scores.f1[index] = f1_score(tampered, found, **weights)
            scores.iou[index] = jaccard_score(tampered, found, **weights)
            scores.mcc[index] = matthews_corrcoef(tampered, found, **weights)
    return scores


def _check_pair(mask: ImageLike | None, map_: ArrayLike, index: int) -> tuple[Bools, Floats]:
    """A mask as booleans and its map as floats, in one row each."""
    map_ = np.asarray(map_)
    if mask is None or is_missing(mask):
        region = np.zeros(map_.shape, bool)
    else:
        region = load_mask(mask, f"masks[{index}]")
    if region.ndim != 2 or region.shape != map_.shape:
        raise ValueError(
            f"masks[{index}] has shape {region.shape} and maps[{index}] has shape {map_.shape}; "
            f"both must be (n_rows, n_cols) and equal"
        )
    if not np.isfinite(map_).all():
        raise ValueError(f"maps[{index}] contains NaN or infinity")
    return region.ravel(), map_.ravel()


def _confusion(mask: Bools, found: Bools) -> tuple[Ints, Ints, Ints]:
    """The four kinds of pixels (tampered or not, found or not), and the number of each.

    scikit-learn's scores of these four, weighted, are those of all pixels in a tenth of the time.
    """
    n_pixels = np.bincount(2 * mask + found, minlength=4)
    return np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), n_pixels


def _over_all_thresholds(mask: Bools, map_: Floats) -> dict[str, float]:
    """Greatest F1, area under the ROC curve and average precision, from one sorting of pixels."""
    with warnings.catch_warnings():  # no false positives, where the whole image is tampered
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        fpr, tpr, _ = roc_curve(mask, map_, drop_intermediate=False)
    n_tampered = np.count_nonzero(mask)
    hits, false_alarms = tpr * n_tampered, np.nan_to_num(fpr * (mask.size - n_tampered))
    precision = hits[1:] / (hits + false_alarms)[1:]  # nothing is found at the first threshold
    return {
        "best_f1": (2 * hits / (n_tampered + hits + false_alarms)).max(),
        "auc": np.nan if n_tampered == mask.size else auc(fpr, tpr),
        "average_precision": np.diff(tpr) @ precision,
    }
