"""Pairs of an authentic and a tampered sample: which are compared, and in which order."""

from __future__ import annotations

from typing import Any

import numpy as np

from sk_hyperimage.images import ArraySamples, Samples


def pair_codes(pairs: Any) -> np.ndarray:
    """Integers that are equal where pair ids are; None and NaN equal nothing."""
    if getattr(pairs, "ndim", 1) != 1:
        raise ValueError(f"pairs must be a sequence of ids, got {pairs.ndim} dimensions")
    known: dict[Any, int] = {}
    return np.array(
        [
            known.setdefault(("none", index) if value is None or value != value else value, index)
            for index, value in enumerate(pairs)
        ]
    )


def matched_pairs(tampered: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Each tampered sample with its authentic counterpart, where there is one.

    Parameters
    ----------
    tampered : ndarray of bool of shape (n_samples,)
    pairs : ndarray of int of shape (n_samples,)
        Equal for counterparts. One authentic sample may serve several tampered ones.

    Returns
    -------
    table : ndarray of int of shape (n_pairs, 2)
        Which sample is the authentic one, and which the tampered.

    Raises
    ------
    ValueError
        If authentic samples share a pair id.
    """
    authentic = np.flatnonzero(~tampered)
    ids, first, counts = np.unique(pairs[authentic], return_index=True, return_counts=True)
    if (counts > 1).any():
        several = np.flatnonzero(~tampered & (pairs == ids[counts.argmax()]))
        raise ValueError(
            f"pairs is the same for the authentic samples {several[0]} and {several[1]}; one "
            f"authentic sample and its tampered versions share an id"
        )
    rows = np.flatnonzero(tampered & np.isin(pairs, ids))
    return np.column_stack([authentic[first[np.searchsorted(ids, pairs[rows])]], rows])


def random_pairs(tampered: np.ndarray, random_state: np.random.RandomState) -> np.ndarray:
    """Pairs drawn at random, (n_pairs, 2): each sample of the more frequent kind once."""
    sides = [random_state.permutation(np.flatnonzero(tampered == side)) for side in (False, True)]
    if not all(map(len, sides)):
        return np.empty((0, 2), dtype=int)
    return np.column_stack([np.resize(side, max(map(len, sides))) for side in sides])


class PatchPairs(Samples):
    """Pairs of patches, each in two orders: authentic first at even rows, tampered first at odd.

    Parameters
    ----------
    patches : Samples of shape (n_patches, n_rows, n_cols, n_channels)
    table : ndarray of int of shape (n_pairs, 2)
        Which patch is the authentic one, and which the tampered.
    redrawn : bool, default=False
        Whether every epoch of training pairs its patches anew.
    """

    def __init__(self, patches: Samples, table: np.ndarray, *, redrawn: bool = False):
        self.patches = patches
        self.table = table
        self.redrawn = redrawn
        self.dtype = patches.dtype
        self.in_memory = patches.in_memory
        self.sample_shape: tuple[int, ...] = (2, *patches.sample_shape)  # type: ignore[misc]

    def __len__(self) -> int:
        return 2 * len(self.table)

    def subset(self, indices: np.ndarray) -> ArraySamples:
        """The pairs at `indices`, cut."""
        return ArraySamples(self.take(indices))

    def content(self) -> tuple[Any, ...]:
        """The patches and which are compared."""
        return self.patches, self.table

    def take(self, indices: np.ndarray) -> np.ndarray:
        """Pairs as one array of shape (n_indices, 2, n_rows, n_cols, n_channels)."""
        pairs, swapped = np.divmod(indices, 2)
        first = self.table[pairs, swapped]
        second = self.table[pairs, 1 - swapped]
        patches = self.patches.take(np.column_stack([first, second]).ravel())
        return patches.reshape(len(indices), *self.sample_shape)

    def epoch_order(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Random order; where pairs are drawn at random, after they are drawn again."""
        if self.redrawn:
            drawn = np.unique(rows // 2)
            self.table[drawn, 1] = rng.permutation(self.table[drawn, 1])
        return rng.permutation(rows)
