"""Local damage in random regions of images."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch, check_random_state

from sk_hyperimage._typing import Seed
from sk_hyperimage.datasets._bunch import data_bunch
from sk_hyperimage.datasets.generators._arguments import check_kinds, check_references
from sk_hyperimage.distortions import KINDS, random_shapes
from sk_hyperimage.metrics import ssim
from sk_hyperimage.utils._sklearn import Interval, validate_params

DESCRIPTION = """\
Images damaged in random regions. The target is the mean structural similarity (SSIM) to the
pristine image: at most 1, higher is better. It is a computed proxy, not human opinion.
"""

# The default; seeds depend on the order.
SIX_KINDS = ("blur", "contrast", "impulse noise", "jpeg", "additive noise", "pixelate")


@validate_params(
    {
        "references": ["array-like"],
        "n_per_reference": [Interval(Integral, 1, None, closed="left")],
        "kinds": ["array-like", None],
        "return_X_y": ["boolean"],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_local_damage(
    references: ArrayLike,
    *,
    n_per_reference: int = 10,
    kinds: Sequence[str] | None = None,
    return_X_y: bool = False,
    random_state: Seed = None,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Damage random regions of pristine images.

    Every image gets one kind of damage at one of five levels, in one to three rectangles or
    ellipses.

    Parameters
    ----------
    references, return_X_y, random_state
        As in :func:`make_damage_kinds`.
    n_per_reference : int, default=10
        Damaged images per reference.
    kinds : sequence of str, default=None
        Global kinds in ``sk_hyperimage.distortions.KINDS``. None: "blur", "contrast", "impulse
        noise", "jpeg", "additive noise" and "pixelate".

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`:

        images : ndarray of shape (n_images, n_rows, n_cols, 3), uint8
            The damaged images.
        target : ndarray of shape (n_images,)
            Mean SSIM to the pristine image, at most 1; higher is better. A computed proxy, not
            human opinion.
        groups, kind, level
            As from :func:`make_damage_kinds`.
        masks : ndarray of bool of shape (n_images, n_rows, n_cols)
            Damaged pixels.
        similarity : ndarray of shape (n_images, n_rows, n_cols), float32
            SSIM around every pixel: the truth for maps.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    ValueError
        If `references` is not an array of 8-bit color images, or a kind is unknown or local.

    See Also
    --------
    sk_hyperimage.metrics.ssim : The target.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_sample_photos, make_local_damage
    >>> photos = load_sample_photos().images[:2]
    >>> data = make_local_damage(photos, n_per_reference=3, random_state=0)
    >>> data.images.shape, bool(data.target.max() < 1)
    ((6, 160, 160, 3), True)
    """
    references = check_references(references)
    known = [name for name, kind in KINDS.items() if not kind.is_local]
    kinds = check_kinds(kinds, default=SIX_KINDS, known=known)
    rng = check_random_state(random_state)
    groups = np.repeat(np.arange(len(references)), n_per_reference)
    kind = rng.choice(kinds, size=len(groups))
    level = rng.randint(1, 6, size=len(groups))
    masks = np.stack([random_shapes(references.shape[1:3], rng) for _ in groups])
    images = references[groups]
    similarity = np.empty(images.shape[:3], dtype=np.float32)
    target = np.empty(len(groups))
    for index, reference in enumerate(groups):
        pristine = references[reference]
        damaged = KINDS[kind[index]](pristine, level[index], rng, in_regions=True)
        images[index][masks[index]] = damaged[masks[index]]
        target[index], similarity[index] = ssim(pristine, images[index], full=True)
    return data_bunch(
        images=images,
        target=target,
        groups=groups,
        kind=kind,
        level=level,
        masks=masks,
        similarity=similarity,
        score_range=(-1.0, 1.0),
        higher_is_better=True,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )
