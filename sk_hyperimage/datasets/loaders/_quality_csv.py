"""The user's own table of images and scores."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.datasets.loaders._checked_bunch import CONSTRAINTS, quality_bunch
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.utils._sklearn import validate_params


@validate_params(
    CONSTRAINTS
    | {
        "path": [str, PathLike],
        "higher_is_better": ["boolean"],
        "image_column": [str],
        "score_column": [str],
        "reference_column": [str, None],
        "group_column": [str, None],
        "kind_column": [str, None],
        "level_column": [str, None],
        "root": [str, PathLike, None],
        "score_range": [tuple, None],
        "delimiter": [str],
    },
    prefer_skip_nested_validation=True,
)
def load_quality_csv(
    path: str | PathLike,
    *,
    higher_is_better: bool,
    image_column: str = "image",
    score_column: str = "score",
    reference_column: str | None = None,
    group_column: str | None = None,
    kind_column: str | None = None,
    level_column: str | None = None,
    root: str | PathLike | None = None,
    score_range: tuple[float, float] | None = None,
    delimiter: str = ",",
    check_files: str | None = "headers",
    return_X_y: bool = False,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    r"""Load a table of images and scores.

    Parameters
    ----------
    path : str or path-like
        A text table in UTF-8 with column names in the first line and one line per image.
    higher_is_better : bool
        Whether a better image has a higher score, like a mean opinion score (MOS), or a lower
        one, like a difference mean opinion score (DMOS). There is no default, because the scores
        do not reveal it.
    image_column, score_column : str, default="image", "score"
        Names of the columns with the image file and the score.
    reference_column : str, default=None
        Name of the column with the file of the pristine image.
    group_column : str, default=None
        Name of the column with the source of each image; images of one group stay together in
        splits. None: the reference, or else the image file itself.
    kind_column, level_column : str, default=None
        Names of the columns with the kind of damage and its integer strength.
    root : str or path-like, default=None
        Folder that file names are relative to; None for the folder of the table.
    score_range : tuple (low, high), default=None
        Ends of the scale; a score outside is an error. None: the lowest and highest score.
    delimiter : str, default=","
        Separator of columns.
    check_files : {"headers", "pixels"} or None, default="headers"
        "headers" reads the headers of all image files and checks that BMP and PNG files do not
        end early; "pixels" decodes every file once; None does neither, not even check that files
        exist.
    return_X_y : bool, default=False
        Whether to return ``(images, target)`` only.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; `images` and `references` are paths, and
        `groups` the entries of `group_column` or `reference_column` as str, else one int per file.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    FileNotFoundError
        If the table or an image file is missing; the message names it.
    ValueError
        If a column is missing, a cell cannot be read (the message names the line), or an image
        file is damaged.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sk_hyperimage.datasets import load_quality_csv
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder, "scores.csv")
    ...     _ = table.write_text("image,score,scene\na.png,3.5,1\nb.png,4.0,1\nc.png,1.5,2\n")
    ...     data = load_quality_csv(
    ...         table, higher_is_better=True, group_column="scene", check_files=None
    ...     )
    >>> data.target, data.groups, data.score_range
    (array([3.5, 4. , 1.5]), array(['1', '1', '2'], dtype='<U1'), (1.5, 4.0))
    """
    path = Path(path)
    table = _Table(path, delimiter)
    folder = path.parent if root is None else Path(root)

    def files(column: str) -> list[str]:
        return [str(folder / name) for name in table.column(column)]

    images = files(image_column)
    target = table.column(score_column, _score(score_range))
    references = None if reference_column is None else files(reference_column)
    group_column = group_column or reference_column
    groups = (
        table.column(group_column) if group_column else np.unique(images, return_inverse=True)[1]
    )
    kind = None if kind_column is None else table.column(kind_column)
    level = None if level_column is None else table.column(level_column, _whole_number)
    low, high = (min(target), max(target)) if score_range is None else score_range
    return quality_bunch(
        images=images,
        target=target,
        groups=groups,
        references=references,
        kind=kind,
        level=level,
        score_range=(float(low), float(high)),
        higher_is_better=bool(higher_is_better),
        table=path,
        check_files=check_files,
        return_X_y=return_X_y,
        DESCR=f"Images and scores of {str(path)!r}; "
        f"{'higher' if higher_is_better else 'lower'} is better.",
    )


class _Table:
    """A text table with columns read by name; errors name the line."""

    def __init__(self, path: Path, delimiter: str):
        self.path = path
        unreadable = f"{str(path)!r} cannot be read as a table"
        with (
            open(path, newline="", encoding="utf-8-sig") as file,
            errors_named(unreadable, csv.Error, UnicodeDecodeError),
        ):
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            self.names = [name.strip() for name in next(reader, [])]
            self.rows = [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
        if not self.rows:
            raise ValueError(f"{str(path)!r} has no line below the column names")
        for line, row in self.rows:
            if len(row) != len(self.names):
                raise ValueError(
                    f"line {line} of {str(path)!r} has {len(row)} columns, its first line "
                    f"{len(self.names)}"
                )

    def column(self, name: str, convert: Callable[[str], Any] = str) -> list[Any]:
        if name not in self.names:
            raise ValueError(f"{str(self.path)!r} has no column {name!r}; it has {self.names}")
        position = self.names.index(name)
        values = []
        for line, row in self.rows:
            text = row[position].strip()
            try:
                if not text:
                    raise ValueError("the cell is empty")
                values.append(convert(text))
            except ValueError as error:
                raise ValueError(
                    f"line {line} of {str(self.path)!r}, column {name!r}: {error}"
                ) from error
        return values


def _score(score_range: tuple[float, float] | None) -> Callable[[str], float]:
    low, high = (-math.inf, math.inf) if score_range is None else score_range

    def convert(text: str) -> float:
        score = float(text)
        if not low <= score <= high or not math.isfinite(score):
            raise ValueError(f"the score {text!r} is not from {low} to {high}")
        return score

    return convert


def _whole_number(text: str) -> int:
    number = float(text)
    if not number.is_integer():
        raise ValueError(f"the level {text!r} is not a whole number")
    return int(number)
