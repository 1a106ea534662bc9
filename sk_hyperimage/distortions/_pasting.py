"""How a region gets into a photograph that it does not belong to: its shape, its way, its rim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

# Share of the image that a region covers, drawn on a logarithmic scale.
AREA = (0.02, 0.15)
# Gaussian widths in pixels of the seam between region and photograph; 0 is a hard cut.
FEATHERS = (0.0, 0.7, 1.5, 3.0)
# Gaussian widths in pixels with which the rim is blurred after pasting; 0 leaves it.
RIM_BLURS = (0.0, 0.0, 1.0, 2.0)
# Mean change of the pixels in a region, of 255, below which a forgery would show nothing.
LEAST_CHANGE = 6.0
TRIES = 20


@dataclass(frozen=True)
class Region:
    """Where a region goes, and what becomes of it on its way.

    `mask` holds the pixels that it replaces, around `centre`. A pixel there is taken from the
    donor at the same offset from `source`, turned by `angle` and divided by `scale`.
    """

    mask: np.ndarray
    centre: np.ndarray
    source: np.ndarray
    scale: float
    angle: float


def forge(
    photograph: np.ndarray, donor: np.ndarray, rng: np.random.RandomState, *, same: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Put a region of `donor` into `photograph`; both are floats in [0, 255] of one shape.

    Regions are drawn until one changes what can be seen, sky put onto sky being no forgery.

    Returns
    -------
    forged : ndarray of shape (n_rows, n_cols, 3)
        Floats, which may leave [0, 255] a little.
    mask : ndarray of bool of shape (n_rows, n_cols)
        The replaced pixels.
    """
    best, most = None, -1.0
    for _ in range(TRIES):
        region = _draw_region(photograph.shape[:2], rng, same=same)
        pasted = _warp(donor, region)
        change = np.abs(pasted - photograph).mean(axis=2)[region.mask].mean()
        if change > most:
            best, most = (region.mask, pasted), change
        if most >= LEAST_CHANGE:
            break
    assert best is not None
    mask, pasted = best
    pasted = pasted + rng.choice([0.0, 0.0, 2.0]) * rng.normal(size=pasted.shape)
    return _blend(photograph, pasted, mask, rng), mask


def _draw_region(shape: tuple[int, int], rng: np.random.RandomState, *, same: bool) -> Region:
    size = np.array(shape)
    area = np.exp(rng.uniform(*np.log(AREA))) * size.prod()
    radius = np.sqrt(area / np.pi)
    margin = np.minimum(radius, size / 2 - 1)
    centre = rng.uniform(margin, size - margin)
    for _ in range(TRIES):
        source = np.rint(rng.uniform(margin, size - margin) - centre) + centre
        if not same or np.hypot(*(source - centre)) > 1.2 * radius:
            break
    scale, angle = 1.0, 0.0
    if rng.uniform() < 0.5:  # else a plain copy, pixel by pixel
        scale, angle = rng.uniform(0.75, 1.3), rng.uniform(-0.35, 0.35)
    return Region(_blob(shape, centre, radius, rng), centre, source, scale, angle)


def _blob(
    shape: tuple[int, int], centre: np.ndarray, radius: float, rng: np.random.RandomState
) -> np.ndarray:
    """A star-shaped region whose rim is a circle bent by its lowest harmonics.

    The second alone would give an ellipse.
    """
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    down, right = rows - centre[0], cols - centre[1]
    angle = np.arctan2(down, right)
    rim = np.ones(shape)
    for order in range(2, 6):
        rim += rng.normal(scale=0.5 / order) * np.cos(order * angle + rng.uniform(0, 2 * np.pi))
    return np.hypot(down, right) <= radius * np.clip(rim, 0.4, 1.8)


def _warp(donor: np.ndarray, region: Region) -> np.ndarray:
    """The donor as it lies below the region: turned, scaled and moved."""
    from scipy.ndimage import affine_transform

    cos, sin = np.cos(region.angle), np.sin(region.angle)
    turn = np.array([[cos, -sin], [sin, cos]]) / region.scale
    offset = region.source - turn @ region.centre
    channels: Any = [
        affine_transform(donor[..., channel], turn, offset, order=1, mode="reflect")
        for channel in range(donor.shape[2])
    ]
    return np.stack(channels, axis=-1)


def _blend(
    photograph: np.ndarray, pasted: np.ndarray, mask: np.ndarray, rng: np.random.RandomState
) -> np.ndarray:
    """Paste with a feathered seam, and blur along the rim as a forger does to hide it."""
    from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter

    def soft(region: np.ndarray, width: float) -> np.ndarray:
        return gaussian_filter(region.astype(float), width)[..., np.newaxis]

    opacity = soft(mask, rng.choice(FEATHERS))
    forged = opacity * pasted + (1 - opacity) * photograph
    width = rng.choice(RIM_BLURS)
    if width:
        rim = binary_dilation(mask, iterations=2) & ~binary_erosion(mask, iterations=2)
        near = soft(rim, 1.0)
        forged = near * gaussian_filter(forged, (width, width, 0)) + (1 - near) * forged
    return forged
