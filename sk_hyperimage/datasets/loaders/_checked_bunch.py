"""Columns of data on disk, with files, scores and sizes checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch

from sk_hyperimage.datasets._bunch import data_bunch
from sk_hyperimage.datasets.loaders._file_formats import file_header, warn_of_formats
from sk_hyperimage.datasets.loaders._files import check_image_files
from sk_hyperimage.utils._sklearn import StrOptions

# Constraints of the parameters that loaders share.
CONSTRAINTS: dict[str, list[Any]] = {
    "root": [str, PathLike],
    "check_files": [StrOptions({"headers", "pixels"}), None],
    "return_X_y": ["boolean"],
}


def quality_bunch(
    *,
    images: Sequence[str],
    target: ArrayLike,
    references: Sequence[str] | None = None,
    table: Path,
    check_files: str | None,
    **columns: Any,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Images with scores from `table`, which must have one for every image."""
    target = np.asarray(target, dtype=np.float64)
    if not len(target):
        raise ValueError(f"{str(table)!r} leaves no image to load")
    unknown = np.flatnonzero(~np.isfinite(target))
    if len(unknown):
        raise ValueError(f"{str(table)!r} has no score for {images[unknown[0]]!r}")
    check_image_files([*images, *(references or [])], check_files)
    return data_bunch(images=images, target=target, references=references, **columns)


def same_length(columns: dict[str, Sequence[Any]], where: str) -> None:
    """Raise ValueError unless the named columns belong to the same number of images."""
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{name} has {len(column)}" for name, column in columns.items())
        raise ValueError(f"the files of {where} do not fit together: {lengths} entries")


def forgery_bunch(
    *,
    images: Sequence[str],
    kind: Sequence[str],
    pairs: Sequence[str | None],
    masks: Sequence[str | None],
    drop_unlike: bool,
    check_files: str | None,
    **columns: Any,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Authentic and tampered images, with sizes and file formats compared.

    If a tampered image differs in size from its counterpart or its mask, that is an error; with
    `drop_unlike` its pair id or mask becomes None instead.
    """
    check_image_files([*images, *(mask for mask in masks if mask is not None)], check_files)
    target = (np.array(kind) != "authentic").astype(int)
    headers = [file_header(path) for path in images]
    sizes = [header.size for header in headers]
    pair_column, mask_column = (np.array(column, dtype=object) for column in (pairs, masks))
    unlike = [*_unlike_pairs(target, pair_column, sizes), *_unlike_masks(mask_column, sizes)]
    if unlike and not drop_unlike:
        _refuse(images, masks, unlike)
    for index, other in unlike:
        (mask_column if other is None else pair_column)[index] = None
    warn_of_formats([header.format for header in headers], target)
    return data_bunch(
        images=images, target=target, kind=kind, pairs=pair_column, masks=mask_column, **columns
    )


def _unlike_pairs(
    target: np.ndarray, pairs: np.ndarray, sizes: Sequence[tuple[int, int] | None]
) -> Iterator[tuple[int, int | None]]:
    """Tampered images that differ in size from their counterpart, and the counterpart."""
    authentic = {pairs[index]: index for index in np.flatnonzero(target == 0).tolist()}
    for index in np.flatnonzero(target).tolist():
        other = authentic.get(pairs[index])
        if other is not None and _differ(sizes[index], sizes[other]):
            yield index, other


def _unlike_masks(
    masks: np.ndarray, sizes: Sequence[tuple[int, int] | None]
) -> Iterator[tuple[int, int | None]]:
    """Images that differ in size from their mask."""
    for index, mask in enumerate(masks):
        if mask is not None and _differ(sizes[index], file_header(mask).size):
            yield index, None


def _differ(first: tuple[int, int] | None, second: tuple[int, int] | None) -> bool:
    """True if two sizes are known and differ."""
    return None not in (first, second) and first != second


def _refuse(
    images: Sequence[str], masks: Sequence[str | None], unlike: list[tuple[int, int | None]]
) -> None:
    named = [
        f"{str(masks[index] if other is None else images[other])!r} and {images[index]!r}"
        for index, other in unlike
    ]
    more = "" if len(named) <= 3 else f", and {len(named) - 3} more pairs of files"
    raise ValueError(
        f"a tampered image, its authentic counterpart and its mask must be of one size, but these "
        f"differ: {', '.join(named[:3])}{more}; remove one of each pair"
    )
