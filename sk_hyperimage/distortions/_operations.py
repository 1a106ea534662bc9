"""Ways to damage a photograph: each takes floats in [0, 255], a strength in its unit, a generator.

Most are kinds of TID2013 (Ponomarenko et al. 2015), whose numbers stand beside them.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

# Luma and chroma of BT.601, as JPEG has them.
TO_LUMA_CHROMA = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)


@dataclass(frozen=True)
class Distortion:
    """A way to damage an image, and how strongly at levels 1 to 5."""

    damage: Callable[[np.ndarray, Any, np.random.RandomState], np.ndarray]
    strengths: tuple[float, ...]

    def __call__(self, image: np.ndarray, level: int, rng: np.random.RandomState) -> np.ndarray:
        """Damage an image of floats in [0, 255]; the result may leave this range."""
        return self.damage(image, self.strengths[level - 1], rng)


def noise(image: np.ndarray, sigma: float, rng: np.random.RandomState) -> np.ndarray:
    """Gaussian noise of standard deviation `sigma` in every channel (1)."""
    return image + rng.normal(scale=sigma, size=image.shape)


def chroma_noise(image: np.ndarray, sigma: float, rng: np.random.RandomState) -> np.ndarray:
    """Gaussian noise of standard deviation `sigma` in both chroma components only (2)."""
    components = rng.normal(scale=sigma, size=image.shape)
    components[..., 0] = 0
    return image + components @ np.linalg.inv(TO_LUMA_CHROMA).T


def impulse_noise(image: np.ndarray, share: float, rng: np.random.RandomState) -> np.ndarray:
    """A share of the pixels becomes black or white (6)."""
    hit = rng.uniform(size=image.shape[:2]) < share
    out = image.copy()
    out[hit] = rng.choice([0, 255], size=(hit.sum(), 1))
    return out


def blur(image: np.ndarray, sigma: float, rng: np.random.RandomState) -> np.ndarray:
    """Gaussian blur of `sigma` pixels (8)."""
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(image, (sigma, sigma, 0))


def jpeg(image: np.ndarray, quality: int, rng: np.random.RandomState) -> np.ndarray:
    """JPEG compression (10) of a quality from 1 to 95."""
    return compressed(image, format="JPEG", quality=quality)


def jpeg2000(image: np.ndarray, ratio: float, rng: np.random.RandomState) -> np.ndarray:
    """JPEG 2000 compression (11) to the `ratio`-th part of the raw size."""
    return compressed(
        image, format="JPEG2000", quality_mode="rates", quality_layers=[ratio], irreversible=True
    )


def compressed(image: np.ndarray, **options: Any) -> np.ndarray:
    """An image of values in [0, 255], (n_rows, n_cols[, 3]), saved and read again, as floats."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image.astype(np.uint8)).save(buffer, **options)
    return np.asarray(Image.open(buffer), dtype=np.float64)


def pattern(image: np.ndarray, share: float, rng: np.random.RandomState) -> np.ndarray:
    """Fragments of 15 x 15 pixels, a share of the area in all, are copied nearby (14).

    The non-eccentricity pattern noise: the copies do not stand out, but break what lies below.
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


def blocks(image: np.ndarray, share: float, rng: np.random.RandomState) -> np.ndarray:
    """Blocks of 16 x 16 pixels, a share of the area in all, change their colour (15).

    Each has an intensity of its own: to every channel up to 80 is added or taken away.
    """
    size = 16
    out = image.copy()
    for _ in range(max(1, round(share * image[..., 0].size / size**2))):
        row, col = rng.randint(0, np.array(image.shape[:2]) - size + 1)
        block = image[row : row + size, col : col + size]
        out[row : row + size, col : col + size] = block + rng.uniform(-80, 80, size=3)
    return out


def mean_shift(image: np.ndarray, shift: float, rng: np.random.RandomState) -> np.ndarray:
    """The whole image becomes brighter or darker by `shift` (16)."""
    return image + shift * rng.choice([-1, 1])


def contrast(image: np.ndarray, factor: float, rng: np.random.RandomState) -> np.ndarray:
    """Deviations from the mean colour are multiplied (17)."""
    mean = image.mean(axis=(0, 1))
    return mean + (image - mean) * factor


def pixelate(image: np.ndarray, size: int, rng: np.random.RandomState) -> np.ndarray:
    """Blocks of `size` pixels take the value of their first pixel."""
    rows, cols = (np.arange(side) // size * size for side in image.shape[:2])
    return image[np.ix_(rows, cols)]


def distorted(
    pristine: np.ndarray, distortion: Distortion, level: int, rng: np.random.RandomState
) -> np.ndarray:
    """Damage an image of type uint8, the result clipped to what it can hold."""
    damaged = distortion(pristine.astype(np.float64), int(level), rng)
    return np.clip(np.rint(damaged), 0, 255).astype(np.uint8)


def check_references(references: Any, name: str = "references") -> np.ndarray:
    """References as one array of 8-bit colour images.

    Raises
    ------
    ValueError
        If they are no such array, or smaller than 16 x 16 pixels.
    """
    references = np.asarray(references)
    if references.ndim != 4 or references.shape[3] != 3 or references.dtype != np.uint8:
        raise ValueError(
            f"{name} must be uint8 of shape (n_{name}, n_rows, n_cols, 3); got "
            f"{references.dtype} of shape {references.shape}"
        )
    if min(references.shape[1:3]) < 16:
        raise ValueError(f"{name} must be of at least 16 x 16 pixels, got {references.shape[1:3]}")
    return references
