"""Checks of arguments that generators share."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import ArrayLike


def check_references(references: ArrayLike) -> np.ndarray:
    """References as one array of 8-bit color images.

    Raises
    ------
    ValueError
        If they are not such an array, or smaller than 16 x 16 pixels.
    """
    references = np.asarray(references)
    if references.ndim != 4 or references.shape[3] != 3 or references.dtype != np.uint8:
        raise ValueError(
            f"references must be uint8 of shape (n_references, n_rows, n_cols, 3); got "
            f"{references.dtype} of shape {references.shape}"
        )
    if min(references.shape[1:3]) < 16:
        raise ValueError(
            f"references must be of at least 16 x 16 pixels, got {references.shape[1:3]}"
        )
    return references


def check_kinds(
    kinds: Sequence[str] | None, *, default: Sequence[str], known: Collection[str]
) -> list[str]:
    """The kinds to draw from; ValueError names unknown ones."""
    kinds = list(default if kinds is None else kinds)
    unknown = [kind for kind in kinds if kind not in known]
    if unknown or not kinds:
        raise ValueError(f"kinds must be some of {list(known)}, got {unknown or kinds!r}")
    return kinds
