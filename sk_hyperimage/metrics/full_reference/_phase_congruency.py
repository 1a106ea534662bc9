"""Phase congruency: where the waves that make up an image are in step, as at edges and lines.

After Kovesi, "Image features from phase congruency", Videre 1(3), 1999, with the constants that
FSIM uses.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sk_hyperimage._typing import Floats

N_SCALES, N_ORIENTATIONS = 4, 4
# In pixels; every further scale has twice the wavelength.
SHORTEST_WAVE = 6
# Width of a filter in frequency, as a ratio to its center, and in angle, in radians.
FREQUENCY_RATIO = 0.55
ANGLE_WIDTH = np.pi / N_ORIENTATIONS / 1.2
# Cutoff and exponent of a low-pass that takes the corners of the frequency plane away.
CUTOFF, SHARPNESS = 0.45, 30
# Noise is cut off at so many deviations above its mean, divided by what the authors found.
NOISE_DEVIATIONS, NOISE_DIVISOR = 2.0, 1.7
# Added to the length of a vector of gray levels by which it is divided.
EPSILON = 1e-4


def phase_congruency(channel: Floats) -> Floats:
    """Phase congruency around every pixel of one channel of gray levels, from 0 to 1.

    0 where the channel does not change at all.
    """
    from scipy.fft import fft2, ifft2

    spectrum = fft2(channel)
    filters, noise_gains = _filters(channel.shape)
    total_energy, total_amplitude = np.zeros(channel.shape), np.zeros(channel.shape)
    for of_scales, noise_gain in zip(filters, noise_gains, strict=True):
        responses = ifft2(spectrum * of_scales)
        amplitudes = np.abs(responses)
        together = responses.sum(axis=0)
        direction = together / (np.abs(together) + EPSILON)
        # Of every response the part in step with all, less the part at right angles to it.
        turned = responses * direction.conj()
        energy = (turned.real - np.abs(turned.imag)).sum(axis=0)
        # Noise is estimated from the smallest scale, and its energy has a Rayleigh distribution.
        rayleigh = noise_gain * np.sqrt(np.median(amplitudes[0] ** 2) / np.log(2))
        noise = np.sqrt(np.pi / 2) + NOISE_DEVIATIONS * np.sqrt(2 - np.pi / 2)
        total_energy += np.maximum(energy - rayleigh * noise / NOISE_DIVISOR, 0)
        total_amplitude += amplitudes.sum(axis=0)
    return total_energy / np.where(total_amplitude > 0, total_amplitude, 1)


@lru_cache(maxsize=2)
def _filters(shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Log-Gabor filters (n_orientations, n_scales, n_rows, n_cols), and their gains of noise.

    A gain is that of the Rayleigh parameter of the noise, from the root mean square response at
    the smallest scale.
    """
    from scipy.fft import ifft2

    down, right = (_frequencies(n) for n in shape)
    radius = np.hypot(down[:, np.newaxis], right)
    angle = np.arctan2(-down[:, np.newaxis], right)
    radius[0, 0] = 1  # of frequency 0, which all filters stop
    low_pass = 1 / (1 + (radius / CUTOFF) ** SHARPNESS)
    waves = SHORTEST_WAVE * 2.0 ** np.arange(N_SCALES)
    log_ratios = np.log(radius * waves[:, np.newaxis, np.newaxis])
    radial = np.exp(-(log_ratios**2) / (2 * np.log(FREQUENCY_RATIO) ** 2)) * low_pass
    radial[:, 0, 0] = 0
    turns = angle - np.arange(N_ORIENTATIONS)[:, np.newaxis, np.newaxis] * np.pi / N_ORIENTATIONS
    away = np.arctan2(np.sin(turns), np.cos(turns))
    angular = np.exp(-(away**2) / (2 * ANGLE_WIDTH**2))
    filters = angular[:, np.newaxis] * radial
    even = ifft2(filters.sum(axis=1)).real
    gains = np.square(even).sum(axis=(1, 2)) * radius.size
    smallest = np.square(filters[:, 0]).sum(axis=(1, 2))
    gains = np.sqrt(gains / np.where(smallest > 0, smallest, 1))
    return filters, gains


def _frequencies(n: int) -> Floats:
    """Frequencies along an axis of `n` pixels, 0 first, up to half a cycle per pixel."""
    steps = np.arange(n) - n // 2
    return np.fft.ifftshift(steps / max(1, n - n % 2))
