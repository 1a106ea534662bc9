"""Saliency from simple priors (SDSP), with the constants that VSI uses.

After Zhang, Gu and Li, "SDSP: a novel saliency detection method by combining simple priors", ICIP
2013.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sk_hyperimage._typing import Floats

# Images are looked at in this size.
SIDE = 256
# Center in cycles per pixel and width of the band of frequencies that draws attention.
CENTER_FREQUENCY, FREQUENCY_WIDTH = 0.021, 1.34
# Attention falls with the distance from the center, in pixels, and rises with warm colors.
CENTER_WIDTH, WARMTH_WIDTH = 145, 0.001

TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
# Of the authors' release, with four digits.
WHITE_D50 = np.array([0.9642, 1, 0.8251])
# Below this difference a channel of CIELAB, or a product of them, counts as constant.
LEAST_CONTRAST = 1e-9


def saliency(levels: Floats) -> Floats:
    """Saliency of every pixel of an RGB image in [0, 255]: 0 to 1, and 0 without contrast."""
    from scipy.fft import fft2, ifft2

    lab = _lab(_resized(levels, (SIDE, SIDE)) / 255)
    channels = np.moveaxis(lab, 2, 0)
    filtered = ifft2(fft2(channels) * _band_pass()).real
    frequency = np.sqrt(np.square(filtered).sum(axis=0))
    offsets = np.square(np.arange(1, SIDE + 1) - SIDE / 2)
    center = np.exp(-(offsets[:, np.newaxis] + offsets) / CENTER_WIDTH**2)
    warmth = np.square([_stretched(channel) for channel in channels[1:]]).sum(axis=0)
    color = 1 - np.exp(-warmth / WARMTH_WIDTH**2)
    product = (frequency * center * color)[..., np.newaxis]
    return _stretched(_resized(product, levels.shape[:2])[..., 0])


def _lab(rgb: Floats) -> Floats:
    """CIELAB of sRGB in [0, 1], for the white of D50 without adaptation, as the authors do."""
    linear = np.where(
        rgb <= 0.04045, rgb / 12.92, (np.maximum(rgb, 0) + 0.055) ** 2.4 / 1.055**2.4
    )
    relative = linear @ TO_XYZ.T / WHITE_D50
    x, y, z = np.moveaxis(
        np.where(relative > 0.008856, np.cbrt(relative), (903.3 * relative + 16) / 116), 2, 0
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=2)


@lru_cache(maxsize=1)
def _band_pass() -> Floats:
    """Log-Gabor filter, which stops frequency 0 and those above half a cycle per pixel."""
    steps = np.fft.ifftshift(np.arange(SIDE) - SIDE // 2) / SIDE
    radius = np.hypot(steps[:, np.newaxis], steps)
    radius[radius > 0.5] = 0
    with np.errstate(divide="ignore"):
        return np.exp(-(np.log(radius / CENTER_FREQUENCY) ** 2) / (2 * FREQUENCY_WIDTH**2))


def _stretched(channel: Floats) -> Floats:
    """A map moved and scaled to [0, 1]; zeros where it is constant."""
    least, greatest = channel.min(), channel.max()
    if greatest - least < LEAST_CONTRAST:
        return np.zeros(channel.shape)
    return (channel - least) / (greatest - least)


def _resized(pixels: Floats, shape: tuple[int, int]) -> Floats:
    """Pixels interpolated as by MATLAB's bilinear ``imresize``, smoothed where they shrink."""
    down, right = (_weights(*sizes) for sizes in zip(pixels.shape[:2], shape, strict=True))
    return np.moveaxis(down @ np.moveaxis(pixels, 2, 0) @ right.T, 0, 2)


@lru_cache(maxsize=4)
def _weights(n: int, n_new: int) -> Floats:
    """Weights of old pixels in new ones along one axis, (n_new, n); mirrored at the border."""
    width = max(1.0, n / n_new)
    centers = (np.arange(n_new) + 0.5) * n / n_new - 0.5
    reach = int(np.ceil(width))
    members = np.floor(centers).astype(int)[:, np.newaxis] + np.arange(-reach, reach + 2)
    triangle = np.maximum(1 - np.abs(centers[:, np.newaxis] - members) / width, 0)
    triangle /= triangle.sum(axis=1, keepdims=True)
    period = members % (2 * n)
    weights = np.zeros((n_new, n))
    rows = np.broadcast_to(np.arange(n_new)[:, np.newaxis], members.shape)
    np.add.at(weights, (rows, np.minimum(period, 2 * n - 1 - period)), triangle)
    return weights
