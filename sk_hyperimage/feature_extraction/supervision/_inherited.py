"""Every patch of the grid has its image's target, or one of its own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sk_hyperimage._typing import Bools, Floats, Ints
from sk_hyperimage.feature_extraction.supervision._base import Supervision, TrainingPatches
from sk_hyperimage.images import ArraySamples, PatchGrids, PatchSequence, Samples


class InheritedTargets(Supervision):
    """Train on all patches of the grid, which inherit the target of their image.

    `fit` of the model takes ``patch_targets``, array-like of shape (n_images, U, V): targets of
    single patches in place of the inherited ones; NaN leaves a patch out. For a patch estimator
    that learns maps, such as :class:`~sk_hyperimage.neural_network.ErrorMapRegressor`, further
    axes hold the map of each patch. It also takes ``patch_weights`` of shape (n_images, U, V), not
    negative: what a patch counts for beside the others.

    See Also
    --------
    select_patches, patch_scores : Make patch targets.
    AlongContours : Trains on patches along the contours of forgeries.

    References
    ----------
    The hyper-image paper, "Training the First Stage".

    Examples
    --------
    >>> from sk_hyperimage.feature_extraction import InheritedTargets
    >>> InheritedTargets().metadata
    ('patch_targets', 'patch_weights')
    """

    metadata = ("patch_targets", "patch_weights")

    def training_patches(  # type: ignore[override]
        self,
        grids: Samples,
        y: np.ndarray,
        random_state: np.random.RandomState,
        patch_targets: Any = None,
        patch_weights: Any = None,
    ) -> TrainingPatches:
        """All patches, with their targets; parameters as in `Supervision.training_patches`."""
        patches, owners = patches_of(grids), owners_of(grids)
        target: np.ndarray = y[owners]
        kept: Bools | Floats | None = None
        if patch_targets is not None:
            target, kept = _check_patch_targets(patch_targets, grids.shape[:3])
        if patch_weights is not None:
            weights = _check_patch_weights(patch_weights, grids.shape[:3])
            kept = weights if kept is None else weights * kept
        return TrainingPatches(patches, target, owners, np.arange(len(grids)), kept)


def patches_of(grids: Samples) -> Samples:
    """The patches of all grids in one row, image after image."""
    if isinstance(grids, PatchGrids):
        return PatchSequence(grids)
    return ArraySamples(np.asarray(grids).reshape(-1, *grids.shape[3:]), owners_of(grids))


def owners_of(grids: Samples) -> Ints:
    """The image of each of these patches."""
    return np.repeat(np.arange(len(grids)), np.prod(grids.shape[1:3]))


def _check_patch_targets(
    patch_targets: Any, expected: tuple[int, ...]
) -> tuple[np.ndarray, Bools | None]:
    """Targets of all patches in one row, and a mask of those that are not NaN."""
    targets = _in_one_row(patch_targets, "patch_targets", expected, further_axes=True)
    if targets.dtype.kind != "f":
        return targets, None
    kept = ~np.isnan(targets.reshape(len(targets), -1)).any(axis=1)
    if not kept.any():
        raise ValueError("patch_targets is NaN everywhere: it leaves no patch to train on")
    return np.where(kept.reshape(-1, *[1] * (targets.ndim - 1)), targets, targets[kept][0]), kept


def _check_patch_weights(patch_weights: Any, expected: tuple[int, ...]) -> Floats:
    """Weights of all patches in one row."""
    weights = _in_one_row(patch_weights, "patch_weights", expected).astype(np.float64)
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise ValueError("patch_weights must be finite and not negative, and not all of them zero")
    return weights


def _in_one_row(
    values: Any, name: str, expected: tuple[int, ...], *, further_axes: bool = False
) -> np.ndarray:
    """What every patch has, patch after patch."""
    array = np.asarray(values)
    if (array.shape[: len(expected)] if further_axes else array.shape) != expected:
        raise ValueError(
            f"{name} has shape {array.shape}; the patch grids need (n_images, U, V) = {expected}"
        )
    return array.reshape(math.prod(expected), *array.shape[len(expected) :])
