"""LIVE image quality assessment database, release 2."""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.datasets.loaders._checked_bunch import CONSTRAINTS, quality_bunch, same_length
from sk_hyperimage.datasets.loaders._files import find, image_files, locate, take_images
from sk_hyperimage.datasets.loaders._matlab import read_columns
from sk_hyperimage.utils._sklearn import validate_params

DESCRIPTION = """\
LIVE image quality assessment database, release 2: 779 distorted images of 29 references, by JPEG
2000 (jp2k), JPEG (jpeg), white noise (wn), Gaussian blur (gblur) and a fast-fading channel
(fastfading), beside 203 copies of the references that were rated with them. The target is the
difference mean opinion score (DMOS): lower is better. Realigned scores run from -2.64 to 111.77.
Get it from the Laboratory for Image and Video Engineering, The University of Texas at Austin,
https://live.ece.utexas.edu/research/quality/subjective.htm, and cite
H. R. Sheikh, M. F. Sabir and A. C. Bovik, "A statistical evaluation of recent full reference image
quality assessment algorithms", IEEE Transactions on Image Processing 15(11), 2006, and
H. R. Sheikh, Z. Wang, L. Cormack and A. C. Bovik, "LIVE image quality assessment database
release 2".
"""

# Images in each folder as published, in the order of the scores.
FOLDERS = {"jp2k": 227, "jpeg": 233, "wn": 174, "gblur": 174, "fastfading": 174}


@validate_params(
    CONSTRAINTS | {"realigned": ["boolean"], "include_pristine": ["boolean"]},
    prefer_skip_nested_validation=True,
)
def load_live(
    root: str | PathLike,
    *,
    realigned: bool = True,
    include_pristine: bool = False,
    check_files: str | None = "headers",
    return_X_y: bool = False,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load LIVE release 2 from where it was unpacked.

    Parameters
    ----------
    root : str or path-like
        The folder that holds ``refimgs``, ``jp2k``, ``jpeg``, ``wn``, ``gblur``, ``fastfading``,
        ``dmos.mat``, ``dmos_realigned.mat`` and ``refnames_all.mat``, or one a few folders above.
    realigned : bool, default=True
        Whether to take the scores of ``dmos_realigned.mat``, which its authors recommend, rather
        than those of ``dmos.mat``.
    include_pristine : bool, default=False
        Whether to keep the copies of references. Results are usually reported without them.
    check_files, return_X_y
        As in :func:`load_tid2013`.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; `images` and `references` are paths.

        target : ndarray of shape (n_images,)
            DMOS; lower is better. From -2.64 to 111.77 if realigned, else from 0 to 100.
        groups : ndarray of str of shape (n_images,)
            Name of the reference.
        kind : ndarray of str of shape (n_images,)
            The folder's name, or "pristine".
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    FileNotFoundError
        If a file or folder is missing; the message names it.
    ValueError
        If a file is damaged or belongs to no score, or the score files do not fit together.

    References
    ----------
    Sheikh, Sabir and Bovik, "A statistical evaluation of recent full reference image quality
    assessment algorithms", 2006.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_live
    >>> data = load_live("databaserelease2")  # doctest: +SKIP
    >>> len(data.images), len(set(data.groups))  # doctest: +SKIP
    (779, 29)
    """
    reference_folder = locate(root, "refimgs")
    home = reference_folder.parent
    table = find(home, "dmos_realigned.mat" if realigned else "dmos.mat")
    target, pristine = read_columns(table, "dmos_new" if realigned else "dmos", "orgs")
    names_table = find(home, "refnames_all.mat")
    (names,) = read_columns(names_table, "refnames_all")
    columns = {
        f"{table.name} (scores)": target,
        f"{table.name} (orgs)": pristine,
        f"{names_table.name} (refnames_all)": names,
    }
    same_length(columns, str(home))
    images, kind = _distorted_images(home, table, len(target))
    references = take_images(image_files(reference_folder), names, reference_folder, names_table)
    kind = np.where(pristine == 1, "pristine", kind)
    kept = np.flatnonzero(include_pristine | (pristine != 1))
    return quality_bunch(
        images=[images[i] for i in kept],
        target=target[kept],
        groups=[Path(names[i]).stem for i in kept],
        references=[references[i] for i in kept],
        kind=kind[kept],
        score_range=(-2.64, 111.77) if realigned else (0.0, 100.0),
        higher_is_better=False,
        table=table,
        check_files=check_files,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )


def _distorted_images(home: Path, table: Path, n_scores: int) -> tuple[list[str], np.ndarray]:
    """Paths img1.bmp, img2.bmp, ... of all folders in the order of the scores, and their kinds."""
    folders = {kind: find(home, kind) for kind in FOLDERS}
    files = {kind: image_files(folder) for kind, folder in folders.items()}
    counts = FOLDERS
    if n_scores != sum(FOLDERS.values()):  # a part of the release
        counts = {
            kind: sum(re.fullmatch(r"img\d+\.bmp", name) is not None for name in names)
            for kind, names in files.items()
        }
    images: list[str] = []
    for kind, count in counts.items():
        names = [f"img{number}.bmp" for number in range(1, count + 1)]
        images += take_images(files[kind], names, folders[kind], table)
    if len(images) != n_scores:
        raise ValueError(f"{str(table)!r} has {n_scores} scores, but the folders hold {counts}")
    return images, np.repeat(list(counts), list(counts.values()))
