"""The splits of a protocol, from any splitter: three parts each that share no reference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from numbers import Integral
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import ImagesLike
from sk_hyperimage.model_selection._reference_split import ReferenceShuffleSplit
from sk_hyperimage.utils._holdout import draw_groups

Split = tuple[np.ndarray, np.ndarray, np.ndarray]
PARTS = ("train", "validation", "test")

# Share of the training references, if a splitter has no validation part: 20 % of 80 %.
VALIDATION_SHARE = 0.25


class Splitter(Protocol):
    """A scikit-learn splitter."""

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterable[Any]: ...


SplitsLike: TypeAlias = int | Splitter | Iterable[Sequence[ArrayLike]]


def make_splits(
    cv: SplitsLike, X: ImagesLike, y: Any, groups: np.ndarray | None, *, repeatable: bool
) -> list[Split]:
    """Splits into training, validation and test images.

    Parameters
    ----------
    cv : int, splitter or iterable of splits
        As in `cross_validate_splits`.
    X, y : sequence of n_images items
    groups : ndarray of shape (n_images,) or None
        None: every image is its own reference.
    repeatable : bool
        Whether to require that a splitter draws the same splits every time.

    Returns
    -------
    splits : list of (train, validation, test)
        Sorted indices.

    Raises
    ------
    ValueError
        If there is no split, or a split has other images or mixes references; if splits are to be
        `repeatable` and the splitter draws others the second time.
    """
    splits = _make_splits(cv, X, y, groups)
    if repeatable and hasattr(cv, "split"):
        again = _make_splits(cv, X, y, groups)
        if not all(map(np.array_equal, chain(*splits), chain(*again))):
            raise ValueError(
                "cv draws other splits every time, so a store could not be resumed; set its "
                "random_state to an int"
            )
    return splits


def _make_splits(cv: SplitsLike, X: ImagesLike, y: Any, groups: np.ndarray | None) -> list[Split]:
    references = np.arange(len(y)) if groups is None else groups
    if isinstance(cv, Integral):
        cv = ReferenceShuffleSplit(int(cv), random_state=0)
    if hasattr(cv, "split_with_validation"):
        given = cv.split_with_validation(X, y, references)
    elif hasattr(cv, "split"):
        given = cv.split(X, y, groups)
    else:
        given = cv
    splits = []
    for index, parts in enumerate(given):
        name = f"split {index} of cv"
        if len(parts) == 2:
            parts = _with_validation(parts[0], parts[1], references)
        split = check_split(parts, name, len(y))
        _check_references(split, references, name)
        splits.append(split)
    if not splits:
        raise ValueError("cv holds no split")
    return splits


def check_split(parts: Iterable[ArrayLike], name: str, n_images: int | None = None) -> Split:
    """Three disjoint, sorted arrays of indices.

    Parameters
    ----------
    parts : sequence of array-like of int
        Training, validation and test images.
    name : str
        Name of the split in errors.
    n_images : int, default=None
        Number of images, if known.

    Raises
    ------
    ValueError
        If a part is missing, empty, out of range or shares an image with another.
    """
    arrays = [np.asarray(part) for part in parts]
    if len(arrays) != len(PARTS):
        raise ValueError(f"{name} has {len(arrays)} parts, not train, validation and test")
    for part, array in zip(PARTS, arrays, strict=True):
        if array.ndim != 1 or array.dtype.kind not in "iu" or len(array) == 0:
            raise ValueError(f"the {part} part of {name} is not a list of at least one index")
        if array.min() < 0 or (n_images is not None and array.max() >= n_images):
            raise ValueError(
                f"the {part} part of {name} has indices from {array.min()} to {array.max()}; "
                f"{'they start at 0' if n_images is None else f'there are {n_images} images'}"
            )
    indices, counts = np.unique(np.concatenate(arrays), return_counts=True)
    if (counts > 1).any():
        raise ValueError(f"{name} has image {indices[counts > 1][0]} more than once")
    train, validation, test = (np.sort(array).astype(np.int64) for array in arrays)
    return train, validation, test


def _with_validation(
    train: ArrayLike, test: ArrayLike, groups: np.ndarray
) -> Sequence[np.ndarray]:
    """Hold validation references out of the training images, always the same ones."""
    train = np.asarray(train)
    (held_out,) = draw_groups(groups[train], [VALIDATION_SHARE], np.random.RandomState(0))
    return train[~held_out], train[held_out], np.asarray(test)


def _check_references(split: Split, groups: np.ndarray, name: str) -> None:
    references = [set(groups[part].tolist()) for part in split]
    for one, two in ((0, 1), (0, 2), (1, 2)):
        for shared in references[one] & references[two]:
            raise ValueError(
                f"{name} has images of the reference {shared!r} in its {PARTS[one]} and its "
                f"{PARTS[two]} part"
            )
