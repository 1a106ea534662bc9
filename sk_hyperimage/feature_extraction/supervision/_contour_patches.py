"""Pairs of patches along the contours of tampered regions, cut from both images of a pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sk_hyperimage.feature_extraction.supervision._contours import contour_points
from sk_hyperimage.images import Samples, Windows, read_image
from sk_hyperimage.images._reading import is_path
from sk_hyperimage.neural_network._pairs import matched_pairs


class ContourPatches(NamedTuple):
    """Patches of pairs of images, and what belongs to each.

    Attributes
    ----------
    patches : ndarray of shape (n_patches, patch_size, patch_size, n_channels)
    tampered : ndarray of bool of shape (n_patches,)
    pairs : ndarray of int of shape (n_patches,)
        Equal for the two patches at one point.
    owners : ndarray of int of shape (n_patches,)
        The image that a patch was cut from.
    """

    patches: np.ndarray
    tampered: np.ndarray
    pairs: np.ndarray
    owners: np.ndarray


def cut_contour_patches(
    images: Samples,
    tampered: np.ndarray,
    masks: Sequence[Any],
    pairs: np.ndarray,
    *,
    n_points: int,
    patch_size: int,
    random_state: np.random.RandomState,
) -> ContourPatches:
    """Cut patches centred on the contour of every tampered image, and where they lie in both.

    Parameters
    ----------
    images : Samples of images
    tampered : ndarray of bool of shape (n_images,)
    masks : sequence of n_images arrays, paths or None
        Only those of tampered images that have their counterpart here are looked at.
    pairs : ndarray of int of shape (n_images,)
        Equal for counterparts.
    n_points : int
        Patches of each image of a pair.
    patch_size : int
    random_state : RandomState

    Raises
    ------
    ValueError
        If the images of a pair, or an image and its mask, differ in size, or if there is no pair
        with a mask.
    """
    table = matched_pairs(tampered, pairs)
    patches: np.ndarray | None = None
    used: list[np.ndarray] = []
    for pair in table:
        name = f"masks[{pair[1]}]"
        mask = _read_mask(masks[pair[1]], name)
        if mask is None:
            continue
        both = [images.item(int(index)) for index in pair]
        _check_one_size(images, pair, both, mask)
        try:
            centres = contour_points(
                mask, n_points, patch_size=patch_size, random_state=random_state
            )
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        cut = np.stack([_cut(image, centres, patch_size) for image in both])
        if patches is None:
            patches = np.empty((len(table), *cut.shape), dtype=images.dtype)
        patches[len(used)] = cut
        used.append(pair)
    if patches is None:
        raise ValueError(
            "pairs and masks leave nothing to train on: there is no tampered image with a mask "
            "whose authentic counterpart, an image of the same pair id, is among those of X"
        )
    patches = patches[: len(used)]
    of_pair, of_side, of_point = np.indices(patches.shape[:3]).reshape(3, -1)
    return ContourPatches(
        patches.reshape(-1, *patches.shape[3:]),
        of_side == 1,
        of_pair * n_points + of_point,
        np.array(used)[of_pair, of_side],
    )


def _cut(image: np.ndarray, centres: np.ndarray, patch_size: int) -> np.ndarray:
    """Square patches around points, (n_points, patch_size, patch_size, n_channels)."""
    # One pixel, at most, by which a patch of odd size would leave the image.
    last = np.array(image.shape[:2]) - patch_size
    rows, cols = np.minimum(centres - patch_size // 2, last).T
    return Windows(rows, cols, (patch_size, patch_size)).cut(image)


def _read_mask(mask: Any, name: str) -> np.ndarray | None:
    """Where a mask is not zero, (n_rows, n_cols), or None for None and where it is all zero."""
    if mask is None:
        return None
    region = np.asarray(read_image(mask) if is_path(mask) else mask) != 0
    if region.ndim == 3:  # of a colour picture of a mask, without its opacity
        region = region[..., : 3 if region.shape[2] > 2 else 1].any(axis=2)
    if region.ndim != 2:
        raise ValueError(f"{name} has shape {region.shape}; a mask is (n_rows, n_cols)")
    return region if region.any() else None


def _check_one_size(
    images: Samples, pair: np.ndarray, both: list[np.ndarray], mask: np.ndarray
) -> None:
    """Raise ValueError unless both images of a pair and the mask are of one size."""
    sizes = {images.name(k): image.shape[:2] for k, image in zip(pair, both, strict=True)}
    sizes[f"masks[{pair[1]}]"] = mask.shape
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} is {rows} x {cols}" for name, (rows, cols) in sizes.items())
        raise ValueError(
            f"an authentic image, its tampered version and the mask must be of one size: {listed}"
        )
