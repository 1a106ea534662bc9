"""What every loader of image-quality data returns, and the check of its scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.datasets.loaders._quality_files import check_image_files
from sk_hyperimage.utils._sklearn import StrOptions

CHECK_FILES = [StrOptions({"headers", "pixels"}), None]


def quality_bunch(
    *,
    images: Sequence[str],
    target: Any,
    groups: Sequence[Any] | np.ndarray,
    references: Sequence[str] | None,
    distortion: Sequence[str] | np.ndarray | None,
    level: Sequence[Any] | None,
    score_range: tuple[float, float],
    higher_is_better: bool,
    table: Path,
    check_files: str | None,
    DESCR: str,
) -> Bunch:
    """Bring the columns of a data set together, its files and scores checked."""
    target = np.asarray(target, dtype=np.float64)
    if not len(target):
        raise ValueError(f"{str(table)!r} leaves no image to load")
    unknown = np.flatnonzero(~np.isfinite(target))
    if len(unknown):
        raise ValueError(f"{str(table)!r} has no score for {images[unknown[0]]!r}")
    check_image_files([*images, *(references or [])], check_files)
    return Bunch(
        images=np.array(images, dtype=str),
        target=target,
        groups=np.asarray(groups),
        references=None if references is None else np.array(references, dtype=str),
        distortion=None if distortion is None else np.array(distortion, dtype=str),
        level=None if level is None else np.array(level, dtype=int),
        score_range=score_range,
        higher_is_better=higher_is_better,
        DESCR=DESCR,
    )


def same_length(columns: dict[str, Sequence[Any]], where: str) -> None:
    """Raise ValueError unless the named columns belong to the same number of images."""
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{name} has {len(column)}" for name, column in columns.items())
        raise ValueError(f"the files of {where} do not fit together: {lengths} entries")
