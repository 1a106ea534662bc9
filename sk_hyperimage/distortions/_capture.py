"""Damage from taking and sending photographs: motion, exposure, low light, color cast, fading.

Operations on a photograph of floats in [0, 255], with a strength and a random generator. Those of
LIVE Challenge (Ghadiyaram and Bovik 2016) are of this sort; fast fading is one of LIVE.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.distortions._compression import jpeg2000

# JPEG 2000 of the parts of an image that are received whole, and of those that are lost but for
# the first bits.
RECEIVED, LOST = 12, 150
# Electrons of a sensor's own noise, whatever the light.
READ_NOISE = 2.0

Operation = Callable[[Floats, float, np.random.RandomState], Floats]


def chain(*steps: tuple[Operation, Sequence[float]]) -> Operation:
    """Operations one after the other, each with its strength of one and the same level from 1."""

    def chained(image: Floats, level: float, rng: np.random.RandomState) -> Floats:
        for operation, strengths in steps:
            image = np.clip(operation(image, strengths[int(level) - 1], rng), 0, 255)
        return image

    return chained


def fast_fading(image: Floats, share: float, rng: np.random.RandomState) -> Floats:
    """JPEG 2000 sent over a fading channel, which loses a `share` of the rows but for a few bits.

    The channel is a Rayleigh one: the magnitude of complex Gaussian noise, which drifts along the
    rows, and is weakest where rows are lost.
    """
    from scipy.ndimage import gaussian_filter1d

    n_rows = len(image)
    drifting = gaussian_filter1d(rng.normal(size=(2, n_rows)), max(1.0, n_rows / 20))
    received = np.hypot(*drifting).argsort().argsort() >= round(share * n_rows)
    good, bad = (jpeg2000(image, ratio, rng) for ratio in (RECEIVED, LOST))
    return np.where(received[:, None, None], good, bad)


def motion_blur(image: Floats, length: float, rng: np.random.RandomState) -> Floats:
    """Blur along a straight line of `length` pixels in a random direction."""
    from scipy.ndimage import convolve

    angle, radius = rng.uniform(0, np.pi), int(np.ceil(length / 2))
    along = np.linspace(-length / 2, length / 2, 8 * int(length) + 1)
    kernel = np.zeros((2 * radius + 3, 2 * radius + 3))
    rows, cols = radius + 1 + along * np.sin(angle), radius + 1 + along * np.cos(angle)
    row, col = np.floor(rows).astype(int), np.floor(cols).astype(int)
    for down in (0, 1):
        for right in (0, 1):
            share = np.abs(1 - down - (rows - row)) * np.abs(1 - right - (cols - col))
            np.add.at(kernel, (row + down, col + right), share)
    return convolve(image, kernel[:, :, np.newaxis] / kernel.sum())


def exposure(image: Floats, stops: float, rng: np.random.RandomState) -> Floats:
    """`stops` more or less of light; what is too bright becomes white."""
    return from_light(light(image) * 2.0 ** (stops * rng.choice([-1, 1])))


def low_light_noise(image: Floats, n_electrons: float, rng: np.random.RandomState) -> Floats:
    """Noise of a sensor that collects so few electrons where the image is white.

    Shot noise, which grows with the light, and read noise, which does not.
    """
    collected = rng.poisson(light(image) * n_electrons)
    read = rng.normal(scale=READ_NOISE, size=image.shape)
    return from_light((collected + read) / n_electrons)


def color_cast(image: Floats, strength: float, rng: np.random.RandomState) -> Floats:
    """A wrong white: channels are multiplied by factors whose logarithms sum to 0."""
    angle = rng.uniform(0, 2 * np.pi)
    across = np.array([[1, -1, 0], [1, 1, -2]]) / np.sqrt([[2], [6]])
    return image * np.exp(strength * (np.array([np.cos(angle), np.sin(angle)]) @ across))


def light(image: Floats) -> Floats:
    """Linear light of sRGB values in [0, 255], in [0, 1]."""
    values = image / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def from_light(linear: Floats) -> Floats:
    """The sRGB values in [0, 255] of linear light, which is clipped to [0, 1]."""
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
