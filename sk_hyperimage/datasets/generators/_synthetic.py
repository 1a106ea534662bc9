"""The synthetic task of the hyper-image paper (section "Synthetic task", Eq. 3)."""

from __future__ import annotations

from numbers import Integral

import numpy as np
from sklearn.utils import Bunch, check_random_state

from sk_hyperimage._typing import Seed
from sk_hyperimage.datasets._bunch import data_bunch
from sk_hyperimage.utils._sklearn import Interval, validate_params

DESCRIPTION = """\
Images of constant brightness, overlaid with small two-shade patches. Every patch lowers the score,
the more so the greater its contrast to the background and its nearness to the center of the image.
It depends on nothing else and is known exactly. Higher is better; 5 is an image without artifacts.
Source: the hyper-image paper, section "Synthetic task", Eq. 3.
"""


@validate_params(
    {
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "image_size": [Interval(Integral, 2, None, closed="left")],
        "artifact_size": [Interval(Integral, 1, None, closed="left")],
        "max_artifacts": [Interval(Integral, 1, None, closed="left")],
        "return_X_y": ["boolean"],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_synthetic_artifacts(
    n_samples: int = 100,
    *,
    image_size: int = 128,
    artifact_size: int = 16,
    max_artifacts: int = 5,
    return_X_y: bool = False,
    random_state: Seed = None,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Make the images of experiment 1: backgrounds, artifacts and positions all vary.

    Every image has a background drawn from [0, 1] and between one and `max_artifacts` artifacts.
    An artifact has a dark shade in [0, 0.5) and a bright one in [0.5, 1], with a random share of
    bright pixels, scrambled. It may be anywhere inside the image; later artifacts may cover
    earlier ones, whose terms remain those of the whole artifact.

    Parameters
    ----------
    n_samples : int, default=100
        Number of images.
    image_size : int, default=128
        Rows and columns of an image, in pixels.
    artifact_size : int, default=16
        Rows and columns of an artifact, in pixels; smaller than `image_size`.
    max_artifacts : int, default=5
        Most artifacts in an image.
    return_X_y : bool, default=False
        Whether to return ``(images, target)`` only.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`:

        images : ndarray of shape (n_samples, image_size, image_size), float32
            Gray images in [0, 1].
        target : ndarray of shape (n_samples,)
            ``5 - sqrt(sum(terms ** 2))``; higher is better.
        positions : ndarray of int of shape (n_samples, max_artifacts, 2)
            First row and column of each artifact; -1 if there is none.
        terms : ndarray of shape (n_samples, max_artifacts)
            alpha of Eq. 3 for each artifact, in [0, 2]: its contrast to the background plus its
            nearness to the center; 0 if there is none.
        n_artifacts : ndarray of int of shape (n_samples,)
            Artifacts in each image.
        background : ndarray of shape (n_samples,)
            Brightness of each background.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    ValueError
        If a parameter is out of range.

    References
    ----------
    The hyper-image paper, section "Synthetic task", Eq. 3 and Table 1, experiment 1.

    Examples
    --------
    >>> from sk_hyperimage.datasets import make_synthetic_artifacts
    >>> data = make_synthetic_artifacts(10, random_state=0)
    >>> data.images.shape, bool(data.target.max() <= 5)
    ((10, 128, 128), True)
    """
    _check_sizes(image_size, artifact_size)
    rng = check_random_state(random_state)
    background = rng.uniform(size=n_samples)
    n_artifacts = rng.randint(1, max_artifacts + 1, size=n_samples)
    artifacts = [[_artifact(artifact_size, rng) for _ in range(n)] for n in n_artifacts]
    return _compose(background, artifacts, image_size, max_artifacts, return_X_y, rng)


@validate_params(
    {
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "n_artifacts": [Interval(Integral, 1, None, closed="left")],
        "image_size": [Interval(Integral, 2, None, closed="left")],
        "artifact_size": [Interval(Integral, 1, None, closed="left")],
        "return_X_y": ["boolean"],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_artifact_positions(
    n_samples: int = 1000,
    *,
    n_artifacts: int = 1,
    image_size: int = 128,
    artifact_size: int = 16,
    return_X_y: bool = False,
    random_state: Seed = None,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Make the images of experiment 2: one background, the same artifacts, other positions.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of images.
    n_artifacts : int, default=1
        Artifacts in every image, with the same pixels in all of them.
    image_size, artifact_size, return_X_y
        As in :func:`make_synthetic_artifacts`.
    random_state : int, RandomState instance or None, default=None
        Seed, also of the background and the artifacts.

    Returns
    -------
    data : Bunch
        As :func:`make_synthetic_artifacts` returns it, with `n_artifacts` for `max_artifacts`.
    (images, target) : tuple if `return_X_y` is True

    References
    ----------
    The hyper-image paper, section "Synthetic task" and Table 1, experiment 2.

    Examples
    --------
    >>> from sk_hyperimage.datasets import make_artifact_positions
    >>> data = make_artifact_positions(10, n_artifacts=2, random_state=0)
    >>> int((data.background != data.background[0]).sum()), data.terms.shape
    (0, (10, 2))
    """
    _check_sizes(image_size, artifact_size)
    rng = check_random_state(random_state)
    background = np.full(n_samples, rng.uniform())
    artifacts = [[_artifact(artifact_size, rng) for _ in range(n_artifacts)]] * n_samples
    return _compose(background, artifacts, image_size, n_artifacts, return_X_y, rng)


def _artifact(size: int, rng: np.random.RandomState) -> np.ndarray:
    """One artifact: two shades, a random share of bright pixels, scrambled."""
    dark, bright = rng.uniform(0, 0.5), rng.uniform(0.5, 1)
    n_bright = round(rng.uniform() * size**2)
    pixels = np.where(np.arange(size**2) < n_bright, bright, dark)
    return rng.permutation(pixels).reshape(size, size)


def _compose(
    background: np.ndarray,
    artifacts: list[list[np.ndarray]],
    image_size: int,
    max_artifacts: int,
    return_X_y: bool,
    rng: np.random.RandomState,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Place artifacts at random on backgrounds and score the images."""
    n_samples = len(background)
    size = artifacts[0][0].shape[0]
    images = np.empty((n_samples, image_size, image_size), dtype=np.float32)
    images[:] = background[:, np.newaxis, np.newaxis]
    positions = np.full((n_samples, max_artifacts, 2), -1)
    terms = np.zeros((n_samples, max_artifacts))
    for index, patches in enumerate(artifacts):
        corners = rng.randint(0, image_size - size + 1, size=(len(patches), 2))
        positions[index, : len(patches)] = corners
        for k, (patch, (row, col)) in enumerate(zip(patches, corners, strict=True)):
            images[index, row : row + size, col : col + size] = patch
            contrast = np.abs(background[index] - patch).mean()
            terms[index, k] = contrast + _nearness(row, col, image_size - size)
    target = 5 - np.sqrt((terms**2).sum(axis=1))
    return data_bunch(
        images=images,
        target=target,
        positions=positions,
        terms=terms,
        n_artifacts=np.array([len(patches) for patches in artifacts]),
        background=background,
        score_range=(5 - 2 * float(np.sqrt(max_artifacts)), 5.0),
        higher_is_better=True,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )


def _nearness(row: int, col: int, last: int) -> float:
    """1 for an artifact in the center of the image, 0 in a corner (second term of Eq. 3)."""
    return float(1 - np.hypot(row - last / 2, col - last / 2) / np.hypot(last / 2, last / 2))


def _check_sizes(image_size: int, artifact_size: int) -> None:
    if artifact_size >= image_size:
        raise ValueError(
            f"artifact_size={artifact_size} must be smaller than image_size={image_size}"
        )
