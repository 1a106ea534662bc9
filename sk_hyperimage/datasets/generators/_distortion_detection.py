"""Photographs with regions of different distortions (Ahn, Kang and Sohn 2017, Section 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch, check_consistent_length, check_random_state

from sk_hyperimage._typing import ImagesLike, Ints, Seed
from sk_hyperimage.datasets._bunch import data_bunch
from sk_hyperimage.datasets.generators._arguments import check_kinds
from sk_hyperimage.datasets.generators._distorted_images import (
    BoxMasks,
    DistortedImages,
    boxes_of,
    planned,
)
from sk_hyperimage.datasets.generators._photographs import photograph_sequence
from sk_hyperimage.distortions import FLICKR_KINDS
from sk_hyperimage.utils._sklearn import Interval, validate_params

DESCRIPTION = """\
Photographs with regions of different distortions, after Section 3.2 of Ahn, Kang and Sohn 2017,
"Image distortion detection using convolutional neural network". The target is the boxes of the
regions and the kinds of their distortions. Regions that found no place were dropped, so that
there are fewer than were drawn: with the defaults 1.8 of 2.5 on average.
"""


@validate_params(
    {
        "photographs": "no_validation",  # arrays or paths: checked one by one
        "kinds": ["array-like", None],
        "n_per_photograph": [Interval(Integral, 1, None, closed="left")],
        "n_regions": [tuple],
        "region_size": [tuple],
        "crop_size": [Interval(Integral, 16, None, closed="left"), None],
        "n_tries": [Interval(Integral, 1, None, closed="left")],
        "groups": ["array-like", None],
        "return_X_y": ["boolean"],
        "temp_folder": [str, None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_distortion_detection(
    photographs: ImagesLike,
    *,
    kinds: Sequence[str] | None = None,
    n_per_photograph: int = 20,
    n_regions: tuple[int, int] = (1, 4),
    region_size: tuple[float, float] = (0.3, 0.7),
    crop_size: int | None = 300,
    n_tries: int = 100,
    groups: ArrayLike | None = None,
    return_X_y: bool = False,
    temp_folder: str | None = None,
    random_state: Seed = None,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Distort regions of photographs, each in one of eight ways.

    The defaults are the "basic" data of the paper. Its "difficult" data have
    ``n_regions=(5, 9), region_size=(0.1, 0.3)``.

    Parameters
    ----------
    photographs : sequence of images or paths, or array of shape (n, n_rows, n_cols, 3), uint8
        8-bit color photographs, which may differ in size; one is in memory at a time.
    kinds : sequence of str, default=None
        Names in ``sk_hyperimage.distortions.FLICKR_KINDS``. None: all eight.
    n_per_photograph : int, default=20
        Images that are made of every photograph.
    n_regions : tuple of two int, default=(1, 4)
        Least and greatest number of regions that are drawn for an image.
    region_size : tuple of two float, default=(0.3, 0.7)
        Least and greatest side of a region, as a share of that of the image.
    crop_size : int or None, default=300
        Sides of the middle of a photograph, of which images are made. None: all of it.
    n_tries : int, default=100
        How often a place is drawn for a region where none of the others lies. One that finds none
        is dropped.
    groups : array-like of shape (n_photographs,), default=None
        What to keep together in splits. None: every photograph is a group.
    return_X_y : bool, default=False
        Whether to return ``(images, target)`` only.
    temp_folder : str, default=None
        A folder for a temporary file with all images, 270 kB for each at the default size, which
        saves time if they are read more than once. None: every image is made anew whenever it is
        asked for, and none is kept.
    random_state : int, RandomState instance or None, default=None
        Seed. The images of a photograph depend on it and on the photograph's position only.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; images of one photograph are adjacent.

        images : sequence of shape (n_images, crop_size, crop_size, 3)
            Made on demand, floats in [0, 1] that are whole steps of 8 bits. With a `temp_folder` a
            read-only memmap, uint8.
        target : ndarray of shape (n_images, max_boxes, 5)
            Boxes ``row0, col0, row1, col1, label`` in pixels, half-open; rows of NaN fill up.
        target_names : ndarray of str of shape (n_kinds,)
            The kind of each label.
        strength : ndarray of shape (n_images, max_boxes)
            Of the distortion in each box, uniform between those of the extreme levels.
        masks : sequence of ndarray of bool of shape (n_rows, n_cols)
            The distorted pixels, made on demand.
        groups : ndarray of shape (n_images,)
            As given, or the index of the photograph.
        photographs : ndarray of int of shape (n_images,)
            Index of the photograph.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    ValueError
        If a kind is unknown, a range is none, or a photograph is not an 8-bit color image, is
        smaller than `crop_size` (the message names it), or `groups` has another length. What
        concerns the pixels of files is found when the images are made.

    See Also
    --------
    make_distortion_classification : The same kinds in whole images.
    sk_hyperimage.metrics.mean_average_precision : The score of detections.

    Notes
    -----
    The paper leaves choices. The ratio of a region is taken as that of its sides, one for both,
    and regions do not overlap: no other reading tried gave both of its average ratios, 0.43 and
    0.18. A distortion is computed on the whole image, and its region taken from it. The number of
    levels of quantization is not stated: from 16 to 4 here.

    References
    ----------
    N. Ahn, B. Kang and K.-A. Sohn, "Image distortion detection using convolutional neural
    network", 2017.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_sample_photos, make_distortion_detection
    >>> photos = load_sample_photos().images[:2]
    >>> data = make_distortion_detection(
    ...     photos, n_per_photograph=3, crop_size=160, random_state=0
    ... )
    >>> data.images.shape, data.target.shape
    ((6, 160, 160, 3), (6, 3, 5))
    >>> *box, label = data.target[0, 0].astype(int).tolist()
    >>> box, data.target_names[label].item()
    ([61, 30, 149, 118], 'blur')
    """
    kinds = check_kinds(kinds, default=list(FLICKR_KINDS), known=FLICKR_KINDS)
    _check_ranges(n_regions, region_size)
    sequence = photograph_sequence(photographs)
    if groups is not None:
        check_consistent_length(sequence, groups)
    seeds = check_random_state(random_state).randint(2**32, size=len(sequence), dtype=np.uint32)

    def drawn(
        number: int, shape: tuple[int, int], rng: np.random.RandomState
    ) -> tuple[Ints, list[str], list[float]]:
        n = rng.randint(n_regions[0], n_regions[1] + 1)
        boxes = _places(shape, n, region_size, n_tries, rng)
        names = [kinds[code] for code in rng.randint(len(kinds), size=len(boxes))]
        levels = [FLICKR_KINDS[name].strengths for name in names]
        return boxes, names, [rng.uniform(min(some), max(some)) for some in levels]

    plans = planned(sequence, crop_size, seeds, n_per_photograph, drawn)
    images = DistortedImages(sequence, plans, crop_size)
    target = boxes_of(plans, [[kinds.index(kind) for kind in plan.kinds] for plan in plans])
    strength = np.full(target.shape[:2], np.nan)
    for place, plan in zip(strength, plans, strict=True):
        place[: len(plan.strengths)] = plan.strengths
    of_images = np.array([plan.photograph for plan in plans])
    return data_bunch(
        images=images if temp_folder is None else images.in_file(temp_folder),
        target=target,
        target_names=kinds,
        strength=strength,
        masks=BoxMasks(images),
        groups=of_images if groups is None else np.asarray(groups)[of_images],
        photographs=of_images,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )


