"""Patches of the grid told apart by whether they lie inside or outside the masks of images."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length

from sk_hyperimage._typing import Bools, Floats
from sk_hyperimage.feature_extraction.supervision._base import Supervision, TrainingPatches
from sk_hyperimage.feature_extraction.supervision._inherited import (
    InheritedTargets,
    owners_of,
    patches_of,
)
from sk_hyperimage.images import ArraySamples, PatchGrids, Samples
from sk_hyperimage.images._collection import is_missing
from sk_hyperimage.images._reading import load_mask
from sk_hyperimage.neural_network._ranker import check_two_classes
from sk_hyperimage.utils._sklearn import Interval
from sk_hyperimage.utils._validation import check_labels


class InsideMasks(Supervision):
    """Train on patches inside and outside the masks of images.

    There are two labels, of which the greater one, 1 or True, is that of damaged or tampered
    images. It is also the label of the patches that their masks cover, so that the first stage
    learns *where*; all other patches have the smaller one. Neither an intact image nor a
    counterpart of a damaged one is needed. The model's `fit` also takes:

    masks : array-like of shape (n_images, n_rows, n_cols), or sequence of masks, paths or None
        Nonzero where an image is damaged. Masks of intact images are not used. Where the mask of
        a damaged image is None or zero everywhere, the image is left out.

    Without masks, all patches of the grid inherit the label of their image.

    Parameters
    ----------
    inside : float, default=0.5
        Share of a patch, in (0, 1], that is masked if it is a patch inside.
    outside : float, default=0.1
        Largest share of a patch outside, in [0, `inside`). Patches between are left out.
    center : float, default=1.0
        Share of a patch's sides, in (0, 1], within which masks are looked at: 1 for the whole
        patch, 0.25 for its middle. Less draws finer maps, and finds damage that is smaller than a
        patch; but what touches the border of an image is in the middle of no patch.
    max_per_image : int, default=None
        Patches inside an image to train on, at most, and as many outside, drawn at random; None
        for all of them. With few, a network that is trained by sample takes a fraction of the
        time where grids are fine.

    See Also
    --------
    AlongContours : Trains on the contours of regions only, and needs authentic counterparts.

    Notes
    -----
    The patches inside one image weigh as much as those inside any other, and as those outside any,
    together: a scratch counts like a stain, and neither is lost among intact surroundings. The
    `fit` of the first stage must therefore take `sample_weight`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import HyperImageEncoder, InsideMasks, PatchExtractor
    >>> from sk_hyperimage.neural_network import CNNClassifier
    >>> images = np.random.default_rng(0).random((12, 24, 24), dtype=np.float32)
    >>> masks = np.zeros((12, 24, 24), dtype=bool)
    >>> masks[6:, 8:16, 8:16] = True
    >>> images[masks] = 0.5
    >>> grids = PatchExtractor(8).fit_transform(images)
    >>> network = CNNClassifier("C(4) MP(4) FC(6) FC(1,sigmoid)", max_epochs=2)
    >>> encoder = HyperImageEncoder(network, supervision=InsideMasks(), random_state=0)
    >>> encoder.fit(grids, np.arange(12) >= 6, masks=masks).transform(grids).shape
    (12, 5, 5, 6)
    """

    metadata = ("masks",)

    _parameter_constraints: dict = {
        "inside": [Interval(Real, 0, 1, closed="right")],
        "outside": [Interval(Real, 0, 1, closed="left")],
        "center": [Interval(Real, 0, 1, closed="right")],
        "max_per_image": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        inside: float = 0.5,
        outside: float = 0.1,
        *,
        center: float = 1.0,
        max_per_image: int | None = None,
    ):
        self.inside = inside
        self.outside = outside
        self.center = center
        self.max_per_image = max_per_image

    def training_patches(  # type: ignore[override]
        self,
        grids: Samples,
        y: np.ndarray,
        random_state: np.random.RandomState,
        masks: Any = None,
    ) -> TrainingPatches:
        """All patches, some left out; parameters as in `Supervision.training_patches`.

        Raises
        ------
        ValueError
            If `outside` is not below `inside`, there are not two labels, no patch lies inside or
            none outside, or a mask has another size than its image; the message names it.
        """
        if masks is None:
            return InheritedTargets().training_patches(grids, y, random_state)
        if not self.outside < self.inside:
            raise ValueError(f"outside={self.outside} is not below inside={self.inside}")
        classes, codes = check_labels(y, grids, self)
        check_two_classes(classes)
        if not isinstance(grids, PatchGrids):
            raise ValueError("patches inside masks need the patch grids of a PatchExtractor")
        check_consistent_length(grids, masks)
        shares = np.full(grids.shape[:3], np.nan)  # neither inside nor outside
        for index, mask in enumerate(list(masks)):  # a pandas Series would look for labels
            if codes[index] == 0:
                shares[index] = 0
            elif not is_missing(mask):
                mask = load_mask(mask, f"masks[{index}]")
                shares[index] = _masked_shares(grids, index, mask, self.center)
        is_inside, is_outside = shares >= self.inside, shares <= self.outside
        if not (is_inside.any() and is_outside.any()):
            raise ValueError(
                f"masks leave no patch {'outside' if is_inside.any() else 'inside'}: those "
                f"inside are masked to a share of {self.inside} or more, those outside to "
                f"{self.outside} or less"
            )
        weights = _per_image(self._drawn(is_inside, random_state))
        weights += _per_image(self._drawn(is_outside, random_state))
        return TrainingPatches(
            patches_of(grids),
            classes[is_inside.ravel().astype(int)],
            owners_of(grids),
            np.arange(len(grids)),
            weights.ravel(),
        )

    def _drawn(self, candidates: Bools, random_state: np.random.RandomState) -> Bools:
        """At most `max_per_image` of the patches of every image, (n_images, U, V)."""
        if self.max_per_image is None:
            return candidates
        lots = np.where(candidates, random_state.uniform(size=candidates.shape), np.inf)
        ranks = lots.reshape(len(lots), -1).argsort(axis=1).argsort(axis=1)
        return candidates & (ranks.reshape(lots.shape) < self.max_per_image)


def _per_image(chosen: Bools) -> Floats:
    """Weights of chosen patches, (n_images, U, V), which add up to one in every image."""
    n_chosen = chosen.sum(axis=(1, 2), keepdims=True)
    return chosen / np.maximum(n_chosen, 1)


def _masked_shares(grids: PatchGrids, index: int, mask: Bools, center: float) -> Floats:
    """Masked share of the middle of every patch, (U, V); NaN if the mask is empty."""
    if mask.shape != grids.rows_and_cols(index):
        raise ValueError(
            f"masks[{index}] is {mask.shape[0]} x {mask.shape[1]}, but {grids.name(index)} is "
            f"{' x '.join(map(str, grids.rows_and_cols(index)))}"
        )
    if not mask.any():
        return np.full(grids.shape[1:3], np.nan)
    as_image = ArraySamples(mask[np.newaxis, ..., np.newaxis].astype(np.float32))
    patches = PatchGrids(as_image, grids.grid).item(0)
    margins = (int(side * (1 - center) / 2) for side in patches.shape[2:4])  # below the half
    rows, cols = (slice(margin, -margin or None) for margin in margins)
    return patches[:, :, rows, cols].mean(axis=(2, 3, 4))
