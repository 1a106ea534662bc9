"""Tampere image databases TID2008 and TID2013, which have the same layout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from numbers import Integral
from os import PathLike
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.datasets.loaders._checked_bunch import CONSTRAINTS, quality_bunch
from sk_hyperimage.datasets.loaders._files import find, image_files, locate, take_images
from sk_hyperimage.utils._sklearn import validate_params

# Kinds of distortion by their names in the readme of TID2013, numbered from 1 in file names. The
# first 17 are those of TID2008.
KINDS = (
    "Additive Gaussian noise",
    "Additive noise in color components is more intensive than additive noise in the luminance "
    "component",
    "Spatially correlated noise",
    "Masked noise",
    "High frequency noise",
    "Impulse noise",
    "Quantization noise",
    "Gaussian blur",
    "Image denoising",
    "JPEG compression",
    "JPEG2000 compression",
    "JPEG transmission errors",
    "JPEG2000 transmission errors",
    "Non eccentricity pattern noise",
    "Local block-wise distortions of different intensity",
    "Mean shift (intensity shift)",
    "Contrast change",
    "Change of color saturation",
    "Multiplicative Gaussian noise",
    "Comfort noise",
    "Lossy compression of noisy images",
    "Image color quantization with dither",
    "Chromatic aberrations",
    "Sparse sampling and reconstruction",
)

DESCRIPTION_2013 = """\
Tampere image database TID2013: 3,000 distorted images of 25 references, 24 kinds of distortion at
5 levels. The target is the mean opinion score (MOS), from 0 to 9: higher is better. Get it
from https://www.ponomarenko.info/tid2013.htm, and cite
N. Ponomarenko et al., "Image database TID2013: Peculiarities, results and perspectives", Signal
Processing: Image Communication 30, 2015.
"""

DESCRIPTION_2008 = """\
Tampere image database TID2008: 1,700 distorted images of 25 references, 17 kinds of distortion at
4 levels. The target is the mean opinion score (MOS), from 0 to 9: higher is better. Get it
from https://www.ponomarenko.info/tid2008.htm, and cite
N. Ponomarenko et al., "TID2008 - A database for evaluation of full-reference visual quality
assessment metrics", Advances of Modern Radioelectronics 10, 2009.
"""

ROW = re.compile(r"(\S+)\s+(i(\d\d)_(\d\d)_(\d)\.bmp)", re.IGNORECASE)

PARAMETERS = CONSTRAINTS | {"kinds": ["array-like", None]}


@validate_params(PARAMETERS, prefer_skip_nested_validation=True)
def load_tid2013(
    root: str | PathLike,
    *,
    kinds: Sequence[int | str] | None = None,
    check_files: str | None = "headers",
    return_X_y: bool = False,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load TID2013 from where it was unpacked.

    Parameters
    ----------
    root : str or path-like
        The folder that holds ``reference_images``, ``distorted_images`` and
        ``mos_with_names.txt``, or one a few folders above. File names may be in upper or lower
        case.
    kinds : sequence of int or str, default=None
        Kinds of distortion to load, by number from 1 to 24 or by name; None for all.
    check_files : {"headers", "pixels"} or None, default="headers"
        "headers" reads the headers of all image files and checks that BMP and PNG files do not
        end early; "pixels" decodes every file once; None does neither. Missing and extra files
        are always found.
    return_X_y : bool, default=False
        Whether to return ``(images, target)`` only.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; `images` and `references` are paths.

        target : ndarray of shape (n_images,)
            MOS from 0 to 9; higher is better.
        groups : ndarray of str of shape (n_images,)
            Reference, "i01" to "i25".
        kind : ndarray of str of shape (n_images,)
            Published name of the kind of distortion.
        level : ndarray of int of shape (n_images,)
            From 1 to 5, as in file names. It increases with the damage, except for block-wise
            distortions, mean shift and contrast change.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    FileNotFoundError
        If a file or folder is missing; the message names it.
    ValueError
        If a file is damaged or belongs to no score, a line of ``mos_with_names.txt`` cannot be
        read, or a kind of distortion is unknown.

    References
    ----------
    Ponomarenko et al., "Image database TID2013: Peculiarities, results and perspectives", 2015.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_tid2013
    >>> data = load_tid2013("tid2013", kinds=[1, 8, 10, 11])  # doctest: +SKIP
    >>> len(data.images), len(set(data.groups))  # doctest: +SKIP
    (500, 25)
    """
    return _load(root, KINDS, kinds, check_files, return_X_y, DESCRIPTION_2013)


