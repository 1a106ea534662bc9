"""LIVE multiply distorted image quality database."""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.datasets.loaders._checked_bunch import CONSTRAINTS, quality_bunch, same_length
from sk_hyperimage.datasets.loaders._files import find, image_files, locate, take_images
from sk_hyperimage.datasets.loaders._matlab import read_columns
from sk_hyperimage.utils._sklearn import validate_params

DESCRIPTION = """\
LIVE multiply distorted image quality database: 450 distorted images of 15 references, in part one
blurred and then compressed by JPEG (blurjpeg), in part two blurred and then noisy (blurnoise),
each at four strengths of either, none included. The target is the difference mean opinion score
(DMOS) on a scale of 0 to 100: lower is better. Get it from the Laboratory for Image and Video
Engineering, The University of Texas at Austin,
https://live.ece.utexas.edu/research/quality/live_multidistortedimage.html, and cite
D. Jayaraman, A. Mittal, A. K. Moorthy and A. C. Bovik, "Objective quality assessment of multiply
distorted images", Asilomar Conference on Signals, Systems and Computers, 2012.
"""

PARTS = ("blurjpeg", "blurnoise")

# market_blur1_jpeg3.bmp, market_blur2.bmp, market_noise1.bmp
NAME = re.compile(r"(.+?)(?:_blur(\d))?(?:_(?:jpeg|noise)(\d))?\.\w+", re.IGNORECASE)


@validate_params(CONSTRAINTS, prefer_skip_nested_validation=True)
def load_live_md(
    root: str | PathLike, *, check_files: str | None = "headers", return_X_y: bool = False
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load the LIVE multiply distorted database from where it was unpacked.

    Parameters
    ----------
    root : str or path-like
        The folder that holds ``Part 1/blurjpeg`` and ``Part 2/blurnoise``, or one a few folders
        above. ``Imagelists.mat`` and ``Scores.mat`` are inside or beside ``blurjpeg`` and
        ``blurnoise``.
    check_files, return_X_y
        As in :func:`load_tid2013`.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; `images` and `references` are paths.

        target : ndarray of shape (n_images,)
            DMOS from 0 to 100; lower is better.
        groups : ndarray of str of shape (n_images,)
            Name of the reference; both parts have the same references.
        kind : ndarray of str of shape (n_images,)
            "blurjpeg" or "blurnoise".
        strengths : ndarray of int of shape (n_images, 2)
            Strengths of the blur, and of JPEG or noise, from 0 for none to 3. One of them is 0 if
            the image has a single distortion.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    FileNotFoundError, ValueError
        As :func:`load_live` raises them.

    References
    ----------
    Jayaraman et al., "Objective quality assessment of multiply distorted images", 2012.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_live_md
    >>> data = load_live_md("LIVEmultidistortiondatabase")  # doctest: +SKIP
    >>> len(data.images), len(set(data.groups))  # doctest: +SKIP
    (450, 15)
    """
    parts = [_load_part(locate(root, part)) for part in PARTS]
    names = [name for part in parts for name in part["names"]]
    return quality_bunch(
        images=[path for part in parts for path in part["images"]],
        target=np.concatenate([part["target"] for part in parts]),
        groups=[Path(path).stem for part in parts for path in part["references"]],
        references=[path for part in parts for path in part["references"]],
        kind=np.repeat(PARTS, [len(part["images"]) for part in parts]),
        strengths=[_strengths(name) for name in names],
        score_range=(0.0, 100.0),
        higher_is_better=False,
        table=parts[0]["table"],
        check_files=check_files,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )


def _load_part(folder: Path) -> dict[str, Any]:
    lists, table = (_beside_or_inside(folder, name) for name in ("Imagelists.mat", "Scores.mat"))
    names, references, which = read_columns(lists, "distimgs", "refimgs", "ref4dist")
    (target,) = read_columns(table, "DMOSscores")
    columns = {
        f"{lists.name} (distimgs)": names,
        f"{lists.name} (ref4dist)": which,
        f"{table.name} (DMOSscores)": target,
    }
    same_length(columns, str(lists.parent))
    if not set(which) <= set(range(1, 1 + len(references))):
        raise ValueError(f"ref4dist in {str(lists)!r} is not from 1 to {len(references)}")
    paths = take_images(image_files(folder), [*names, *references], folder, lists)
    images, references = paths[: len(names)], paths[len(names) :]
    return {
        "names": names,
        "images": images,
        "references": [references[int(index) - 1] for index in which],
        "target": target,
        "table": table,
    }


def _beside_or_inside(folder: Path, name: str) -> Path:
    try:
        return find(folder, name)
    except FileNotFoundError:
        return find(folder.parent, name)


def _strengths(name: str) -> tuple[int, int]:
    match = NAME.fullmatch(name)
    if match is None or not (match[2] or match[3]):
        raise ValueError(f"{name!r} is not a name like 'market_blur1_jpeg3.bmp'")
    return int(match[2] or 0), int(match[3] or 0)
