"""One array of many parts, in memory or in a temporary file."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np


def check_temp_folder(temp_folder: str | None) -> None:
    """Raise ValueError unless the parameter is None or a folder."""
    if temp_folder is not None and not os.path.isdir(temp_folder):
        raise ValueError(
            f"temp_folder={temp_folder!r} is not a folder; make one on a disk that "
            f"holds all descriptions, or leave them in memory with temp_folder=None"
        )


def gathered(
    parts: Generator[np.ndarray, None, None], n_rows: int, temp_folder: str | None = None
) -> np.ndarray:
    """Concatenate arrays, each forgotten before the next is made.

    Parameters
    ----------
    parts : generator of ndarray of shape (n, ...)
    n_rows : int
        Of all parts together.
    temp_folder : str, default=None
        Where a file holds them. None: they are held in memory.

    Returns
    -------
    array : ndarray of shape (n_rows, ...)
        With a `temp_folder` a read-only memmap, whose file is deleted when nothing in this process
        uses it any longer.
    """
    check_temp_folder(temp_folder)
    with closing(parts):
        if temp_folder is None:
            return _in_memory(parts, n_rows)
        return _in_file(parts, n_rows, temp_folder)


def _in_memory(parts: Iterator[np.ndarray], n_rows: int) -> np.ndarray:
    # One array from the first part on: a list of parts would fragment the heap.
    array: np.ndarray | None = None
    start = 0
    for part in parts:
        if array is None:
            array = np.empty((n_rows, *part.shape[1:]), dtype=part.dtype)
        array[start : start + len(part)] = part
        start += len(part)
    return array  # type: ignore[return-value]


def _in_file(parts: Iterator[np.ndarray], n_rows: int, temp_folder: str) -> np.memmap:
    descriptor, name = tempfile.mkstemp(prefix="sk_hyperimage-", dir=temp_folder)
    try:
        # Written, not mapped: on a full disk a mapping kills the process, a file raises OSError.
        with open(descriptor, "wb") as file:
            for part in parts:
                file.write(np.ascontiguousarray(part).data)
        array = np.memmap(name, part.dtype, mode="r", shape=(n_rows, *part.shape[1:]))
    except BaseException:
        os.unlink(name)
        raise
    # All views hold on to the same base, the mapping itself.
    weakref.finalize(array.base, Path(name).unlink, missing_ok=True)
    return array
