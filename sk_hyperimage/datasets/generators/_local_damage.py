"""Local damage: distortions of several kinds and strengths in random regions of images."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import Bunch, check_random_state

from sk_hyperimage.distortions._operations import (
    Distortion,
    blur,
    check_references,
    contrast,
    distorted,
    impulse_noise,
    jpeg,
    noise,
    pixelate,
)
from sk_hyperimage.utils._sklearn import Interval, validate_params

DESCRIPTION = """\
Images damaged in random regions. The target is the mean structural similarity (SSIM) to the
pristine image: at most 1, higher is better. It is a computed proxy and not human opinion.
"""


DISTORTIONS = {
    "blur": Distortion(blur, (0.8, 1.4, 2.2, 3.4, 5.0)),
    "contrast": Distortion(contrast, (0.75, 0.6, 0.45, 0.3, 0.15)),
    "impulse": Distortion(impulse_noise, (0.01, 0.03, 0.06, 0.12, 0.2)),
    "jpeg": Distortion(jpeg, (40, 22, 12, 7, 3)),
    "noise": Distortion(noise, (8, 16, 26, 40, 56)),
    "pixelate": Distortion(pixelate, (2, 3, 5, 8, 12)),
}


@validate_params(
    {
        "references": ["array-like"],
        "n_per_reference": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_local_damage(
    references: Any,
    *,
    n_per_reference: int = 10,
    random_state: int | np.random.RandomState | None = None,
) -> Bunch:
    """Damage random regions of pristine images.

    Every image gets one kind of damage (blur, reduced contrast, impulse noise, JPEG compression,
    Gaussian noise, pixelation) at one of five levels, in one to three rectangles or ellipses.

    Parameters
    ----------
    references : array-like of shape (n_references, n_rows, n_cols, 3), uint8
        Pristine colour images of one size, of at least 16 x 16 pixels.
    n_per_reference : int, default=10
        Damaged images per reference.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    data : Bunch
        With these attributes:

        images : ndarray of shape (n_images, n_rows, n_cols, 3), uint8
            The damaged images.
        target : ndarray of shape (n_images,)
            Mean SSIM to the pristine image, at most 1; higher is better. A computed proxy, not
            human opinion.
        groups : ndarray of int of shape (n_images,)
            Index of the reference.
        distortion : ndarray of str of shape (n_images,)
            Kind of damage.
        level : ndarray of int of shape (n_images,)
            From 1, faint, to 5.
        regions : ndarray of bool of shape (n_images, n_rows, n_cols)
            Where the damage is.
        similarity : ndarray of shape (n_images, n_rows, n_cols), float32
            SSIM around every pixel: the truth for maps.
        DESCR : str
            What the target means.

    Raises
    ------
    ValueError
        If `references` is not an array of 8-bit colour images.

    References
    ----------
    Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004,
    as scikit-image computes it with that paper's Gaussian weights.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_sample_photos, make_local_damage
    >>> photos = load_sample_photos().images[:2]
    >>> data = make_local_damage(photos, n_per_reference=3, random_state=0)
    >>> data.images.shape, bool(data.target.max() < 1)
    ((6, 160, 160, 3), True)
    """
    references = check_references(references)
    rng = check_random_state(random_state)
    groups = np.repeat(np.arange(len(references)), n_per_reference)
    distortion = rng.choice(list(DISTORTIONS), size=len(groups))
    level = rng.randint(1, 6, size=len(groups))
    regions = np.stack([_regions(references.shape[1:3], rng) for _ in groups])
    images = references[groups]
    similarity = np.empty(images.shape[:3], dtype=np.float32)
    target = np.empty(len(groups))
    for index, reference in enumerate(groups):
        pristine = references[reference]
        damaged = distorted(pristine, DISTORTIONS[distortion[index]], level[index], rng)
        images[index][regions[index]] = damaged[regions[index]]
        target[index], similarity[index] = _ssim(pristine, images[index])
    return Bunch(
        images=images,
        target=target,
        groups=groups,
        distortion=distortion,
        level=level,
        regions=regions,
        similarity=similarity,
        DESCR=DESCRIPTION,
    )


def _regions(shape: tuple[int, int], rng: np.random.RandomState) -> np.ndarray:
    """One to three rectangles or ellipses, each a quarter to six tenths of the image a side."""
    mask = np.zeros(shape, dtype=bool)
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    for _ in range(rng.randint(1, 4)):
        height, width = (rng.uniform(0.25, 0.6) * side for side in shape)
        row, col = (rng.uniform(0.1, 0.9) * side for side in shape)
        across, along = 2 * np.abs(rows - row) / height, 2 * np.abs(cols - col) / width
        inside = np.maximum(across, along) if rng.uniform() < 0.5 else across**2 + along**2
        mask |= inside <= 1
    return mask


def _ssim(pristine: np.ndarray, image: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean SSIM, and its map averaged over the channels."""
    from skimage.metrics import structural_similarity

    mean, full = structural_similarity(
        pristine,
        image,
        channel_axis=2,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    return float(mean), full.mean(axis=2)
