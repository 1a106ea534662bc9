"""Regions of photographs pasted into others: splices and copy-moves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sk_hyperimage._typing import Bools, Floats
from sk_hyperimage.distortions._manipulations import MANIPULATIONS
from sk_hyperimage.distortions._regions import blob

# Share of the image that a region covers, drawn on a logarithmic scale.
AREA = (0.02, 0.15)
# Gaussian widths in pixels of the seam between region and photograph; 0 is a hard cut.
FEATHERS = (0.0, 0.7, 1.5, 3.0)
# Gaussian widths in pixels of the blur along the rim after pasting; 0 is none.
RIM_BLURS = (0.0, 0.0, 1.0, 2.0)
# Mean change of the pixels in a region, of 255, below which a forgery would not be visible.
LEAST_CHANGE = 6.0
TRIES = 20

# Name in MANIPULATIONS and level of what is done to a region before it is pasted.
Manipulation = tuple[str, int]


@dataclass(frozen=True)
class Region:
    """Place of a region and its transformation.

    `mask` marks the pixels that it replaces, around `center`. A pixel there is taken from the
    donor at the same offset from `source`, turned by `angle` and divided by `scale`.
    """

    mask: Bools
    center: Floats
    source: Floats
    scale: float
    angle: float


def splice(
    photograph: Floats,
    donor: Floats,
    rng: np.random.RandomState,
    *,
    manipulation: Manipulation | None = None,
) -> tuple[Floats, Bools]:
    """Paste a region of another photograph into a photograph.

    Regions have irregular shapes and cover about 2 to 15 percent of the image. Half of them are
    scaled and turned; seams are hard or feathered, some rims are blurred, some regions noisy.
    Regions are drawn until one makes a visible change: sky pasted onto sky is no forgery.

    Parameters
    ----------
    photograph, donor : ndarray of shape (n_rows, n_cols, 3)
        Floats in [0, 255].
    rng : RandomState instance
        Source of randomness.
    manipulation : tuple (name, level), default=None
        One of ``MANIPULATIONS``, from level 1 on, which is applied to the donor. The region is
        then cut out of it and pasted pixel by pixel, so that it carries this manipulation and no
        other.

    Returns
    -------
    forged : ndarray of shape (n_rows, n_cols, 3)
        Floats, some of which may be slightly outside [0, 255].
    mask : ndarray of bool of shape (n_rows, n_cols)
        The replaced pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.distortions import splice
    >>> dark, bright = np.zeros((64, 64, 3)), np.full((64, 64, 3), 200.0)
    >>> forged, mask = splice(dark, bright, np.random.RandomState(0))
    >>> bool(forged[mask].mean() > 100), bool(forged[~mask].mean() < 10)
    (True, True)
    """
    return _forged(photograph, donor, rng, manipulation, same=False)


def copy_move(
    photograph: Floats, rng: np.random.RandomState, *, manipulation: Manipulation | None = None
) -> tuple[Floats, Bools]:
    """Paste a region of a photograph elsewhere into the same one; otherwise as :func:`splice`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.distortions import copy_move
    >>> ramp = np.linspace(0, 255, 64)[:, np.newaxis, np.newaxis] * np.ones((64, 3))
    >>> forged, mask = copy_move(ramp, np.random.RandomState(0))
    >>> bool(np.abs(forged - ramp)[mask].mean() > np.abs(forged - ramp)[~mask].mean())
    True
    """
    return _forged(photograph, photograph, rng, manipulation, same=True)


def _forged(
    photograph: Floats,
    donor: Floats,
    rng: np.random.RandomState,
    manipulation: Manipulation | None,
    *,
    same: bool,
) -> tuple[Floats, Bools]:
    best, most = None, -1.0
    shape, changed = donor.shape, donor
    if manipulation is not None:
        kind, level = MANIPULATIONS[manipulation[0]], manipulation[1]
        levels = np.clip(np.rint(donor), 0, 255).astype(np.uint8)
        changed = kind(levels, level, rng).astype(np.float64)
    for _ in range(TRIES):
        region = _draw_region(photograph.shape[:2], rng, same=same)
        if manipulation is not None:
            source = kind.moved(region.source, level, shape, changed.shape)
            # By whole pixels, so that nothing is interpolated.
            source = np.rint(source - region.center) + region.center
            region = replace(region, source=source, scale=1.0, angle=0.0)
        pasted = _warp(changed, region)
        change = np.abs(pasted - photograph).mean(axis=2)[region.mask].mean()
        if change > most:
            best, most = (region.mask, pasted), change
        if most >= LEAST_CHANGE:
            break
    assert best is not None
    mask, pasted = best
    if manipulation is not None:
        return np.where(mask[..., np.newaxis], pasted, photograph), mask
    pasted = pasted + rng.choice([0.0, 0.0, 2.0]) * rng.normal(size=pasted.shape)
    return _blend(photograph, pasted, mask, rng), mask


def _draw_region(shape: tuple[int, int], rng: np.random.RandomState, *, same: bool) -> Region:
    size = np.array(shape)
    area = np.exp(rng.uniform(*np.log(AREA))) * size.prod()
    radius = np.sqrt(area / np.pi)
    margin = np.minimum(radius, size / 2 - 1)
    center = rng.uniform(margin, size - margin)
    for _ in range(TRIES):
        source = np.rint(rng.uniform(margin, size - margin) - center) + center
        if not same or np.hypot(*(source - center)) > 1.2 * radius:
            break
    scale, angle = 1.0, 0.0
    if rng.uniform() < 0.5:  # else a plain copy, pixel by pixel
        scale, angle = rng.uniform(0.75, 1.3), rng.uniform(-0.35, 0.35)
    return Region(blob(shape, center, radius, rng), center, source, scale, angle)


def _warp(donor: Floats, region: Region) -> Floats:
    """The donor turned, scaled and moved to the region."""
    from scipy.ndimage import affine_transform

    cos, sin = np.cos(region.angle), np.sin(region.angle)
    turn = np.array([[cos, -sin], [sin, cos]]) / region.scale
    offset = region.source - turn @ region.center
    channels = [
        affine_transform(
            donor[..., channel], turn, offset, region.mask.shape, order=1, mode="reflect"
        )
        for channel in range(donor.shape[2])
    ]
    return np.stack(channels, axis=-1)


def _blend(photograph: Floats, pasted: Floats, mask: Bools, rng: np.random.RandomState) -> Floats:
    """Paste with a feathered seam, and blur along the rim to hide it."""
    from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter

    def soft(region: Bools, width: float) -> Floats:
        return gaussian_filter(region.astype(float), width)[..., np.newaxis]

    opacity = soft(mask, rng.choice(FEATHERS))
    forged = opacity * pasted + (1 - opacity) * photograph
    width = rng.choice(RIM_BLURS)
    if width:
        rim = binary_dilation(mask, iterations=2) & ~binary_erosion(mask, iterations=2)
        near = soft(rim, 1.0)
        forged = near * gaussian_filter(forged, (width, width, 0)) + (1 - near) * forged
    return forged
