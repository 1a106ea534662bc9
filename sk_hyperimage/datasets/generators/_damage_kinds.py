"""Photographs damaged in the ways of TID2013: a quality task that needs no download."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import Bunch, check_random_state

from sk_hyperimage.distortions._operations import (
    Distortion,
    blocks,
    blur,
    check_references,
    chroma_noise,
    contrast,
    distorted,
    impulse_noise,
    jpeg,
    jpeg2000,
    mean_shift,
    noise,
    pattern,
)
from sk_hyperimage.metrics.full_reference._mdsi import mdsi
from sk_hyperimage.utils._sklearn import Interval, validate_params

DESCRIPTION = """\
Photographs damaged in ways of TID2013, at five levels. The target is the mean deviation similarity
index (MDSI) to the pristine photograph: 0 or more, lower is better. It is a computed proxy and not
human opinion, though of the simple full-reference scores the one closest to it on TID2013.
"""

# Five levels each. Noise of every kind has the PSNR of TID2013's levels, 33 to 21 dB.
KINDS = {
    "additive noise": Distortion(noise, (5.7, 8.1, 11.4, 16.1, 22.7)),
    "chroma noise": Distortion(chroma_noise, (5.2, 7.3, 10.3, 14.6, 20.6)),
    "impulse noise": Distortion(impulse_noise, (0.0015, 0.003, 0.006, 0.012, 0.024)),
    "blur": Distortion(blur, (0.7, 1.0, 1.4, 2.1, 3.2)),
    "jpeg": Distortion(jpeg, (50, 25, 13, 7, 4)),
    "jpeg2000": Distortion(jpeg2000, (12, 25, 50, 90, 150)),
    "pattern": Distortion(pattern, (0.03, 0.06, 0.12, 0.22, 0.4)),
    "blocks": Distortion(blocks, (0.01, 0.03, 0.06, 0.12, 0.2)),
    "mean shift": Distortion(mean_shift, (12, 20, 30, 42, 60)),
    "contrast": Distortion(contrast, (0.85, 0.7, 0.55, 0.4, 0.25)),
}
LOCAL_KINDS = ("pattern", "blocks")


@validate_params(
    {
        "references": ["array-like"],
        "kinds": ["array-like", None],
        "n_levels": [Interval(Integral, 1, 5, closed="both")],
        "include_pristine": ["boolean"],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_damage_kinds(
    references: Any,
    *,
    kinds: Sequence[str] | None = None,
    n_levels: int = 5,
    include_pristine: bool = False,
    random_state: int | np.random.RandomState | None = None,
) -> Bunch:
    """Damage pristine photographs in ten ways of TID2013, each at up to five levels.

    Eight kinds are global: noise in all channels, noise in the chroma components, impulse noise,
    Gaussian blur, JPEG and JPEG 2000 compression, a shift of the mean, reduced contrast. Two are
    local: fragments copied nearby (TID2013's non-eccentricity pattern noise), and blocks of
    another colour.

    Parameters
    ----------
    references : array-like of shape (n_references, n_rows, n_cols, 3), uint8
        Pristine colour images of one size, of at least 16 x 16 pixels.
    kinds : sequence of str, default=None
        Some of "additive noise", "blocks", "blur", "chroma noise", "contrast", "impulse noise",
        "jpeg", "jpeg2000", "mean shift", "pattern". None: all of them.
    n_levels : int, default=5
        At how many of the five levels a reference is shown in each kind; they are drawn.
    include_pristine : bool, default=False
        Whether every reference itself is among the images, as kind "pristine" of level 0.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    data : Bunch
        With these attributes, images of one reference in a row:

        images : ndarray of shape (n_images, n_rows, n_cols, 3), uint8
            Every reference in every kind, at `n_levels` levels.
        target : ndarray of shape (n_images,)
            Mean deviation similarity index (MDSI) to the reference; 0 for a pristine image,
            lower is better. A computed proxy, not human opinion.
        groups : ndarray of int of shape (n_images,)
            Index of the reference.
        distortion : ndarray of str of shape (n_images,)
            Kind of damage.
        level : ndarray of int of shape (n_images,)
            From 1, faint, to 5.
        is_local : ndarray of bool of shape (n_images,)
            Whether the kind of damage is a local one.
        score_range : tuple of float
            (0, 1).
        higher_is_better : bool
            False.
        DESCR : str
            What the target means.

    Raises
    ------
    ValueError
        If `references` is not an array of 8-bit colour images, or a kind is unknown.

    See Also
    --------
    make_local_damage : Damage of any kind in random regions.

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
    kinds = list(KINDS) if kinds is None else list(kinds)
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise ValueError(f"kinds must be some of {list(KINDS)}, got {unknown or kinds!r}")
    shown = []
    for reference in range(len(references)):
        shown += [(reference, "pristine", 0)] * include_pristine
        for kind in kinds:
            levels = np.sort(rng.choice(5, n_levels, replace=False)) + 1
            shown += [(reference, kind, level) for level in levels]
    groups, distortion, level = map(np.array, zip(*shown, strict=True))
    images = references[groups]
    target = np.zeros(len(groups))
    for index in np.flatnonzero(level):
        pristine = references[groups[index]]
        images[index] = distorted(pristine, KINDS[distortion[index]], level[index], rng)
        target[index] = mdsi(pristine, images[index])
    return Bunch(
        images=images,
        target=target,
        groups=groups,
        distortion=distortion,
        level=level,
        is_local=np.isin(distortion, LOCAL_KINDS),
        score_range=(0.0, 1.0),
        higher_is_better=False,
        DESCR=DESCRIPTION,
    )