def _check_ranges(n_regions: tuple[int, int], region_size: tuple[float, float]) -> None:
    whole = len(n_regions) == 2 and all(isinstance(n, Integral) for n in n_regions)
    if not whole or not 1 <= n_regions[0] <= n_regions[1]:
        raise ValueError(
            f"n_regions must be two whole numbers, 1 <= least <= greatest; got {n_regions}"
        )
    if len(region_size) != 2 or not 0 < region_size[0] <= region_size[1] <= 1:
        raise ValueError(
            f"region_size must be two shares of the side, 0 < least <= greatest <= 1; got "
            f"{region_size}"
        )


def _places(
    shape: tuple[int, int],
    n_regions: int,
    region_size: tuple[float, float],
    n_tries: int,
    rng: np.random.RandomState,
) -> Ints:
    """Boxes that do not overlap, (n, 4) with n from 1 to `n_regions`."""
    boxes = np.empty((0, 4), dtype=int)
    for _ in range(n_regions):  # of each all tries at once
        shares = rng.uniform(*region_size, size=(n_tries, 1))
        sides = np.maximum(1, np.rint(shares * np.array(shape)).astype(int))
        starts = rng.randint(0, np.array(shape) - sides + 1)
        tried = np.hstack([starts, starts + sides])
        apart = (boxes[:, :2] >= tried[:, np.newaxis, 2:]) | (
            boxes[:, 2:] <= tried[:, np.newaxis, :2]
        )
        free = np.flatnonzero(np.all(apart.any(axis=2), axis=1))
        boxes = np.vstack([boxes, tried[free[:1]]])
    return boxes