@validate_params(PARAMETERS, prefer_skip_nested_validation=True)
def load_tid2008(
    root: str | PathLike,
    *,
    kinds: Sequence[int | str] | None = None,
    check_files: str | None = "headers",
    return_X_y: bool = False,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load TID2008 from where it was unpacked.

    Parameters
    ----------
    root : str or path-like
        As in :func:`load_tid2013`.
    kinds : sequence of int or str, default=None
        Kinds of distortion to load, by number from 1 to 17 or by name; None for all.
    check_files, return_X_y
        As in :func:`load_tid2013`.

    Returns
    -------
    data : Bunch
        As :func:`load_tid2013` returns it, with levels from 1 to 4.

    Raises
    ------
    FileNotFoundError, ValueError
        As :func:`load_tid2013` raises them.

    References
    ----------
    Ponomarenko et al., "TID2008 - A database for evaluation of full-reference visual quality
    assessment metrics", 2009.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_tid2008
    >>> data = load_tid2008("tid2008")  # doctest: +SKIP
    >>> len(data.images), data.score_range  # doctest: +SKIP
    (1700, (0.0, 9.0))
    """
    return _load(root, KINDS[:17], kinds, check_files, return_X_y, DESCRIPTION_2008)


def _load(
    root: str | PathLike,
    known: Sequence[str],
    kinds: Sequence[int | str] | None,
    check_files: str | None,
    return_X_y: bool,
    descr: str,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    wanted = _numbers(kinds, known)
    folder = locate(root, "distorted_images")
    reference_folder = find(folder.parent, "reference_images")
    table = find(folder.parent, "mos_with_names.txt")
    rows = _read_scores(table, len(known))
    images = take_images(image_files(folder), [row[1] for row in rows], folder, table)
    references = take_images(
        image_files(reference_folder), [f"i{row[2]}.bmp" for row in rows], reference_folder, table
    )
    kept = [index for index, row in enumerate(rows) if int(row[3]) in wanted]
    return quality_bunch(
        images=[images[i] for i in kept],
        target=[float(rows[i][0]) for i in kept],
        groups=[f"i{rows[i][2]}" for i in kept],
        references=[references[i] for i in kept],
        kind=[known[int(rows[i][3]) - 1] for i in kept],
        level=[int(rows[i][4]) for i in kept],
        score_range=(0.0, 9.0),
        higher_is_better=True,
        table=table,
        check_files=check_files,
        return_X_y=return_X_y,
        DESCR=descr,
    )


def _read_scores(table: Path, n_kinds: int) -> list[tuple[str, ...]]:
    """Score, file name, reference, kind and level of every line."""
    rows: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(table.read_text("latin-1").splitlines(), start=1):
        if not line.strip():
            continue
        match = ROW.fullmatch(line.strip())
        if match is None or not _is_number(match[1]) or not 1 <= int(match[4]) <= n_kinds:
            raise ValueError(
                f"line {number} of {str(table)!r} is {line.strip()!r}, not a score and a name "
                f"like 'i01_01_1.bmp' with a kind of distortion from 1 to {n_kinds}"
            )
        if match[2].lower() in rows:
            raise ValueError(f"line {number} of {str(table)!r} repeats {match[2]!r}")
        rows[match[2].lower()] = match.groups()
    return list(rows.values())


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(kinds: Sequence[int | str] | None, known: Sequence[str]) -> set[int]:
    """Kinds of distortion as numbers from 1."""
    if kinds is None:
        return set(range(1, 1 + len(known)))
    by_name = {name.lower(): number for number, name in enumerate(known, start=1)}
    numbers: set[int] = set()
    for kind in kinds:
        number = by_name.get(kind.lower()) if isinstance(kind, str) else kind
        if not isinstance(number, Integral) or not 1 <= number <= len(known):
            raise ValueError(
                f"kinds holds {kind!r}; a kind is a number from 1 to {len(known)} or one of "
                f"{list(known)}"
            )
        numbers.add(int(number))
    return numbers
