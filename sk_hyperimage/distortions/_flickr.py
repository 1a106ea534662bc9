"""The registry of the eight kinds of Ahn, Kang and Sohn 2017, with the paper's three levels.

"Image distortion detection using convolutional neural network", Section 3.1. Operations take
floats in [0, 255], as everywhere here; the paper's numbers are of images in [0, 1].
"""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.distortions._compression import jpeg
from sk_hyperimage.distortions._kinds import Kind
from sk_hyperimage.distortions._operations import blur, noise

# Of the non-local means: sides of its patches, and how far apart they are looked for.
PATCH_SIZE, PATCH_DISTANCE = 7, 11


def noise_of_variance(image: Floats, variance: float, rng: np.random.RandomState) -> Floats:
    """Gaussian noise in every channel, with a variance in squares of the full range."""
    return noise(image, 255 * np.sqrt(variance), rng)


def salt_and_pepper(image: Floats, share: float, rng: np.random.RandomState) -> Floats:
    """Black or white in a share of the values, each channel by itself, so that specks are colored.

    In `impulse_noise` whole pixels are hit.
    """
    hit = rng.uniform(size=image.shape) < share
    return np.where(hit, 255.0 * (rng.uniform(size=image.shape) < 0.5), image)


def quantization(image: Floats, n_levels: float, rng: np.random.RandomState) -> Floats:
    """Whole number of equal bins of levels in every channel, each becoming its lower edge."""
    width = 256 / int(n_levels)
    return np.floor(np.floor(image / width) * width)


def low_pass(image: Floats, ratio: float, rng: np.random.RandomState) -> Floats:
    """Sides times `ratio` and back, by linear interpolation without smoothing before it."""
    from skimage.transform import resize

    small = [max(1, round(ratio * side)) for side in image.shape[:2]]
    options = {"order": 1, "mode": "edge", "anti_aliasing": False, "preserve_range": True}
    return resize(resize(image, small, **options), image.shape[:2], **options)


def denoising(image: Floats, strength: float, rng: np.random.RandomState) -> Floats:
    """Non-local means of an image without noise, which smooths it where it repeats itself."""
    from skimage.restoration import denoise_nl_means

    return 255 * denoise_nl_means(
        image / 255, PATCH_SIZE, PATCH_DISTANCE, strength, fast_mode=True, channel_axis=-1
    )


def pink_noise(image: Floats, factor: float, rng: np.random.RandomState) -> Floats:
    """Noise of amplitude 1 / frequency in every channel, times `factor`.

    Its spectrum has the amplitude 1 / sqrt(u**2 + v**2 + 1e-5), u and v in cycles per pixel, and
    random phases at all frequencies; the noise is the real part of its inverse. The standard
    deviation falls as 1 / side of the image.
    """
    rows, cols = image.shape[:2]
    frequencies = np.fft.fftfreq(rows)[:, np.newaxis] ** 2 + np.fft.fftfreq(cols) ** 2
    amplitude = 1 / np.sqrt(frequencies + 1e-5)
    phase = rng.uniform(0, 2 * np.pi, size=(image.shape[2], rows, cols))
    field = np.fft.ifft2(amplitude * np.exp(1j * phase)).real
    return image + 255 * factor * np.moveaxis(field, 0, -1)


# In the order of the paper, which seeds depend on. It does not state the levels of quantization.
FLICKR_KINDS: dict[str, Kind] = {
    "gaussian noise": Kind(noise_of_variance, (0.0125, 0.025, 0.05)),
    "blur": Kind(blur, (1.5, 3, 6)),
    "salt and pepper": Kind(salt_and_pepper, (0.0125, 0.025, 0.05)),
    "quantization": Kind(quantization, (16, 8, 4)),
    "jpeg": Kind(jpeg, (20, 10, 5)),
    "low-pass": Kind(low_pass, (0.3, 0.1, 0.03)),
    "denoising": Kind(denoising, (0.04, 0.06, 0.08), reach=PATCH_DISTANCE + PATCH_SIZE // 2),
    "1/f noise": Kind(pink_noise, (2.5, 5, 10)),
}
