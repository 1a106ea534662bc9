"""Photographs that are asked for one by one: given as arrays or paths, of any size."""

from __future__ import annotations

from typing import Any

import numpy as np

from sk_hyperimage._typing import ImagesLike
from sk_hyperimage.images._collection import image_sequence
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.images._reading import is_path, pixels_of


def photograph_sequence(photographs: ImagesLike) -> Any:
    """Photographs that can be asked for one by one."""
    sequence: Any = image_sequence(photographs)
    sequence = np.asarray(photographs) if sequence is None else sequence
    if isinstance(sequence, np.ndarray) and sequence.ndim not in (1, 4):
        raise ValueError(
            f"photographs must be color images or paths, or one array (n, n_rows, n_cols, 3); got "
            f"an array of shape {sequence.shape}"
        )
    if not len(sequence):
        raise ValueError("there are no photographs")
    return sequence


def photograph_at(photographs: Any, index: int) -> np.ndarray:
    """One photograph; ValueError names it unless it is an 8-bit color image."""
    photograph = named(pixels_of, photographs, index)
    if photograph.dtype != np.uint8 or photograph.ndim != 3 or photograph.shape[2] != 3:
        raise ValueError(
            f"{name_of(photographs, index)} must be uint8 of shape (n_rows, n_cols, 3), but is "
            f"{photograph.dtype} of shape {photograph.shape}; what is done to photographs is done "
            f"to 8-bit color"
        )
    return photograph


def named(function: Any, photographs: Any, index: int) -> Any:
    """What a function says of a photograph; its errors name it."""
    with errors_named(name_of(photographs, index)):
        return function(photographs[index])


def name_of(photographs: Any, index: int) -> str:
    """What error messages call a photograph."""
    item = photographs[index]
    return f"photographs[{index}] ({str(item)!r})" if is_path(item) else f"photographs[{index}]"
