"""Splits in a JSON file, so that others can use the same ones in any language."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from hashlib import sha256

from numpy.typing import ArrayLike

from sk_hyperimage.model_selection._splits import PARTS, Split, check_split
from sk_hyperimage.utils._atomic import write_atomically


def save_splits(
    path: str | os.PathLike, splits: Iterable[tuple[ArrayLike, ArrayLike, ArrayLike]]
) -> None:
    """Write splits to a JSON file.

    Parameters
    ----------
    path : str or path-like
        The file, replaced in one step if it is there.
    splits : iterable of (train, validation, test)
        Indices of images, as from :meth:`ReferenceShuffleSplit.split_with_validation`.

    Raises
    ------
    ValueError
        If a part is empty, or an image is in two parts.

    See Also
    --------
    load_splits : Reads them.

    Examples
    --------
    >>> import numpy as np, os, tempfile
    >>> from sk_hyperimage.model_selection import ReferenceShuffleSplit, load_splits, save_splits
    >>> references = np.repeat(np.arange(5), 2)
    >>> splitter = ReferenceShuffleSplit(n_splits=1, random_state=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "splits.json")
    ...     save_splits(path, splitter.split_with_validation(groups=references))
    ...     ((train, validation, test),) = load_splits(path, n_images=10)
    >>> test
    array([4, 5])
    """
    rows = [
        {
            part: indices.tolist()
            for part, indices in zip(PARTS, check_split(split, f"split {index}"), strict=True)
        }
        for index, split in enumerate(splits)
    ]
    content = {"splits": rows, "sha256": _checksum(rows)}
    text = json.dumps(content, separators=(",", ":"))
    write_atomically(path, lambda file: file.write(text.encode()))


def load_splits(path: str | os.PathLike, *, n_images: int | None = None) -> list[Split]:
    """Read splits from a file of `save_splits`.

    Parameters
    ----------
    path : str or path-like
    n_images : int, default=None
        Number of images, to check the indices against.

    Returns
    -------
    splits : list of (train, validation, test)
        Sorted indices; ``cv=`` of :func:`cross_validate_quality`.

    Raises
    ------
    ValueError
        If the file is damaged or not a file of splits, an index is out of range, or an image is in
        two parts; the message names the file.

    See Also
    --------
    save_splits : Writes them, with an example.
    """
    name = os.fspath(path)
    with open(path, "rb") as file:
        try:
            content = json.load(file)
            rows, checksum = content["splits"], content["sha256"]
            splits = [[row[part] for part in PARTS] for row in rows]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{name!r} is damaged or is not a file of splits: {error!r}"
            ) from error
    if checksum != _checksum(rows):
        raise ValueError(f"{name!r} is damaged: its checksum is not that of its splits")
    return [
        check_split(parts, f"split {index} of {name!r}", n_images)
        for index, parts in enumerate(splits)
    ]


def _checksum(rows: list) -> str:
    return sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
