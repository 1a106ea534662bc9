"""Columns of MATLAB files: numbers as they are, cell arrays of names as lists of strings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sk_hyperimage.images._errors import errors_named


def read_columns(path: Path, *names: str) -> list[Any]:
    """The variables `names` of a MATLAB file, each one-dimensional.

    Raises
    ------
    ValueError
        If the file cannot be read or lacks a variable; the message names the file.
    """
    from scipy.io import loadmat

    # Errors are of any kind, for a damaged file.
    with errors_named(f"{str(path)!r} cannot be read as a MATLAB file", Exception):
        content = loadmat(path, simplify_cells=True)
    for name in names:
        if name not in content:
            here = sorted(key for key in content if not key.startswith("__"))
            raise ValueError(f"{str(path)!r} has no variable {name!r}; it has {here}")
    return [_column(np.ravel(content[name])) for name in names]


def _column(values: np.ndarray) -> np.ndarray | list[str]:
    return values if values.dtype.kind in "buif" else [str(text).strip() for text in values]
