"""Checks of arguments that generators share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage.distortions import MANIPULATIONS


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


def check_manipulation(manipulation: Sequence[Any]) -> tuple[str, int]:
    """Name and level of a manipulation; ValueError unless there is such a one."""
    name, level = manipulation if len(manipulation) == 2 else (None, None)
    if name not in MANIPULATIONS:
        raise ValueError(
            f"manipulation must be one of {list(MANIPULATIONS)} and a level, got {manipulation!r}"
        )
    (level,) = check_levels([level], name)
    return name, level


def check_levels(levels: Sequence[Any], *names: str) -> list[int]:
    """Levels, which all named manipulations have; ValueError names others."""
    last = min(len(MANIPULATIONS[name].strengths) for name in names)
    wrong = [n for n in levels if not isinstance(n, Integral) or not 1 <= int(n) <= last]
    if wrong or not len(levels):
        raise ValueError(
            f"levels of manipulations are whole numbers from 1 to {last}, got {wrong or levels!r}"
        )
    return [int(level) for level in levels]
