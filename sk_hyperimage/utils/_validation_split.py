"""Which samples a fit holds back to monitor itself on."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length, column_or_1d

from sk_hyperimage.utils._groups import draw_groups


def validation_rows(
    n_samples: int,
    groups: Any,
    validation_mask: Any,
    fraction: float,
    random_state: np.random.RandomState,
) -> np.ndarray:
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
    if groups is None:
        groups = np.arange(n_samples)
    groups = column_or_1d(groups, warn=False)
    check_consistent_length(np.empty(n_samples), groups)
    return draw_groups(groups, [fraction], random_state)[0]


def _check_mask(validation_mask: Any, n_samples: int) -> np.ndarray:
    mask = column_or_1d(validation_mask)
    if mask.dtype != bool or len(mask) != n_samples:
        raise ValueError(
            f"validation_mask must be {n_samples} booleans, one for each sample of X; got "
            f"{len(mask)} values of type {mask.dtype}"
        )
    if mask.all() or not mask.any():
        raise ValueError("validation_mask must leave samples to train on and to validate on")
    return mask
