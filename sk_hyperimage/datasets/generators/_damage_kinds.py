"""Photographs with damage as in TID2013: a quality task that needs no download."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch, check_random_state

from sk_hyperimage._typing import Seed
from sk_hyperimage.datasets._bunch import data_bunch
from sk_hyperimage.datasets.generators._arguments import check_kinds, check_references
from sk_hyperimage.distortions import KINDS
from sk_hyperimage.metrics import mdsi
from sk_hyperimage.utils._sklearn import Interval, validate_params

DESCRIPTION = """\
Photographs with damage as in TID2013, at five levels. The target is the mean deviation similarity
index (MDSI) to the pristine photograph: 0 or more, lower is better. It is a computed proxy, not
human opinion, though the simple full-reference score closest to it on TID2013.
"""

# The default, kinds of TID2013. New rows come after them, so that no seed changes.
TEN_KINDS = tuple(KINDS)[:10]


@validate_params(
    {
        "references": ["array-like"],
        "kinds": ["array-like", None],
        "n_levels": [Interval(Integral, 1, 5, closed="both")],
        "include_pristine": ["boolean"],
        "return_X_y": ["boolean"],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_damage_kinds(
    references: ArrayLike,
    *,
    kinds: Sequence[str] | None = None,
    n_levels: int = 5,
    include_pristine: bool = False,
    return_X_y: bool = False,
    random_state: Seed = None,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Damage pristine photographs by ten kinds of TID2013, each at up to five levels.

    Eight kinds are global: noise in all channels, noise in the chroma components, impulse noise,
    Gaussian blur, JPEG and JPEG 2000 compression, a shift of the mean, reduced contrast. Two are
    local: fragments copied nearby (TID2013's non-eccentricity pattern noise), and blocks of
    another color.

    Parameters
    ----------
    references : array-like of shape (n_references, n_rows, n_cols, 3), uint8
        Pristine color images of one size, of at least 16 x 16 pixels.
    kinds : sequence of str, default=None
        Names in ``sk_hyperimage.distortions.KINDS``. None: its first ten.
    n_levels : int, default=5
        Number of levels, drawn from the five, at which each kind damages a reference.
    include_pristine : bool, default=False
        Whether to include every reference itself, as kind "pristine" of level 0.
    return_X_y : bool, default=False
        Whether to return ``(images, target)`` only.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; images of one reference are adjacent.

        images : ndarray of shape (n_images, n_rows, n_cols, 3), uint8
            Every reference with every kind of damage, at `n_levels` levels.
        target : ndarray of shape (n_images,)
            Mean deviation similarity index (MDSI) to the reference; 0 for a pristine image,
            lower is better. A computed proxy, not human opinion.
        groups : ndarray of int of shape (n_images,)
            Index of the reference.
        kind : ndarray of str of shape (n_images,)
            Kind of damage.
        level : ndarray of int of shape (n_images,)
            From 1, faint, to 5.
        is_local : ndarray of bool of shape (n_images,)
            Whether the kind of damage is local.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    ValueError
        If `references` is not an array of 8-bit color images, or a kind is unknown.

    See Also
    --------
    make_local_damage : Damage of any kind in random regions.
    sk_hyperimage.metrics.mdsi : The target.

    References
    ----------
    N. Ponomarenko et al., "Image database TID2013: peculiarities, results and perspectives",
    2015, for the kinds; H. Z. Nafchi et al., "Mean deviation similarity index", 2016, for the
    target.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_sample_photos, make_damage_kinds
    >>> photos = load_sample_photos().images[:2]
    >>> data = make_damage_kinds(photos, kinds=["blur", "blocks"], random_state=0)
    >>> data.images.shape, int(data.is_local.sum())
    ((20, 160, 160, 3), 10)
    """
    rng = check_random_state(random_state)
    references = check_references(references)
    kinds = check_kinds(kinds, default=TEN_KINDS, known=KINDS)
    shown = []
    for reference in range(len(references)):
        shown += [(reference, "pristine", 0)] * include_pristine
        for name in kinds:
            levels = np.sort(rng.choice(5, n_levels, replace=False)) + 1
            shown += [(reference, name, level) for level in levels]
    groups, kind, level = map(np.array, zip(*shown, strict=True))
    images = references[groups]
    target = np.zeros(len(groups))
    for index in np.flatnonzero(level):
        pristine = references[groups[index]]
        images[index] = KINDS[kind[index]](pristine, level[index], rng)
        target[index] = mdsi(pristine, images[index])
    return data_bunch(
        images=images,
        target=target,
        groups=groups,
        kind=kind,
        level=level,
        is_local=np.isin(kind, [name for name in kinds if KINDS[name].is_local]),
        score_range=(0.0, 1.0),
        higher_is_better=False,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )
