"""Samples held out by group, on which every split that keeps references apart rests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length, column_or_1d

from sk_hyperimage._typing import Bools


def draw_groups(
    groups: np.ndarray, sizes: Sequence[float], random_state: np.random.RandomState
) -> list[Bools]:
    """Draw disjoint parts of the samples that share no group with each other or the rest.

    Parameters
    ----------
    groups : ndarray of shape (n_samples,)
        Group of each sample. Groups are sorted before they are drawn, so the parts depend on
        which groups there are and not on the order of the samples.
    sizes : sequence of float or int
        Size of each part: a float is a share of the groups (rounded, at least one group), an int
        a number of groups.
    random_state : RandomState

    Returns
    -------
    masks : list of ndarray of bool of shape (n_samples,)
        Samples of each part.

    Raises
    ------
    ValueError
        If the parts would leave no group for the rest.
    """
    names, codes = np.unique(groups, return_inverse=True)
    counts = [
        size if isinstance(size, (int, np.integer)) else max(1, round(size * len(names)))
        for size in sizes
    ]
    if sum(counts) >= len(names):
        raise ValueError(
            f"groups holds {len(names)} different group(s), too few to hold back {counts} and "
            f"keep at least one to train on; give more groups, or none, or smaller sizes"
        )
    order = random_state.permutation(len(names))
    bounds = np.cumsum([0, *counts])
    return [
        np.isin(codes, order[start:stop])
        for start, stop in zip(bounds[:-1], bounds[1:], strict=True)
    ]


def validation_rows(
    n_samples: int,
    groups: ArrayLike | None,
    validation_mask: ArrayLike | None,
    fraction: float,
    random_state: np.random.RandomState,
) -> Bools:
    """Choose validation samples that share no group with the others.

    Parameters
    ----------
    n_samples : int
    groups : array-like of shape (n_samples,) or None
        None: every sample is its own group.
    validation_mask : array-like of bool of shape (n_samples,) or None
        The choice, where the user has made it.
    fraction : float
        Share of the groups to hold back.
    random_state : RandomState

    Returns
    -------
    mask : ndarray of bool of shape (n_samples,)

    Raises
    ------
    ValueError
        If there are fewer than two groups, or `validation_mask` is not a mask that leaves
        samples on both sides.
    """
    if validation_mask is not None:
        return _check_mask(validation_mask, n_samples)
    if n_samples == 1:
        raise ValueError(
            "early_stopping=True needs samples to validate on, but X has n_samples = 1 (1 sample)"
        )
    names = np.arange(n_samples) if groups is None else column_or_1d(groups, warn=False)
    check_consistent_length(np.empty(n_samples), names)
    return draw_groups(names, [fraction], random_state)[0]


def _check_mask(validation_mask: ArrayLike, n_samples: int) -> Bools:
    mask = column_or_1d(validation_mask)
    if mask.dtype != bool or len(mask) != n_samples:
        raise ValueError(
            f"validation_mask must be {n_samples} booleans, one for each sample of X; got "
            f"{len(mask)} values of type {mask.dtype}"
        )
    if mask.all() or not mask.any():
        raise ValueError("validation_mask must leave samples to train on and to validate on")
    return mask
