"""Every patch of the grid has its image's target, or one of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from sk_hyperimage._typing import Bools, Ints
from sk_hyperimage.feature_extraction.supervision._base import Supervision, TrainingPatches
from sk_hyperimage.images import ArraySamples, PatchGrids, PatchSequence, Samples


class InheritedTargets(Supervision):
    """Train on all patches of the grid, which inherit the target of their image.

    `fit` of the model takes ``patch_targets``, array-like of shape (n_images, U, V): targets of
    single patches in place of the inherited ones; NaN leaves a patch out.

    See Also
    --------
    select_patches : Makes patch targets.
    AlongContours : Trains on patches along the contours of forgeries.

    References
    ----------
    The hyper-image paper, "Training the First Stage".

    Examples
    --------
    >>> from sk_hyperimage.feature_extraction import InheritedTargets
    >>> InheritedTargets().metadata
    ('patch_targets',)
    """

    metadata = ("patch_targets",)

    def training_patches(  # type: ignore[override]
        self,
        grids: Samples,
        y: np.ndarray,
        random_state: np.random.RandomState,
        patch_targets: Any = None,
    ) -> TrainingPatches:
        """All patches, with their targets; parameters as in `Supervision.training_patches`."""
        patches, owners = patches_of(grids), owners_of(grids)
        target, kept = y[owners], None
        if patch_targets is not None:
            target, kept = _check_patch_targets(patch_targets, grids.shape[:3])
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
    targets = np.asarray(patch_targets)
    if targets.shape != expected:
        raise ValueError(
            f"patch_targets has shape {targets.shape}; the patch grids need (n_images, U, V) = "
            f"{expected}"
        )
    targets = targets.ravel()
    if targets.dtype.kind != "f":
        return targets, None
    kept = ~np.isnan(targets)
    if not kept.any():
        raise ValueError("patch_targets is NaN everywhere: it leaves no patch to train on")
    return np.where(kept, targets, targets[kept][0]), kept
