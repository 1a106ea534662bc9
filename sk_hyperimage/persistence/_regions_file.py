"""Regions of many images as a table or as COCO's JSON, which tools for annotation read."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage.utils._atomic import write_atomically
from sk_hyperimage.utils._boxes import N_FOUND, check_boxes, check_detections, is_box

HEADER = ("image", "row0", "col0", "row1", "col1", "label", "score")


def save_regions(
    path: str | os.PathLike,
    images: Sequence[str],
    boxes: ArrayLike,
    *,
    shapes: ArrayLike | None = None,
    target_names: Sequence[str] | None = None,
) -> None:
    """Write the boxes of images to a file.

    Parameters
    ----------
    path : str or path-like
        Its end says the format. ".csv": a table with a row for each box and the columns "image",
        "row0", "col0", "row1", "col1", "label" and "score", half-open pixels as everywhere in this
        package. ".json": COCO's format of object detection, whose "bbox" is column, row, width and
        height. It is written whole or not at all.
    images : sequence of n_images str
        Names of the images. One without boxes is in the JSON, and has no row in the table.
    boxes : array-like of shape (n_images, max_boxes, 5 or 6), or sequence of n_images dict
        True boxes, or detections with a score.
    shapes : array-like of shape (n_images, 2 or more), default=None
        Rows and columns of the images, which COCO's JSON must have.
    target_names : sequence of str, default=None
        Name of each label, 0 being the first. None: the labels themselves.

    Raises
    ------
    ValueError
        If the end of `path` is another one, lengths differ, boxes are none, `shapes` are missing
        or a label has no name.

    See Also
    --------
    sk_hyperimage.images.regions_from_map : Regions of a map.

    Notes
    -----
    Categories of the JSON are numbered from 1 on, since to some tools 0 is the background.

    References
    ----------
    COCO, "Data format", https://cocodataset.org/#format-data.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sk_hyperimage.persistence import save_regions
    >>> file = Path(tempfile.mkdtemp(), "regions.csv")
    >>> save_regions(file, ["a.png"], [[[0, 5, 10, 25, 1, 0.75]]], target_names=["blur", "jpeg"])
    >>> print(file.read_text().strip())
    image,row0,col0,row1,col1,label,score
    a.png,0,5,10,25,jpeg,0.75
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (".csv", ".json"):
        raise ValueError(f"regions are written to files .csv or .json, got {str(path)!r}")
    rows = _checked(boxes)
    if len(images) != len(rows):
        raise ValueError(f"there are {len(images)} images but boxes of {len(rows)}")
    names = _names(rows, target_names)
    if suffix == ".csv":
        text = _table(images, rows, names)
    else:
        text = json.dumps(_coco(images, rows, names, shapes), indent=1)
    write_atomically(path, lambda file: file.write(text.encode(errors="backslashreplace")))


def _checked(boxes: Any) -> np.ndarray:
    first = next(iter(boxes), None)
    scored = "scores" in first if isinstance(first, dict) else np.shape(boxes)[-1:] == (N_FOUND,)
    return check_detections(boxes, name="boxes") if scored else check_boxes(boxes, name="boxes")


def _names(rows: np.ndarray, target_names: Sequence[str] | None) -> dict[int, str]:
    used = np.unique(rows[..., 4][is_box(rows)]).astype(int).tolist()
    if target_names is None:
        return {label: str(label) for label in used}
    nameless = [label for label in used if not 0 <= label < len(target_names)]
    if nameless:
        raise ValueError(
            f"target_names has {len(target_names)} names, none for label {nameless[0]}"
        )
    return dict(enumerate(map(str, target_names)))


def _listed(
    images: Sequence[str], rows: np.ndarray
) -> Iterator[tuple[int, list[float], int, list[float]]]:
    """Position of an image, box, label, and the score if there is one."""
    for index in range(len(images)):
        for values in rows[index][is_box(rows[index])].tolist():
            yield index, values[:4], int(values[4]), values[5:]


def _table(images: Sequence[str], rows: np.ndarray, names: dict[int, str]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(HEADER)
    for index, box, label, score in _listed(images, rows):
        last: list[Any] = score or [""]
        table.writerow([images[index], *map(_short, box), names[label], *last])
    return text.getvalue()


def _coco(
    images: Sequence[str], rows: np.ndarray, names: dict[int, str], shapes: ArrayLike | None
) -> dict[str, Any]:
    if shapes is None:
        raise ValueError("COCO's JSON needs the shapes of the images")
    sides = np.asarray(shapes)
    if sides.ndim != 2 or len(sides) != len(images) or sides.shape[1] < 2:
        raise ValueError(
            f"shapes must be rows and columns of {len(images)} images, got shape {sides.shape}"
        )
    codes = {label: code for code, label in enumerate(names, 1)}
    annotations: list[dict[str, Any]] = []
    for index, (row0, col0, row1, col1), label, score in _listed(images, rows):
        annotation = {
            "id": len(annotations) + 1,
            "image_id": index + 1,
            "category_id": codes[label],
            "bbox": [*map(_short, (col0, row0, col1 - col0, row1 - row0))],
            "area": _short((row1 - row0) * (col1 - col0)),
            "iscrowd": 0,
        }
        annotations.append(annotation | ({"score": score[0]} if score else {}))
    return {
        "images": [
            {"id": index + 1, "file_name": name, "height": int(side[0]), "width": int(side[1])}
            for index, (name, side) in enumerate(zip(images, sides, strict=True))
        ],
        "annotations": annotations,
        "categories": [{"id": code, "name": names[label]} for label, code in codes.items()],
    }


def _short(value: float) -> float | int:
    """A number without a fraction as a whole one."""
    return int(value) if value == int(value) else value
