"""Damage of a photograph of floats in [0, 255], with a strength and a random generator.

Most are kinds of TID2013 (Ponomarenko et al. 2015), given with their numbers there.
"""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Floats

# Luma and chroma of BT.601, as in JPEG.
TO_LUMA_CHROMA = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)


def noise(image: Floats, sigma: float, rng: np.random.RandomState) -> Floats:
    """Gaussian noise of standard deviation `sigma` in every channel (1)."""
    return image + rng.normal(scale=sigma, size=image.shape)


def chroma_noise(image: Floats, sigma: float, rng: np.random.RandomState) -> Floats:
    """Gaussian noise of standard deviation `sigma` in both chroma components only (2)."""
    components = rng.normal(scale=sigma, size=image.shape)
    components[..., 0] = 0
    return image + components @ np.linalg.inv(TO_LUMA_CHROMA).T


def impulse_noise(image: Floats, share: float, rng: np.random.RandomState) -> Floats:
    """Black or white in a share of the pixels (6)."""
    hit = rng.uniform(size=image.shape[:2]) < share
    out = image.copy()
    out[hit] = rng.choice([0, 255], size=(hit.sum(), 1))
    return out


def blur(image: Floats, sigma: float, rng: np.random.RandomState) -> Floats:
    """Gaussian blur of `sigma` pixels (8)."""
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(image, (sigma, sigma, 0))


def pattern(image: Floats, share: float, rng: np.random.RandomState) -> Floats:
    """Fragments of 15 x 15 pixels, in all a share of the area, copied nearby (14).

    This is non-eccentricity pattern noise: copies do not stand out, but disrupt what they cover.
    """
    size, reach = 15, 10
    out = image.copy()
    last = np.array(image.shape[:2]) - size
    for _ in range(max(1, round(share * image[..., 0].size / size**2))):
        row, col = rng.randint(0, last + 1)
        to_row, to_col = np.clip([row, col] + rng.randint(-reach, reach + 1, size=2), 0, last)
        out[to_row : to_row + size, to_col : to_col + size] = image[
            row : row + size, col : col + size
        ]
    return out


def blocks(image: Floats, share: float, rng: np.random.RandomState) -> Floats:
    """Blocks of 16 x 16 pixels, in all a share of the area, change their color (15).

    Each block has a random intensity: every channel changes by up to 80.
    """
    size = 16
    out = image.copy()
    for _ in range(max(1, round(share * image[..., 0].size / size**2))):
        row, col = rng.randint(0, np.array(image.shape[:2]) - size + 1)
        block = image[row : row + size, col : col + size]
        out[row : row + size, col : col + size] = block + rng.uniform(-80, 80, size=3)
    return out


def mean_shift(image: Floats, shift: float, rng: np.random.RandomState) -> Floats:
    """The whole image becomes brighter or darker by `shift` (16)."""
    return image + shift * rng.choice([-1, 1])


def contrast(image: Floats, factor: float, rng: np.random.RandomState) -> Floats:
    """Deviations from the mean color are multiplied (17)."""
    mean = image.mean(axis=(0, 1))
    return mean + (image - mean) * factor


def pixelate(image: Floats, size: float, rng: np.random.RandomState) -> Floats:
    """Blocks of `size` pixels take the value of their first pixel."""
    rows, cols = (np.arange(side) // int(size) * int(size) for side in image.shape[:2])
    return image[np.ix_(rows, cols)]
