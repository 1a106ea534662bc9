"""Categorical image quality database (CSIQ), with its spreadsheet of scores."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.datasets.loaders._checked_bunch import CONSTRAINTS, quality_bunch
from sk_hyperimage.datasets.loaders._files import find, image_files, locate, take_images
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.utils._sklearn import validate_params

DESCRIPTION = """\
Categorical image quality database (CSIQ): 866 distorted images of 30 references, by additive white
Gaussian noise (awgn), Gaussian blur (blur), reduced contrast (contrast), additive pink noise
(fnoise), JPEG (jpeg) and JPEG 2000 (jpeg2000) at three to five levels. The target is the
difference mean opinion score (DMOS), from 0 to 1: lower is better. Get it from
https://s2.smu.edu/~eclarson/csiq.html, and cite
E. C. Larson and D. M. Chandler, "Most apparent distortion: full-reference image quality assessment
and the role of strategy", Journal of Electronic Imaging 19(1), 2010.
"""

SHEET = "all_by_image"
COLUMNS = ("image", "dst_type", "dst_lev", "dmos")

# Kinds of distortion in names of folders, and of files. The table has "noise" for the first and
# "jpeg 2000" for the last.
KINDS = {
    "awgn": "AWGN",
    "blur": "BLUR",
    "contrast": "contrast",
    "fnoise": "fnoise",
    "jpeg": "JPEG",
    "jpeg2000": "jpeg2000",
}


@validate_params(CONSTRAINTS, prefer_skip_nested_validation=True)
def load_csiq(
    root: str | PathLike, *, check_files: str | None = "headers", return_X_y: bool = False
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load CSIQ from where it was unpacked.

    Parameters
    ----------
    root : str or path-like
        The folder that holds ``src_imgs``, ``dst_imgs`` (with or without a folder for each kind of
        distortion) and ``csiq.DMOS.xlsx``, or ``csiq.DMOS.csv`` with its sheet ``all_by_image``,
        or one a few folders above.
    check_files, return_X_y
        As in :func:`load_tid2013`.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; `images` and `references` are paths.

        target : ndarray of shape (n_images,)
            DMOS from 0 to 1; lower is better.
        groups : ndarray of str of shape (n_images,)
            Name of the reference.
        kind : ndarray of str of shape (n_images,)
            "awgn", "blur", "contrast", "fnoise", "jpeg" or "jpeg2000".
        level : ndarray of int of shape (n_images,)
            From 1 to 5, as in file names; it grows with the damage.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    FileNotFoundError
        If a file or folder is missing; the message names it.
    ImportError
        If the spreadsheet has to be read and openpyxl is not installed.
    ValueError
        If a file is damaged or not of the data set, or a row of the table cannot be read.

    Notes
    -----
    Not every image was rated: images in ``dst_imgs`` with names like those of rated images that
    are not in the table are left out.

    References
    ----------
    Larson and Chandler, "Most apparent distortion: full-reference image quality assessment and the
    role of strategy", 2010.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_csiq
    >>> data = load_csiq("csiq")  # doctest: +SKIP
    >>> len(data.images), len(set(data.groups))  # doctest: +SKIP
    (866, 30)
    """
    reference_folder = locate(root, "src_imgs")
    home = reference_folder.parent
    folder = find(home, "dst_imgs")
    table = _table(home)
    rows = list(_rows(table))
    names = [f"{image}.{KINDS[kind]}.{level}.png" for image, kind, level, _ in rows]
    references = take_images(
        image_files(reference_folder), [f"{row[0]}.png" for row in rows], reference_folder, table
    )
    files = image_files(folder, recursive=True)
    rated = {name.lower() for name in names}
    sources = {row[0].lower() for row in rows}
    files = {k: p for k, p in files.items() if k in rated or not _is_unrated(k, sources)}
    return quality_bunch(
        images=take_images(files, names, folder, table),
        target=[row[3] for row in rows],
        groups=[row[0] for row in rows],
        references=references,
        kind=[row[1] for row in rows],
        level=[row[2] for row in rows],
        score_range=(0.0, 1.0),
        higher_is_better=False,
        table=table,
        check_files=check_files,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )


def _is_unrated(name: str, sources: set[str]) -> bool:
    """True if an image is named like those of the data set."""
    parts = name.split(".")
    return len(parts) == 4 and parts[0] in sources and parts[1] in KINDS and parts[2].isdigit()


def _table(home: Path) -> Path:
    try:
        return find(home, "csiq.DMOS.csv")
    except FileNotFoundError:
        return find(home, "csiq.DMOS.xlsx")


def _rows(table: Path) -> Iterator[tuple[str, str, int, float]]:
    """Image, kind of distortion, level and score of every row below the header."""
    where: list[int] = []
    for number, cells in enumerate(_cells(table), start=1):
        texts = ["" if cell is None else str(cell).strip() for cell in cells]
        if not where:
            names = [text.lower() for text in texts]
            if set(COLUMNS) <= set(names):
                where = [names.index(column) for column in COLUMNS]
        elif texts[where[0]]:
            with errors_named(f"row {number} of {str(table)!r}"):
                yield _row(*(texts[column] for column in where))
    if not where:
        raise ValueError(f"{str(table)!r} has no row with the headings {COLUMNS}")


def _row(image: str, kind: str, level: str, score: str) -> tuple[str, str, int, float]:
    kind = kind.lower().replace(" ", "")
    kind = "awgn" if kind == "noise" else kind
    if kind not in KINDS:
        raise ValueError(f"unknown dst_type {kind!r}")
    # Spreadsheets write whole numbers, such as the image 1600, with or without a decimal point.
    return image.removesuffix(".0"), kind, int(float(level)), float(score)


def _cells(table: Path) -> Iterable[Any]:
    if table.suffix.lower() == ".csv":
        with open(table, newline="", encoding="utf-8-sig") as file:
            return list(csv.reader(file))
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise ImportError(
            f"openpyxl is needed to read {str(table)!r}: install it (pip install openpyxl), or "
            f"save the sheet {SHEET!r} as csiq.DMOS.csv beside the file"
        ) from error
    # Errors are of any kind, for a damaged file.
    with errors_named(f"{str(table)!r} cannot be read as a spreadsheet", Exception):
        book = load_workbook(table, read_only=True, data_only=True)
    try:
        if SHEET not in book.sheetnames:
            raise ValueError(f"{str(table)!r} has no sheet {SHEET!r}; it has {book.sheetnames}")
        return list(book[SHEET].iter_rows(values_only=True))
    finally:
        book.close()
