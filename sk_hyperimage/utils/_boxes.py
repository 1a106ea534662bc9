"""Boxes around what is to be found in images: one array in, lists of dicts taken at the door.

Everywhere in the package the boxes of n images are one array of floats of shape (n, max_boxes, 5):
``row0, col0, row1, col1, label`` in pixels of the image, half-open as slices are, so that
``image[row0:row1, col0:col1]`` is the inside of a box. Rows of NaN fill up images of fewer boxes.
Detections have a sixth column, the score. One array is what scikit-learn can slice, subtract and
concatenate, and so the only form that passes all of its checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length, column_or_1d

from sk_hyperimage._typing import Bools, Floats
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.images._samples import Samples
from sk_hyperimage.utils._validation import numbers_of

# Columns of true boxes, and of detections.
N_TRUE, N_FOUND = 5, 6


def check_boxes(y: Any, images: Samples | None = None, *, name: str = "y") -> Floats:
    """Validate the true boxes of images.

    Parameters
    ----------
    y : array-like of shape (n_images, max_boxes, 5) or (n_images,), or sequence of dict
        Rows ``row0, col0, row1, col1, label``, those of NaN no boxes. Or for every image a dict of
        "boxes", (n_boxes, 4) in this order, and "labels", (n_boxes,). Or one label for each
        image, which stands for a box around all of it; this needs `images`.
    images : Samples, default=None
        The images, inside which boxes must lie.
    name : str, default="y"
        What error messages call the boxes.

    Returns
    -------
    boxes : ndarray of float64 of shape (n_images, max_boxes, 5)

    Raises
    ------
    ValueError
        If the lengths differ, or a box is not finite, incomplete, without area, not inside its
        image, or of a label that is no whole number. The message names the image.
    """
    if y is None:  # scikit-learn asks for these words
        raise ValueError("requires y to be passed, but the target y is None: boxes are needed")
    if _holds_dicts(y):
        boxes = _from_dicts(y, ("boxes", "labels"), name)
    else:
        boxes = _as_floats(y, name)
        if boxes.ndim == 2 and boxes.shape[1] == 1:
            boxes = column_or_1d(boxes, warn=True)
        if boxes.ndim == 1 and images is not None:
            boxes = _around_images(boxes, images, name)
    _check_rows(boxes, N_TRUE, name)
    if images is not None:
        check_consistent_length(images, boxes)
        _check_inside(boxes, images, name)
    return boxes


def check_detections(y: Any, *, name: str = "y_pred") -> Floats:
    """Validate detections, (n_images, max_detections, 6) or dicts with "scores" as well.

    As :func:`check_boxes`, but a box may reach beyond its image and have no area: a model's
    answer is counted as wrong then, not refused.
    """
    if _holds_dicts(y):
        boxes = _from_dicts(y, ("boxes", "labels", "scores"), name)
    else:
        boxes = _as_floats(y, name)
    _check_rows(boxes, N_FOUND, name, areas=False)
    return boxes


def is_box(boxes: Floats) -> Bools:
    """Which rows of (..., n_columns) are boxes, and not filled up with NaN."""
    return ~np.isnan(boxes[..., 0])


def pad_boxes(boxes: Sequence[ArrayLike], n_columns: int, max_boxes: int | None = None) -> Floats:
    """Boxes of every image, (n_boxes, n_columns) each, in one array filled up with NaN.

    With `max_boxes` its second axis has this length, and what lies beyond is left out.
    """
    rows = [np.asarray(some, dtype=float).reshape(-1, n_columns) for some in boxes]
    if max_boxes is None:
        max_boxes = max(map(len, rows), default=0)
    padded = np.full((len(rows), max_boxes, n_columns), np.nan)
    for place, some in zip(padded, rows, strict=True):
        place[: len(some)] = some[:max_boxes]
    return padded


def _holds_dicts(y: Any) -> bool:
    return isinstance(y, (list, tuple, np.ndarray)) and any(isinstance(row, Mapping) for row in y)


def _from_dicts(y: Sequence[Any], keys: tuple[str, ...], name: str) -> Floats:
    rows = []
    for index, row in enumerate(y):
        where = f"{name}[{index}]"
        if not isinstance(row, Mapping) or not set(keys) <= set(row):
            raise ValueError(f"{where} must be a dict of {', '.join(keys)}; got {row!r}")
        given = [_as_floats(row[key], f"{where}[{key!r}]") for key in keys]
        boxes, *columns = [
            given[0].reshape(-1, 4),
            *(values.reshape(-1, 1) for values in given[1:]),
        ]
        if len({len(values) for values in (boxes, *columns)}) > 1:
            raise ValueError(f"{where} holds {', '.join(keys)} of different lengths")
        if np.isnan(boxes).any():
            raise ValueError(f"{where} holds NaN in a box")
        rows.append(np.hstack([boxes, *columns]))
    return pad_boxes(rows, 3 + len(keys))


def _as_floats(y: Any, name: str) -> Floats:
    values = np.asarray(y)
    if values.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} holds complex numbers")
    with errors_named(f"{name} must hold numbers", TypeError, ValueError), numbers_of(name):
        return values.astype(np.float64)


def _around_images(labels: Floats, images: Samples, name: str) -> Floats:
    """One box around every image."""
    check_consistent_length(images, labels)
    if not np.isfinite(labels).all():
        raise ValueError(f"Input {name} contains NaN or infinity: every image needs a label")
    sides = images.image_shapes[:, :2]
    boxes = np.zeros((len(labels), 1, N_TRUE))
    boxes[:, 0, 2:4], boxes[:, 0, 4] = sides, labels
    return boxes


def _check_rows(boxes: Floats, n_columns: int, name: str, *, areas: bool = True) -> None:
    if boxes.ndim != 3 or boxes.shape[2] != n_columns:
        raise ValueError(
            f"{name} must be of shape (n_images, n_boxes, {n_columns}), each row row0, col0, "
            f"row1, col1, label{', score' if n_columns == N_FOUND else ''}, or a dict for every "
            f"image; got shape {boxes.shape}"
        )
    missing = np.isnan(boxes)
    _refuse(missing.any(axis=2) & ~missing.all(axis=2), boxes, name, "holds some NaN, not all")
    _refuse(np.isinf(boxes).any(axis=2), boxes, name, "holds infinity")
    labels = boxes[..., 4]
    _refuse(
        is_box(boxes) & (labels != np.rint(labels)), boxes, name, "has no whole number as label"
    )
    if areas:
        empty = (boxes[..., 2] <= boxes[..., 0]) | (boxes[..., 3] <= boxes[..., 1])
        _refuse(empty, boxes, name, "has no area; the order is row0, col0, row1, col1")


def _check_inside(boxes: Floats, images: Samples, name: str) -> None:
    sides = images.image_shapes[:, np.newaxis, :2]
    outside = np.any((boxes[..., :2] < 0) | (boxes[..., 2:4] > sides), axis=2)
    for index in np.flatnonzero(np.any(outside, axis=1))[:1]:
        size = " x ".join(map(str, sides[index, 0]))
        said = f"is not inside {images.name(int(index))}, of {size} rows and columns"
        _refuse(outside, boxes, name, said)


def _refuse(wrong: Any, boxes: Floats, name: str, said: str) -> None:
    """Raise ValueError at the first box that is at fault."""
    for index, place in np.argwhere(wrong)[:1]:
        raise ValueError(f"{name}[{index}], box {place} {said}: {boxes[index, place].tolist()}")


def box_iou(first: Floats, second: Floats) -> Floats:
    """Intersection over union of every box with every other, (n_first, n_second).

    Boxes are rows of row0, col0, row1, col1; further columns are not looked at.
    """
    a, b = (np.asarray(boxes, dtype=float)[..., :4] for boxes in (first, second))
    a, b = a[:, np.newaxis], b[np.newaxis]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.maximum(sides, 0).prod(axis=-1)
    areas = [np.maximum(boxes[..., 2:] - boxes[..., :2], 0).prod(axis=-1) for boxes in (a, b)]
    union = areas[0] + areas[1] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
