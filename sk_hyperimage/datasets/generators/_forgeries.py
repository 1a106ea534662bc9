"""Forged photographs made of authentic ones: a forgery task that needs no download."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import Bunch, check_random_state

from sk_hyperimage.distortions._operations import check_references, jpeg
from sk_hyperimage.distortions._pasting import forge
from sk_hyperimage.utils._sklearn import Interval, validate_params

DESCRIPTION = """\
Photographs, and forgeries made of them: regions of another photograph (splice) or of the same one
(copy-move), half of them scaled and turned, with a hard or feathered seam, some with a blurred rim
or with noise. Every photograph comes compressed as JPEG, at a quality of its own and cut since, so
that its blocks start anywhere; every image, authentic or tampered, is compressed once more after
the forging. Neither format nor number of compressions tells them apart, nor do the gaps that two
compressions on one grid leave among the DCT coefficients of whatever was not touched. The target
is 1 for a tampered image.
"""

KINDS = ("splice", "copy-move")
# Qualities that a photograph may come with.
CAMERA_QUALITY = (60, 95)
JPEG_BLOCK = 8
# Photographs of one block lend each other regions, so a block is a group of splits.
BLOCK = 2


@validate_params(
    {
        "photographs": ["array-like"],
        "n_forgeries": [Interval(Integral, 1, None, closed="left")],
        "kinds": ["array-like", None],
        "quality": [Interval(Integral, 1, 95, closed="both")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_forgeries(
    photographs: Any,
    *,
    n_forgeries: int = 1,
    kinds: Sequence[str] | None = None,
    quality: int = 90,
    random_state: int | np.random.RandomState | None = None,
) -> Bunch:
    """Splice and copy-move regions of real photographs.

    Regions have irregular shapes and cover about 2 to 15 percent of an image.

    Parameters
    ----------
    photographs : array-like of shape (n_photographs, n_rows, n_cols, 3), uint8
        Authentic colour images of one size, of at least 16 x 16 pixels.
    n_forgeries : int, default=1
        Tampered images made of each photograph; kinds take turns.
    kinds : sequence of {"splice", "copy-move"}, default=None
        None: both.
    quality : int, default=90
        JPEG quality, from 1 to 95, at which every image is compressed in the end.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    data : Bunch
        With these attributes, an authentic image before the tampered ones made of it:

        images : ndarray of shape (n_images, n_rows, n_cols, 3), uint8
            n_photographs * (1 + n_forgeries) images.
        target : ndarray of int of shape (n_images,)
            1 for a tampered image, 0 for an authentic one.
        masks : ndarray of bool of shape (n_images, n_rows, n_cols)
            Replaced pixels; all False for an authentic image. A feathered seam or blurred rim
            reaches a few pixels further.
        groups : ndarray of int of shape (n_images,)
            Images that share a photograph are in one group: regions are spliced only between the
            two photographs of a group (three in the last one of an odd number).
        pairs : ndarray of int of shape (n_images,)
            Index of the authentic image that an image was made of, or is.
        kind : ndarray of str of shape (n_images,)
            "authentic", "splice" or "copy-move".
        DESCR : str
            How the images were made.

    Raises
    ------
    ValueError
        If `photographs` is not an array of 8-bit colour images, is one photograph where regions
        are to be spliced, or a kind is unknown.

    See Also
    --------
    load_casia2 : Photographs forged by hand.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_sample_photos, make_forgeries
    >>> photographs = load_sample_photos().images[:4]
    >>> data = make_forgeries(photographs, random_state=0)
    >>> data.images.shape, data.target.tolist(), data.groups.tolist()
    ((8, 160, 160, 3), [0, 1, 0, 1, 0, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1])
    """
    rng = check_random_state(random_state)
    photographs = check_references(photographs, "photographs")
    kinds = _check_kinds(kinds, len(photographs))
    taken = [_taken(photograph, rng) for photograph in photographs]
    blocks = np.minimum(np.arange(len(taken)) // BLOCK, max(0, len(taken) // BLOCK - 1))
    images, masks, kind = [], [], []
    for index, photograph in enumerate(taken):
        images.append(photograph)
        masks.append(np.zeros(photograph.shape[:2], dtype=bool))
        kind.append("authentic")
        for turn in range(n_forgeries):
            kind.append(kinds[(index * n_forgeries + turn) % len(kinds)])
            same = kind[-1] == "copy-move"
            others = np.flatnonzero((blocks == blocks[index]) & (np.arange(len(taken)) != index))
            donor = photograph if same else taken[rng.choice(others)]
            image, mask = forge(photograph, donor, rng, same=same)
            images.append(image)
            masks.append(mask)
    of_photograph = np.repeat(np.arange(len(taken)), 1 + n_forgeries)
    return Bunch(
        images=np.stack([_saved(image, quality, rng) for image in images]),
        target=(np.array(kind) != "authentic").astype(int),
        masks=np.stack(masks),
        groups=blocks[of_photograph],
        pairs=of_photograph * (1 + n_forgeries),
        kind=np.array(kind),
        DESCR=DESCRIPTION,
    )


def _check_kinds(kinds: Sequence[str] | None, n_photographs: int) -> list[str]:
    kinds = list(KINDS) if kinds is None else list(kinds)
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise ValueError(f"kinds must be some of {list(KINDS)}, got {unknown or kinds!r}")
    if "splice" in kinds and n_photographs < 2:
        raise ValueError("photographs holds one image, and a splice needs a region of another")
    return kinds


def _taken(photograph: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
    """A photograph with the traces of its camera's compression, in blocks off the image's grid."""
    quality = rng.randint(CAMERA_QUALITY[0], CAMERA_QUALITY[1] + 1)
    down, right = rng.randint(1, JPEG_BLOCK, size=2)
    wider = np.pad(photograph, ((down, 0), (right, 0), (0, 0)), mode="reflect")
    return jpeg(wider, quality, rng)[down:, right:]


def _saved(image: np.ndarray, quality: int, rng: np.random.RandomState) -> np.ndarray:
    return jpeg(np.clip(np.rint(image), 0, 255), quality, rng).astype(np.uint8)
