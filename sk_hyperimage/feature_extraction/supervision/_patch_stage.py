"""Fitting a predictor on the patches of images: what the encoder and the pooling rules share."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import has_fit_parameter

from sk_hyperimage.images import ArraySamples, Samples
from sk_hyperimage.images._patch_grids import PatchGrids, PatchSequence
from sk_hyperimage.utils._validation import check_weights


def patches_of(grids: Samples) -> Samples:
    """The patches of all grids in one row, image after image."""
    if isinstance(grids, PatchGrids):
        return PatchSequence(grids)
    patches = np.asarray(grids).reshape(-1, *grids.shape[3:])
    return ArraySamples(patches, patches_inherit(np.arange(len(grids)), grids))


def fit_on_patches(
    estimator: Any,
    grids: Samples,
    y: np.ndarray,
    *,
    sample_weight: Any = None,
    groups: Any = None,
    validation_mask: Any = None,
    patch_targets: Any = None,
) -> Any:
    """Fit a clone of `estimator` on patches that inherit what belongs to their image.

    Parameters
    ----------
    estimator : predictor
        Its `fit` takes `sample_weight` and may take `groups` and `validation_mask`; a frozen one
        is only checked to be fitted.
    grids : Samples of shape (n_images, U, V, patch rows, patch columns, n_channels)
    y : ndarray of shape (n_images,)
        Inherited by all patches of an image.
    sample_weight, groups, validation_mask : array-like of shape (n_images,), default=None
        Inherited likewise. Without groups every image is its own, so that patches of one image
        never stand on both sides of a validation split.
    patch_targets : array-like of shape (n_images, U, V), default=None
        Targets of the patches, in place of the inherited ones; NaN leaves a patch out.

    Returns
    -------
    estimator_ : predictor
    """
    patches = patches_of(grids)
    weight = patches_inherit(check_weights(sample_weight, grids), grids)
    if patch_targets is None:
        target = patches_inherit(y, grids)
    else:
        target, kept = _check_patch_targets(patch_targets, grids)
        weight = weight * kept
    groups = np.arange(len(grids)) if groups is None else np.asarray(groups)
    check_consistent_length(grids, groups)
    inherited = {"sample_weight": weight, "groups": patches_inherit(groups, grids)}
    if validation_mask is not None:
        check_consistent_length(grids, validation_mask)
        inherited["validation_mask"] = patches_inherit(np.asarray(validation_mask), grids)
    fitted = clone(estimator)
    if isinstance(fitted, FrozenEstimator):
        return fitted.fit(patches, target)
    accepted = {name: v for name, v in inherited.items() if has_fit_parameter(fitted, name)}
    if "sample_weight" not in accepted and (weight != 1).any():
        raise ValueError(
            f"weights and NaN in patch_targets need an estimator whose fit takes sample_weight, "
            f"which {type(estimator).__name__} does not"
        )
    return fitted.fit(patches, target, **accepted)


def patches_inherit(values: np.ndarray, grids: Samples) -> np.ndarray:
    """One value per image repeated for each of its patches."""
    return np.repeat(values, grids.shape[1] * grids.shape[2])


def _check_patch_targets(patch_targets: Any, grids: Samples) -> tuple[np.ndarray, np.ndarray]:
    """Targets of all patches in one row, and which of them are kept."""
    targets = np.asarray(patch_targets)
    expected = grids.shape[:3]
    if targets.shape != expected:
        raise ValueError(
            f"patch_targets has shape {targets.shape}; the patch grids need (n_images, U, V) = "
            f"{expected}"
        )
    targets = targets.ravel()
    if targets.dtype.kind != "f":
        return targets, np.ones(len(targets), dtype=bool)
    kept = ~np.isnan(targets)
    if not kept.any():
        raise ValueError("patch_targets is NaN everywhere: it leaves no patch to train on")
    return np.where(kept, targets, targets[kept][0]), kept
