"""Base of features of small patches, described by the words of a codebook."""

from __future__ import annotations

import abc
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.random import sample_without_replacement

from sk_hyperimage._typing import Floats, Ints, Seed
from sk_hyperimage.feature_extraction._base import ImageFeatures
from sk_hyperimage.images import Samples, Windows
from sk_hyperimage.images._floats import check_computed
from sk_hyperimage.images._gray import gray_levels
from sk_hyperimage.utils._sklearn import Interval
from sk_hyperimage.utils._whitening import zca_whitening

# Added to the variance of a patch of gray levels from 0 to 255 when its contrast is normalized.
CONTRAST_EPS = 10.0
# Added to the variances of normalized patches when they are whitened.
WHITENING_EPS = 0.1

# Whitening decomposes a matrix of patch_size ** 4 values.
MAX_PATCH_SIZE = 32


class PatchWords(ImageFeatures):
    """Base of transformers that learn words from whitened patches of all images."""

    _parameter_constraints: dict = {
        "n_words": [Interval(Integral, 1, None, closed="left")],
        "patch_size": [Interval(Integral, 2, MAX_PATCH_SIZE, closed="both")],
        "n_codebook_patches": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }
    n_words: int
    patch_size: int
    n_codebook_patches: int
    random_state: Seed

    @abc.abstractmethod
    def _learn_words(self, patches: Floats, random_state: np.random.RandomState) -> None:
        """Learn words from whitened patches, (n_patches, patch_size ** 2)."""

    def _learn(self, images: Samples) -> None:
        random_state = check_random_state(self.random_state)
        patches = self._patches_of_all(images, random_state)
        if len(patches) < self.n_words:
            raise ValueError(
                f"n_words={self.n_words} is more than the {len(patches)} patches drawn from the "
                f"{len(images)} images of X; reduce n_words, or give more images or a larger "
                f"n_codebook_patches"
            )
        self.mean_ = patches.mean(axis=0)
        self.whitening_ = zca_whitening(patches, WHITENING_EPS)
        self._learn_words((patches - self.mean_) @ self.whitening_, random_state)

    def _patches_of_all(self, images: Samples, random_state: np.random.RandomState) -> Floats:
        """Normalized patches to learn from, (about n_codebook_patches, patch_size ** 2)."""
        bounds = np.linspace(0, self.n_codebook_patches, len(images) + 1).astype(int)
        patches = []
        for index, n_patches in enumerate(np.diff(bounds)):
            if n_patches > 0:
                levels = gray_levels(images.item(index))
                patches.append(random_patches(levels, self.patch_size, n_patches, random_state))
                check_computed(patches[-1], images.name(index))
        return np.concatenate(patches)


def random_patches(
    levels: Floats, patch_size: int, n_patches: int | None, random_state: Seed
) -> Floats:
    """Different patches of an image, each normalized by its mean and standard deviation.

    Parameters
    ----------
    levels : ndarray of shape (n_rows, n_cols)
        Gray levels from 0 to 255.
    patch_size : int
    n_patches : int or None
        At most; None for all.
    random_state : int or RandomState

    Returns
    -------
    patches : ndarray of shape (at most n_patches, patch_size ** 2)
        Of the type of `levels`.
    """
    levels = large_enough(levels, patch_size)
    n_rows, n_cols = (length - patch_size + 1 for length in levels.shape)
    n_positions = n_rows * n_cols
    chosen = np.arange(n_positions)
    if n_patches is not None and n_patches < n_positions:
        chosen = sample_without_replacement(n_positions, n_patches, random_state=random_state)
    return normalized_patches(levels, patch_size, *np.divmod(chosen, n_cols))


def large_enough(levels: Floats, patch_size: int) -> Floats:
    """The image, mirrored at its end if it is smaller than a patch."""
    missing = [max(0, patch_size - length) for length in levels.shape]
    return np.pad(levels, [(0, n) for n in missing], mode="symmetric") if any(missing) else levels


def normalized_patches(levels: Floats, patch_size: int, rows: Ints, cols: Ints) -> Floats:
    """Patches with their first pixels there, normalized by mean and standard deviation."""
    patches = Windows(rows, cols, (patch_size, patch_size)).cut(levels).reshape(len(rows), -1)
    patches -= patches.mean(axis=1, keepdims=True)
    patches /= np.sqrt(patches.var(axis=1, ddof=1, keepdims=True) + CONTRAST_EPS)
    return patches
