"""LIVE in the Wild image quality challenge database."""

from __future__ import annotations

import re
from os import PathLike

import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.datasets.loaders._checked_bunch import CONSTRAINTS, quality_bunch, same_length
from sk_hyperimage.datasets.loaders._files import find, image_files, locate, take_images
from sk_hyperimage.datasets.loaders._matlab import read_columns
from sk_hyperimage.utils._sklearn import validate_params

DESCRIPTION = """\
LIVE in the Wild image quality challenge database: 1,162 photographs from mobile devices, with
authentic distortions, and seven more that raters were trained with. The target is the mean opinion
score (MOS) on a scale of 0 to 100: higher is better. There are no references. Get it from the
Laboratory for Image and Video Engineering, The University of Texas at Austin,
https://live.ece.utexas.edu/research/ChallengeDB/index.html, and cite
D. Ghadiyaram and A. C. Bovik, "Massive online crowdsourced study of subjective and objective
picture quality", IEEE Transactions on Image Processing 25(1), 2016.
"""

# The images that raters were trained with come first, as t1.bmp to t7.bmp.
TRAINING = re.compile(r"t\d+\.\w+", re.IGNORECASE)


@validate_params(
    CONSTRAINTS | {"include_training": ["boolean"]}, prefer_skip_nested_validation=True
)
def load_live_challenge(
    root: str | PathLike,
    *,
    include_training: bool = False,
    check_files: str | None = "headers",
    return_X_y: bool = False,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load the LIVE in the Wild challenge database from where it was unpacked.

    Parameters
    ----------
    root : str or path-like
        The folder that holds ``Images``, with or without its folder ``trainingImages``, and
        ``Data``, or one a few folders above.
    include_training : bool, default=False
        Whether to load the seven images that raters were trained with. Results are usually
        reported without them.
    check_files, return_X_y
        As in :func:`load_tid2013`.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; `images` are paths.

        target : ndarray of shape (n_images,)
            MOS from 0 to 100; higher is better.
        groups : ndarray of int of shape (n_images,)
            Index of the image: no two share a reference.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    FileNotFoundError, ValueError
        As :func:`load_live` raises them.

    References
    ----------
    Ghadiyaram and Bovik, "Massive online crowdsourced study of subjective and objective picture
    quality", 2016.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_live_challenge
    >>> data = load_live_challenge("ChallengeDB_release")  # doctest: +SKIP
    >>> len(data.images), data.references is None  # doctest: +SKIP
    (1162, True)
    """
    folder = locate(root, "Images")
    scores = find(folder.parent, "Data")
    names_table, table = (find(scores, f"All{what}_release.mat") for what in ("Images", "MOS"))
    (names,) = read_columns(names_table, "AllImages_release")
    (target,) = read_columns(table, "AllMOS_release")
    same_length({names_table.name: names, table.name: target}, str(scores))
    kept = [i for i, name in enumerate(names) if include_training or not TRAINING.fullmatch(name)]
    files = image_files(folder, recursive=True)
    if not include_training:
        files = {name: path for name, path in files.items() if not TRAINING.fullmatch(name)}
    return quality_bunch(
        images=take_images(files, [names[i] for i in kept], folder, names_table),
        target=target[kept],
        groups=np.arange(len(kept)),
        score_range=(0.0, 100.0),
        higher_is_better=True,
        table=table,
        check_files=check_files,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )
