"""Panoramas of differently compressed tiles (Ahn, Kang and Sohn 2017, Section 1)."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch, check_consistent_length, check_random_state

from sk_hyperimage._typing import ImagesLike, Ints, Seed
from sk_hyperimage.datasets._bunch import data_bunch
from sk_hyperimage.datasets.generators._distorted_images import DistortedImages, boxes_of, planned
from sk_hyperimage.datasets.generators._photographs import photograph_sequence
from sk_hyperimage.utils._sklearn import Interval, validate_params

DESCRIPTION = """\
Photographs in tiles, each compressed by itself and with a JPEG quality of its own, as a panorama
that is put together of several shots: the example in Section 1 of Ahn, Kang and Sohn 2017, "Image
distortion detection using convolutional neural network". The target is the boxes of the tiles and
the positions of their qualities.
"""

# Sides of tiles, as shares of equal ones.
SIDES = (0.7, 1.3)
LEAST_SIDE = 8


@validate_params(
    {
        "photographs": "no_validation",  # arrays or paths: checked one by one
        "qualities": ["array-like"],
        "n_tiles": [tuple],
        "n_per_photograph": [Interval(Integral, 1, None, closed="left")],
        "crop_size": [Interval(Integral, 16, None, closed="left"), None],
        "groups": ["array-like", None],
        "return_X_y": ["boolean"],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_panoramas(
    photographs: ImagesLike,
    *,
    qualities: Sequence[int] = (90, 40, 20, 10),
    n_tiles: tuple[int, int] = (1, 3),
    n_per_photograph: int = 1,
    crop_size: int | None = None,
    groups: ArrayLike | None = None,
    return_X_y: bool = False,
    random_state: Seed = None,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Cut photographs into tiles, and compress each tile by itself.

    Parameters
    ----------
    photographs, groups, return_X_y, random_state
        As in :func:`make_distortion_detection`.
    qualities : sequence of int, default=(90, 40, 20, 10)
        JPEG qualities from 1 to 95, one of which is drawn for each tile.
    n_tiles : tuple of two int, default=(1, 3)
        Tiles along rows and columns. Their sides differ by up to a factor of two.
    n_per_photograph : int, default=1
        Panoramas that are made of every photograph.
    crop_size : int or None, default=None
        Sides of the middle of a photograph, of which panoramas are made. None: all of it.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; images of one photograph are adjacent.

        images : sequence of n_images images
            Made on demand, floats in [0, 1] that are whole steps of 8 bits.
        target : ndarray of shape (n_images, n_tiles, 5)
            Boxes of all tiles, ``row0, col0, row1, col1, label``.
        target_names : ndarray of str of shape (n_qualities,)
            The quality of each label.
        groups, photographs
            As from :func:`make_distortion_detection`.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    ValueError
        If `qualities` or `n_tiles` are none, an image is too small for its tiles, or as
        :func:`make_distortion_detection`.

    Notes
    -----
    A tile is an image of its own: its blocks of 8 x 8 pixels begin at its own corner.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_sample_photos, make_panoramas
    >>> data = make_panoramas(load_sample_photos().images[:2], random_state=0)
    >>> data.images.shape, data.target.shape, data.target_names.tolist()
    ((2, 160, 160, 3), (2, 3, 5), ['90', '40', '20', '10'])
    """
    qualities = list(qualities)
    wrong = [q for q in qualities if not isinstance(q, Integral) or not 1 <= q <= 95]
    if wrong or not qualities:
        raise ValueError(f"qualities must be whole numbers from 1 to 95, got {wrong or qualities}")
    if len(n_tiles) != 2 or not all(isinstance(n, Integral) and n > 0 for n in n_tiles):
        raise ValueError(f"n_tiles must be two positive whole numbers, got {n_tiles}")
    sequence = photograph_sequence(photographs)
    if groups is not None:
        check_consistent_length(sequence, groups)
    seeds = check_random_state(random_state).randint(2**32, size=len(sequence), dtype=np.uint32)

    def drawn(
        number: int, shape: tuple[int, int], rng: np.random.RandomState
    ) -> tuple[Ints, list[str], list[int]]:
        boxes = _tiles(shape, n_tiles, rng)
        codes = rng.randint(len(qualities), size=len(boxes))
        return boxes, ["jpeg"] * len(boxes), [qualities[code] for code in codes]

    plans = planned(sequence, crop_size, seeds, n_per_photograph, drawn)
    of_images = np.array([plan.photograph for plan in plans])
    return data_bunch(
        images=DistortedImages(sequence, plans, crop_size, one_by_one=True),
        target=boxes_of(
            plans, [[qualities.index(int(q)) for q in plan.strengths] for plan in plans]
        ),
        target_names=list(map(str, qualities)),
        groups=of_images if groups is None else np.asarray(groups)[of_images],
        photographs=of_images,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )


def _tiles(shape: tuple[int, int], n_tiles: tuple[int, int], rng: np.random.RandomState) -> Ints:
    """Boxes of tiles that cover an image, (n, 4), row by row."""
    edges = []
    for side, n in zip(shape, n_tiles, strict=True):
        if side < LEAST_SIDE * n / SIDES[0]:
            raise ValueError(f"an image of {shape} pixels is too small for n_tiles={n_tiles}")
        shares = rng.uniform(*SIDES, size=n).cumsum()
        edges.append(np.rint(side * np.concatenate([[0], shares / shares[-1]])).astype(int))
    return np.array(
        [
            [row0, col0, row1, col1]
            for row0, row1 in zip(edges[0][:-1], edges[0][1:], strict=True)
            for col0, col1 in zip(edges[1][:-1], edges[1][1:], strict=True)
        ]
    )
