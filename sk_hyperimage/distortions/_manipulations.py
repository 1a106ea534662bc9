"""The registry of manipulations: what is done to a photograph to edit it, or to hide an edit.

The first five are those of Table I of Cozzolino, Poggi and Verdoliva 2017, "Recasting
residual-based local descriptors as convolutional neural networks"; the others are named in its
Section I without parameters.
"""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.distortions._compression import jpeg
from sk_hyperimage.distortions._kinds import Kind
from sk_hyperimage.distortions._operations import blur, contrast, noise


def median(image: Floats, size: float, rng: np.random.RandomState) -> Floats:
    """Median of `size` x `size` pixels in every channel, the border repeated."""
    from scipy.ndimage import median_filter

    # Of 8-bit integers it takes less time; scipy, Pillow and OpenCV agree on every pixel.
    return median_filter(image.astype(np.uint8), (int(size), int(size), 1), mode="nearest")


def resizing(image: Floats, scale: float, rng: np.random.RandomState) -> Floats:
    """Rows and columns times `scale`, by Pillow's bicubic interpolation (a = -0.5)."""
    from PIL import Image

    rows, cols = (round(scale * side) for side in image.shape[:2])
    picture = Image.fromarray(image.astype(np.uint8))
    return np.asarray(picture.resize((cols, rows), Image.Resampling.BICUBIC))


def rotation(image: Floats, angle: float, rng: np.random.RandomState) -> Floats:
    """Turn counterclockwise by `angle` degrees, and cut to what has no empty corner.

    The interpolation is Pillow's bicubic. The image becomes smaller, as in programs that
    straighten a horizon.
    """
    from PIL import Image

    picture = Image.fromarray(image.astype(np.uint8))
    turned = np.asarray(picture.rotate(angle, Image.Resampling.BICUBIC))
    rows, cols = _without_corners(image.shape[:2], np.deg2rad(angle))
    top, left = (image.shape[0] - rows) // 2, (image.shape[1] - cols) // 2
    return turned[top : top + rows, left : left + cols]


def _without_corners(shape: tuple[int, ...], angle: float) -> tuple[int, int]:
    """Sides of the largest centered rectangle of an image that was turned by up to 45 degrees.

    A pixel is left out all around, which interpolation mixes with the outside. Sides are odd or
    even as those of the image are, so that the center stays where it is.
    """
    cos, sin = np.cos(angle), np.abs(np.sin(angle))
    short, long = sorted(shape)
    if short <= 2 * sin * cos * long:  # two corners touch the long sides
        kept = np.array([0.5 * short / sin, 0.5 * short / cos])
        kept = kept if shape[0] == long else kept[::-1]
    else:
        rows, cols = shape
        kept = np.array([rows * cos - cols * sin, cols * cos - rows * sin]) / np.cos(2 * angle)
    inner = np.floor(kept).astype(int) - 2
    rows, cols = inner - (np.array(shape) - inner) % 2
    return max(1, int(rows)), max(1, int(cols))


def equalization(image: Floats, share: float, rng: np.random.RandomState) -> Floats:
    """Levels by their ranks among all pixels and channels, mixed with those of the image.

    `share` is that of the equalized image, 1 for histogram equalization itself.
    """
    levels = image.astype(np.uint8)
    ranks = np.cumsum(np.bincount(levels.ravel(), minlength=256))
    darkest = ranks[levels.min()]
    equalized = 255 * np.maximum(0, ranks - darkest) / max(1, levels.size - darkest)
    return (1 - share) * image + share * equalized[levels]


def _scaled(scale: float) -> Floats:
    return scale * np.eye(2)


def _turned(angle: float) -> Floats:
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    return np.array([[cos, -sin], [sin, cos]])  # of rows, which run down, and columns


# From what is hardest to see, level 1, to what is easiest. New rows go to the end.
MANIPULATIONS: dict[str, Kind] = {
    "median": Kind(median, (3, 5, 7)),
    "blur": Kind(blur, (0.5, 0.75, 1.1)),
    "noise": Kind(noise, (0.25, 0.5, 2.0)),
    "resizing": Kind(resizing, (1.01, 1.125, 1.5), motion=_scaled),
    "jpeg": Kind(jpeg, (90, 80, 70)),
    "rotation": Kind(rotation, (1, 3, 10), motion=_turned),
    "contrast enhancement": Kind(contrast, (1.05, 1.15, 1.4)),
    "histogram equalization": Kind(equalization, (0.25, 0.5, 1.0)),
}
