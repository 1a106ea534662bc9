"""What loaders of authentic and tampered images return, and checks of what belongs together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.datasets.loaders._file_formats import file_header, warn_of_formats
from sk_hyperimage.datasets.loaders._quality_files import check_image_files


def forgery_bunch(
    *,
    images: Sequence[str],
    kind: Sequence[str],
    pairs: Sequence[str | None],
    masks: Sequence[str | None],
    groups: Sequence[str],
    donors: Sequence[str] | None,
    region_size: Sequence[str] | None,
    drop_unlike: bool,
    check_files: str | None,
    DESCR: str,
) -> Bunch:
    """Bring the columns together: files checked, sizes compared, formats looked at.

    A tampered image or mask that differs in size from its counterpart is an error, or, with
    `drop_unlike`, loses its pair id, or the mask.
    """
    check_image_files([*images, *(mask for mask in masks if mask is not None)], check_files)
    target = (np.array(kind) != "authentic").astype(int)
    headers = [file_header(path) for path in images]
    pair_column, mask_column = (np.array(column, dtype=object) for column in (pairs, masks))
    unlike = [
        *_unlike_pairs(target, pair_column, [header.size for header in headers]),
        *_unlike_masks(mask_column, [header.size for header in headers]),
    ]
    if unlike and not drop_unlike:
        _refuse(images, masks, unlike)
    for index, other in unlike:
        (mask_column if other is None else pair_column)[index] = None
    warn_of_formats([header.format for header in headers], target)
    return Bunch(
        images=np.array(images, dtype=str),
        target=target,
        kind=np.array(kind, dtype=str),
        pairs=pair_column,
        masks=mask_column,
        groups=np.array(groups, dtype=str),
        donors=None if donors is None else np.array(donors, dtype=str),
        region_size=None if region_size is None else np.array(region_size, dtype=str),
        DESCR=DESCR,
    )


def _unlike_pairs(
    target: np.ndarray, pairs: np.ndarray, sizes: Sequence[tuple[int, int] | None]
) -> Iterator[tuple[int, int | None]]:
    """Tampered images of another size than their counterpart, and that counterpart."""
    authentic = {pairs[index]: index for index in np.flatnonzero(target == 0).tolist()}
    for index in np.flatnonzero(target).tolist():
        other = authentic.get(pairs[index])
        if other is not None and _differ(sizes[index], sizes[other]):
            yield index, other


def _unlike_masks(
    masks: np.ndarray, sizes: Sequence[tuple[int, int] | None]
) -> Iterator[tuple[int, int | None]]:
    """Images whose mask is of another size."""
    for index, mask in enumerate(masks):
        if mask is not None and _differ(sizes[index], file_header(mask).size):
            yield index, None


def _differ(first: tuple[int, int] | None, second: tuple[int, int] | None) -> bool:
    """Whether two sizes are known and not the same."""
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
        f"differ: {', '.join(named[:3])}{more}; move either elsewhere"
    )


def no_images(folder: Path) -> ValueError:
    """What is raised where a folder holds no image."""
    return ValueError(f"{str(folder)!r} holds no image")
