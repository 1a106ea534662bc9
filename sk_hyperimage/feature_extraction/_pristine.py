"""Base of distances between an image and undamaged photographs."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from numbers import Integral, Real

import numpy as np

from sk_hyperimage._typing import Floats, ImagesLike
from sk_hyperimage.feature_extraction._base import ImageFeatures
from sk_hyperimage.images import Samples
from sk_hyperimage.images._floats import check_computed
from sk_hyperimage.utils._sklearn import Interval

# Stands for features without limit, such as the shape of a distribution of equal values.
LARGEST = 10_000.0


class PristineDistance(ImageFeatures):
    """Base of distances from the statistics of blocks of undamaged photographs.

    `fit` describes blocks of photographs, and learns mean and covariance of those that are in
    focus. An image is as far from them as its own blocks are.
    """

    _parameter_constraints: dict = {
        "block_size": [Interval(Integral, 2, None, closed="left")],
        "sharpness": [Interval(Real, 0, 1, closed="left")],
    }
    block_size: int
    sharpness: float

    @abc.abstractmethod
    def _blocks(self, image: Floats) -> tuple[Floats, Floats]:
        """Features of blocks, (n_blocks, n_features), and their sharpness, (n_blocks,)."""

    @abc.abstractmethod
    def _learn_blocks(self, features: Floats) -> None:
        """Learn a normal distribution from features of all blocks, (n_blocks, n_features)."""

    @abc.abstractmethod
    def _distance(self, features: Floats) -> float:
        """Distance of the blocks of one image."""

    def score_samples(self, X: ImagesLike) -> Floats:
        """How natural images are: the distance, negative, so that higher is better.

        Parameters
        ----------
        X
            As in :meth:`fit`.

        Returns
        -------
        scores : ndarray of shape (n_images,)
            At most 0.
        """
        return -self.transform(X)[:, 0]

    def _learn(self, images: Samples) -> None:
        if self.block_size % 2:
            raise ValueError(
                f"block_size={self.block_size} must be even: blocks have half as many rows and "
                f"columns in the image's half"
            )
        kept = []
        with np.errstate(over="ignore", invalid="ignore"):
            for index in range(len(images)):
                features, sharpness = self._blocks(images.item(index))
                check_computed(sharpness, images.name(index))
                chosen = sharpness > self.sharpness * sharpness.max()
                kept.append(features[chosen & np.isfinite(features).all(axis=1)])
        blocks = np.concatenate(kept)
        if len(blocks) < 2:
            raise ValueError(
                f"{type(self).__name__} learns from two blocks or more that are not flat; X "
                f"(n_samples={len(images)}, n_features={self.n_features_in_}) holds "
                f"{len(blocks)}: give more or sharper photographs"
            )
        self.n_blocks_ = len(blocks)
        self._learn_blocks(blocks)

    def _described(self, images: Samples) -> Iterator[tuple[str, Floats]]:
        for index in range(len(images)):
            features, sharpness = self._blocks(images.item(index))
            check_computed(sharpness, images.name(index))
            features[np.isposinf(features)] = LARGEST
            yield images.name(index), np.array([[self._distance(features)]])

    def _describe(self, levels: Floats) -> Floats:
        raise NotImplementedError  # _described reads colors where there are any

    def _feature_names(self) -> list[str]:
        return ["distance"]


def n_blocks_along(shape: tuple[int, ...], block_size: int) -> tuple[int, int]:
    """How many blocks fit into rows and columns; one where not even one does."""
    n_rows, n_cols = (max(1, length // block_size) for length in shape[:2])
    return n_rows, n_cols


def whole_blocks(image: Floats, block_size: int) -> Floats:
    """The image without what fills no block at its end."""
    n_rows, n_cols = (n * block_size for n in n_blocks_along(image.shape, block_size))
    return image[:n_rows, :n_cols]


def cut_blocks(values: Floats, n_blocks: tuple[int, int]) -> Floats:
    """Blocks of the last two axes: (..., n_blocks, n_rows, n_cols)."""
    n_rows, n_cols = (length // n for length, n in zip(values.shape[-2:], n_blocks, strict=True))
    cut = values.reshape(*values.shape[:-2], n_blocks[0], n_rows, n_blocks[1], n_cols)
    return cut.swapaxes(-3, -2).reshape(*values.shape[:-2], -1, n_rows, n_cols)


def mean_and_covariance(samples: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance (of 0 for one sample) of (n, d)."""
    mean = samples.mean(axis=0)
    centered = samples - mean
    return mean, centered.T @ centered / max(1, len(samples) - 1)


def distances(differences: Floats, covariance: Floats, other: Floats) -> Floats:
    """Lengths of (n, d) in units of the mean of two covariances, by the pseudo-inverse."""
    pooled = (covariance + other) / 2
    tolerance = len(pooled) * np.finfo(float).eps  # MATLAB's and Octave's
    inverse = np.linalg.pinv(pooled, rcond=tolerance, hermitian=True)
    squares = np.einsum("nd,de,ne->n", differences, inverse, differences, optimize=True)
    return np.sqrt(squares.clip(min=0))
