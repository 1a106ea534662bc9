"""Whole photographs with one distortion each (Ahn, Kang and Sohn 2017, Section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch, check_consistent_length, check_random_state

from sk_hyperimage._typing import ImagesLike, Ints, Seed
from sk_hyperimage.datasets._bunch import data_bunch
from sk_hyperimage.datasets.generators._arguments import check_kinds
from sk_hyperimage.datasets.generators._distorted_images import DistortedImages, planned
from sk_hyperimage.datasets.generators._photographs import photograph_sequence
from sk_hyperimage.distortions import FLICKR_KINDS
from sk_hyperimage.utils._sklearn import Interval, validate_params

DESCRIPTION = """\
Photographs distorted as a whole, after Section 3.1 of Ahn, Kang and Sohn 2017, "Image distortion
detection using convolutional neural network": eight kinds at three levels. The target is the kind.
"""


@validate_params(
    {
        "photographs": "no_validation",  # arrays or paths: checked one by one
        "kinds": ["array-like", None],
        "levels": ["array-like"],
        "crop_size": [Interval(Integral, 16, None, closed="left"), None],
        "groups": ["array-like", None],
        "return_X_y": ["boolean"],
        "temp_folder": [str, None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_distortion_classification(
    photographs: ImagesLike,
    *,
    kinds: Sequence[str] | None = None,
    levels: Sequence[int] = (1, 2, 3),
    crop_size: int | None = 300,
    groups: ArrayLike | None = None,
    return_X_y: bool = False,
    temp_folder: str | None = None,
    random_state: Seed = None,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Distort photographs as a whole, in eight ways at three levels each.

    Parameters
    ----------
    photographs, kinds, groups, return_X_y, temp_folder, random_state
        As in :func:`make_distortion_detection`.
    levels : sequence of int, default=(1, 2, 3)
        From 1, faint, to 3.
    crop_size : int or None, default=300
        Sides of the middle of a photograph, which is cut out before it is distorted: what some
        kinds do depends on the size. None: all of it.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; images of one photograph are adjacent.

        images : sequence of shape (n_images, crop_size, crop_size, 3)
            As from :func:`make_distortion_detection`: every photograph with every kind and level.
        target : ndarray of int of shape (n_images,)
            Position of the kind in `target_names`.
        target_names : ndarray of str of shape (n_kinds,)
            Names of the kinds.
        kind : ndarray of str of shape (n_images,)
            That of each image, by name.
        level : ndarray of int of shape (n_images,)
            From 1, faint, on.
        groups, photographs
            As from :func:`make_distortion_detection`.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    ValueError
        If a kind or level is unknown, or as :func:`make_distortion_detection`.

    References
    ----------
    N. Ahn, B. Kang and K.-A. Sohn, "Image distortion detection using convolutional neural
    network", 2017.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_sample_photos, make_distortion_classification
    >>> photos = load_sample_photos().images[:2]
    >>> data = make_distortion_classification(
    ...     photos, kinds=["blur", "jpeg"], crop_size=160, random_state=0
    ... )
    >>> data.images.shape, data.kind[:4].tolist(), data.level[:4].tolist()
    ((12, 160, 160, 3), ['blur', 'blur', 'blur', 'jpeg'], [1, 2, 3, 1])
    """
    kinds = check_kinds(kinds, default=list(FLICKR_KINDS), known=FLICKR_KINDS)
    known = range(1, 1 + min(len(FLICKR_KINDS[kind].strengths) for kind in kinds))
    if not len(levels) or not set(levels) <= set(known):
        raise ValueError(f"levels must be some of {list(known)}, got {levels!r}")
    sequence = photograph_sequence(photographs)
    if groups is not None:
        check_consistent_length(sequence, groups)
    seeds = check_random_state(random_state).randint(2**32, size=len(sequence), dtype=np.uint32)
    edits = [(kind, int(level)) for kind in kinds for level in levels]

    def drawn(
        number: int, shape: tuple[int, int], rng: np.random.RandomState
    ) -> tuple[Ints, list[str], list[float]]:
        kind, level = edits[number]
        return np.array([[0, 0, *shape]]), [kind], [FLICKR_KINDS[kind].strengths[level - 1]]

    plans = planned(sequence, crop_size, seeds, len(edits), drawn)
    images = DistortedImages(sequence, plans, crop_size)
    of_images = np.repeat(np.arange(len(sequence)), len(edits))
    kind, level = zip(*edits * len(sequence), strict=True)
    return data_bunch(
        images=images if temp_folder is None else images.in_file(temp_folder),
        target=[kinds.index(name) for name in kind],
        target_names=kinds,
        kind=kind,
        level=level,
        groups=of_images if groups is None else np.asarray(groups)[of_images],
        photographs=of_images,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )
