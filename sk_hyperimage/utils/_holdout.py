"""Samples held out by group, on which every split that keeps references apart rests."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length, column_or_1d

from sk_hyperimage._typing import Bools, Ints
from sk_hyperimage.utils._validation import check_groups


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
    *,
    labels: np.ndarray | None = None,
    weight: np.ndarray | None = None,
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
    labels : ndarray of shape (n_samples,), default=None
        Classes, which all stay in training, and are validated on where groups allow it.
    weight : ndarray of shape (n_samples,), default=None
        Samples of weight zero take no part: they are never held back. None: all take part.

    Returns
    -------
    mask : ndarray of bool of shape (n_samples,)

    Raises
    ------
    ValueError
        If there are fewer than two groups, if each holds the only samples of a class, or if
        `validation_mask` is not a mask that leaves samples on both sides.

    Warns
    -----
    UserWarning
        If a class is not validated on, or, because of `validation_mask`, not trained on.
    """
    taking_part = np.ones(n_samples, dtype=bool) if weight is None else weight > 0
    if validation_mask is not None:
        mask = _check_mask(validation_mask, n_samples)
        if labels is not None:
            absent = np.setdiff1d(labels[taking_part], labels[taking_part & ~mask])
            _warn_of(absent, "not trained on: validation_mask holds back all its samples")
        return mask
    if n_samples == 1:
        raise ValueError(
            "early_stopping=True needs samples to validate on, but X has n_samples = 1 (1 sample)"
        )
    names = np.arange(n_samples) if groups is None else check_groups(groups)
    check_consistent_length(np.empty(n_samples), names)
    names = names[taking_part]
    held_out = draw_groups(names, [fraction], random_state)[0]
    if labels is not None:
        held_out = _stratified(held_out, names, labels[taking_part], random_state)
    mask = np.zeros(n_samples, dtype=bool)
    mask[taking_part] = held_out
    return mask


def _stratified(
    held_out: Bools, groups: np.ndarray, labels: np.ndarray, random_state: np.random.RandomState
) -> Bools:
    """A draw as it is where both parts hold all classes that they can, else another one."""
    classes, class_of = np.unique(labels, return_inverse=True)
    names, group_of = np.unique(groups, return_inverse=True)
    present = np.zeros((len(names), len(classes)), dtype=bool)
    present[group_of, class_of] = True
    held: Bools = np.zeros(len(names), dtype=bool)
    held[group_of[held_out]] = True
    in_several = present.sum(axis=0) > 1
    if not (present[~held].any(axis=0).all() and (present[held].any(axis=0) | ~in_several).all()):
        held = _drawn_by_class(present, held.sum(), random_state)
    if not held.any():
        raise ValueError(
            f"early_stopping=True needs samples to validate on, but each of the {len(names)} "
            f"groups (samples, without groups) holds the only ones of a class, which would not be "
            f"trained on; give more samples, early_stopping=False, or a validation_mask"
        )
    _warn_of(
        classes[~present[held].any(axis=0)],
        "not validated on: it has one group (one sample, without groups) only, or the "
        "validation_fraction is too small for all classes",
    )
    return held[group_of]


def _drawn_by_class(present: Bools, n_drawn: int, random_state: np.random.RandomState) -> Bools:
    """Draw groups at random, first one of each class, that leave some of it behind.

    Parameters
    ----------
    present : ndarray of bool of shape (n_groups, n_classes)
        Which group holds which class.
    n_drawn : int
        Groups to draw; fewer where more would take the last of a class.
    random_state : RandomState

    Returns
    -------
    held : ndarray of bool of shape (n_groups,)
    """
    held = np.zeros(len(present), dtype=bool)
    order = random_state.permutation(len(present))
    n_left = present.sum(axis=0)
    rare_first = np.argsort(n_left, kind="stable")

    def draw(groups: Ints, n_more: int) -> None:
        for group in groups:
            if n_more == 0:
                return
            if not held[group] and (n_left[present[group]] > 1).all():
                held[group] = True
                n_left[present[group]] -= 1
                n_more -= 1

    for wanted in rare_first:
        if not present[held, wanted].any():
            draw(order[present[order, wanted]], min(1, n_drawn - held.sum()))
    draw(order, n_drawn - held.sum())
    return held


def _warn_of(classes: np.ndarray, fault: str) -> None:
    if len(classes):
        shown = ", ".join(map(repr, classes[:5].tolist())) + ", ..." * (len(classes) > 5)
        warnings.warn(f"class {shown} of y is {fault}", stacklevel=3)


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
