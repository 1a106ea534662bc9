"""Pairs of patches along the contours of forgeries, cut from both images of a pair."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length

from sk_hyperimage._typing import Bools, Floats, Ints
from sk_hyperimage.feature_extraction.supervision._base import Supervision, TrainingPatches
from sk_hyperimage.feature_extraction.supervision._contours import MAX_POINTS, contour_points
from sk_hyperimage.feature_extraction.supervision._inherited import InheritedTargets
from sk_hyperimage.images import ArraySamples, PatchGrids, Samples, Windows
from sk_hyperimage.images._collection import is_missing
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.images._reading import load_mask
from sk_hyperimage.neural_network._pairs import matched_pairs, pair_codes
from sk_hyperimage.neural_network._ranker import check_two_classes
from sk_hyperimage.utils._sklearn import Interval
from sk_hyperimage.utils._validation import check_labels


class AlongContours(Supervision):
    """Train on pairs of patches along the contours of tampered regions.

    Patches centered on the contour of the mask are cut from every tampered image, and at the same
    places from its authentic counterpart: a pair each. There are two labels, of which the greater
    one, 1 or True, is that of tampered images. The model's `fit` also takes:

    masks : array-like of shape (n_images, n_rows, n_cols), or sequence of masks, paths or None
        Nonzero where an image is tampered. Only masks of tampered images are used; one that is
        None or zero everywhere leaves its image out.
    pairs : array-like of shape (n_images,)
        The same id for an authentic image and the tampered images made from it, which have its
        size. Images without a counterpart are not used in training. Groups default to pairs.

    Without both, all patches of the grid inherit the target of their image.

    Parameters
    ----------
    n_points : int, default=15
        Patches along the contours of each tampered image.

    See Also
    --------
    contour_points : Points along a contour.
    sk_hyperimage.neural_network.PatchRanker : Compares the patches of a pair.

    Notes
    -----
    Training patches are held in memory: 1.5 MB per pair of images with patches of 64 x 64 x 3.

    References
    ----------
    The hyper-image paper, "Image forgery classification", "Data generation" and Experiment 2.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import (
    ...     AlongContours, HyperImageEncoder, PatchExtractor
    ... )
    >>> from sk_hyperimage.neural_network import PatchRanker
    >>> images = np.random.default_rng(0).random((12, 24, 24), dtype=np.float32)
    >>> masks = np.zeros((12, 24, 24), dtype=bool)
    >>> masks[6:, 8:16, 8:16] = True
    >>> images[6:] = np.where(masks[6:], 0.5, images[:6])
    >>> grids = PatchExtractor(8, grid_shape=(5, 5)).fit_transform(images)
    >>> ranker = PatchRanker("C(4) MP(4) FC(6)", max_epochs=2)
    >>> encoder = HyperImageEncoder(ranker, supervision=AlongContours(), random_state=0)
    >>> pairs = np.tile(np.arange(6), 2)
    >>> encoder.fit(grids, np.arange(12) >= 6, masks=masks, pairs=pairs).transform(grids).shape
    (12, 5, 5, 6)
    """

    metadata = ("masks", "pairs")

    _parameter_constraints: dict = {"n_points": [Interval(Integral, 1, MAX_POINTS, closed="both")]}

    def __init__(self, n_points: int = 15):
        self.n_points = n_points

    def training_patches(  # type: ignore[override]
        self,
        grids: Samples,
        y: np.ndarray,
        random_state: np.random.RandomState,
        masks: Any = None,
        pairs: Any = None,
    ) -> TrainingPatches:
        """Pairs of patches; parameters as in `Supervision.training_patches`.

        Raises
        ------
        ValueError
            If only one of `masks` and `pairs` is given, there is no pair to train on, or a pair
            or a mask differs in size; the message names the image.
        """
        if (masks is None) != (pairs is None):
            raise ValueError(
                "masks and pairs go together: contours come from masks, and the counterpart of a "
                "patch from pairs; give both or neither"
            )
        if masks is None:
            return InheritedTargets().training_patches(grids, y, random_state)
        classes, codes = check_labels(y, grids, self)
        check_two_classes(classes)
        if not isinstance(grids, PatchGrids):
            raise ValueError("patches along contours need the patch grids of a PatchExtractor")
        check_consistent_length(grids, masks, pairs)
        groups = pair_codes(pairs)
        patches, table = self._cut(
            grids,
            matched_pairs(codes == 1, groups),
            list(masks),  # a pandas Series would look for labels
            random_state,
        )
        of_pair, of_side, of_point = np.indices(patches.shape[:3]).reshape(3, -1)
        return TrainingPatches(
            ArraySamples(patches.reshape(-1, *patches.shape[3:])),
            classes[(of_side == 1).astype(int)],
            table[of_pair, of_side],
            groups,
            metadata={"pairs": of_pair * self.n_points + of_point},
        )

    def _cut(
        self,
        grids: PatchGrids,
        table: Ints,
        masks: Sequence[Any],
        random_state: np.random.RandomState,
    ) -> tuple[Floats, Ints]:
        """Patches of shape (n_pairs, 2, n_points, ...) and the pairs of images with a mask."""
        images, (size, n_cols) = grids.images, grids.grid.patch_shape
        if n_cols != size:
            raise ValueError(
                f"patches along contours are square, but extractor cuts {size} x {n_cols}"
            )
        patches: Floats | None = None
        used: list[Ints] = []
        for pair in table:
            name = f"masks[{pair[1]}]"
            mask = None if is_missing(masks[pair[1]]) else load_mask(masks[pair[1]], name)
            if mask is None or not mask.any():
                continue
            both = [images.item(int(index)) for index in pair]
            _check_one_size(images, pair, both, mask)
            with errors_named(name):
                centers = contour_points(
                    mask, self.n_points, patch_size=size, random_state=random_state
                )
            # One pixel, at most, by which a patch of odd size would leave the image.
            rows, cols = np.minimum(centers - size // 2, np.array(mask.shape) - size).T
            windows = Windows(rows, cols, (size, size))
            if patches is None:
                patch_shape = (size, size, images.n_channels)
                patches = np.empty((len(table), 2, self.n_points, *patch_shape), images.dtype)
            patches[len(used)] = [windows.cut(image) for image in both]
            used.append(pair)
        if patches is None:
            raise ValueError(
                "pairs and masks leave nothing to train on: X has no tampered image with a "
                "mask whose authentic counterpart, an image of the same pair id, is in X"
            )
        return patches[: len(used)], np.array(used)


def _check_one_size(images: Samples, pair: Ints, both: list[Floats], mask: Bools) -> None:
    """Raise ValueError unless both images of a pair and the mask are of one size."""
    sizes = {images.name(k): image.shape[:2] for k, image in zip(pair, both, strict=True)}
    sizes[f"masks[{pair[1]}]"] = mask.shape
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} is {rows} x {cols}" for name, (rows, cols) in sizes.items())
        raise ValueError(
            f"an authentic image, its tampered version and the mask must be of one size: {listed}"
        )
