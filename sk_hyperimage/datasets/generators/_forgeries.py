"""Photographs forged from authentic ones: a forgery task that needs no download."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch, check_random_state

from sk_hyperimage._typing import Floats, Seed
from sk_hyperimage.datasets._bunch import data_bunch
from sk_hyperimage.datasets.generators._arguments import (
    check_kinds,
    check_manipulation,
    check_references,
)
from sk_hyperimage.distortions import compressed, copy_move, splice
from sk_hyperimage.utils._sklearn import Interval, validate_params

DESCRIPTION = """\
Photographs, and forgeries made from them: regions of another photograph (splice) or of the same
one (copy-move), half of them scaled and turned, with a hard or feathered seam, some with a blurred
rim or with noise; or, if asked, regions that are manipulated in one way and pasted as they are.
Unless they are to stay uncompressed, every photograph is first compressed as JPEG, at a quality
of its own, and then cropped, so that its blocks start anywhere; every image, authentic or
tampered, is compressed once more at the end. Neither the format nor the number of compressions
reveals a forgery, nor do the gaps that two compressions on one grid leave among DCT coefficients
outside the tampered region. The target is 1 for a tampered image.
"""

KINDS = ("splice", "copy-move")
# Range of the first compression's quality.
CAMERA_QUALITY = (60, 95)
JPEG_BLOCK = 8
# Photographs that may share regions, and therefore form a group.
BLOCK = 2


@validate_params(
    {
        "references": ["array-like"],
        "n_per_reference": [Interval(Integral, 1, None, closed="left")],
        "kinds": ["array-like", None],
        "jpeg_quality": [Interval(Integral, 1, 95, closed="both"), None],
        "manipulation": [tuple, list, None],
        "return_X_y": ["boolean"],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_forgeries(
    references: ArrayLike,
    *,
    n_per_reference: int = 1,
    kinds: Sequence[str] | None = None,
    jpeg_quality: int | None = 90,
    manipulation: tuple[str, int] | None = None,
    return_X_y: bool = False,
    random_state: Seed = None,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Splice and copy-move regions of real photographs.

    Regions have irregular shapes and cover about 2 to 15 percent of an image.

    Parameters
    ----------
    references : array-like of shape (n_references, n_rows, n_cols, 3), uint8
        Authentic color photographs of one size, of at least 16 x 16 pixels.
    n_per_reference : int, default=1
        Tampered images made from each photograph; kinds take turns.
    kinds : sequence of {"splice", "copy-move"}, default=None
        None: both.
    jpeg_quality : int, default=90
        Quality of the last compression of every image, from 1 to 95. None: the photographs are
        taken as they are, and nothing is compressed.
    manipulation : tuple (name, level), default=None
        One of ``sk_hyperimage.distortions.MANIPULATIONS`` and its level, from 1, faint, to 3, for
        every pasted region. Regions then are cut hard, neither scaled nor turned otherwise, and
        without noise: ``("blur", 1)`` and ``("resizing", 2)`` are those of Figure 6 of Cozzolino
        et al. 2017.
    return_X_y : bool, default=False
        Whether to return ``(images, target)`` only.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; an authentic image precedes the tampered ones
        made from it.

        images : ndarray of shape (n_images, n_rows, n_cols, 3), uint8
            n_references * (1 + n_per_reference) images.
        target : ndarray of int of shape (n_images,)
            1 for a tampered image, 0 for an authentic one.
        masks : ndarray of bool of shape (n_images, n_rows, n_cols)
            Replaced pixels; all False for an authentic image. A feathered seam or blurred rim
            extends a few pixels beyond them.
        groups : ndarray of int of shape (n_images,)
            Images that share a photograph are in one group: regions are spliced only between the
            two photographs of a group (three in the last group of an odd number).
        pairs : ndarray of int of shape (n_images,)
            Index of the authentic image that each was made from; its own index for an authentic
            image.
        kind : ndarray of str of shape (n_images,)
            "authentic", "splice" or "copy-move".
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    ValueError
        If `references` is not an array of 8-bit color images, holds only one photograph for
        splices, or a kind or manipulation is unknown.

    See Also
    --------
    load_casia2 : Photographs forged by hand.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_sample_photos, make_forgeries
    >>> photos = load_sample_photos().images[:4]
    >>> data = make_forgeries(photos, random_state=0)
    >>> data.images.shape, data.target.tolist(), data.groups.tolist()
    ((8, 160, 160, 3), [0, 1, 0, 1, 0, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1])

    Regions that are slightly blurred, in images that are not compressed:

    >>> data = make_forgeries(photos, manipulation=("blur", 1), jpeg_quality=None, random_state=0)
    >>> bool((data.images[0] == photos[0]).all())
    True
    """
    rng = check_random_state(random_state)
    references = check_references(references)
    kinds = check_kinds(kinds, default=KINDS, known=KINDS)
    if manipulation is not None:
        manipulation = check_manipulation(manipulation)
    if "splice" in kinds and len(references) < 2:
        raise ValueError("references holds one image, and a splice needs a region of another")
    taken = [
        reference.astype(np.float64) if jpeg_quality is None else _taken(reference, rng)
        for reference in references
    ]
    blocks = np.minimum(np.arange(len(taken)) // BLOCK, max(0, len(taken) // BLOCK - 1))
    images, masks, kind = [], [], []
    for index, photograph in enumerate(taken):
        images.append(photograph)
        masks.append(np.zeros(photograph.shape[:2], dtype=bool))
        kind.append("authentic")
        for turn in range(n_per_reference):
            kind.append(kinds[(index * n_per_reference + turn) % len(kinds)])
            if kind[-1] == "copy-move":
                image, mask = copy_move(photograph, rng, manipulation=manipulation)
            else:
                others = (blocks == blocks[index]) & (np.arange(len(taken)) != index)
                donor = taken[rng.choice(np.flatnonzero(others))]
                image, mask = splice(photograph, donor, rng, manipulation=manipulation)
            images.append(image)
            masks.append(mask)
    made_of = np.repeat(np.arange(len(taken)), 1 + n_per_reference)
    return data_bunch(
        images=np.stack([_saved(image, jpeg_quality) for image in images]),
        target=(np.array(kind) != "authentic").astype(int),
        masks=np.stack(masks),
        groups=blocks[made_of],
        pairs=made_of * (1 + n_per_reference),
        kind=kind,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )


def _taken(photograph: np.ndarray, rng: np.random.RandomState) -> Floats:
    """A photograph with traces of a camera's compression, in blocks off the image's grid."""
    quality = rng.randint(CAMERA_QUALITY[0], CAMERA_QUALITY[1] + 1)
    down, right = rng.randint(1, JPEG_BLOCK, size=2)
    wider = np.pad(photograph, ((down, 0), (right, 0), (0, 0)), mode="reflect")
    return compressed(wider, format="JPEG", quality=quality)[down:, right:]


def _saved(image: Floats, quality: int | None) -> np.ndarray:
    levels = np.clip(np.rint(image), 0, 255)
    if quality is None:
        return levels.astype(np.uint8)
    return compressed(levels, format="JPEG", quality=quality).astype(np.uint8)
