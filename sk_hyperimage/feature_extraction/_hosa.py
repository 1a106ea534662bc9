"""The features of HOSA (Xu, Ye, Li, Du, Liu and Doermann 2016)."""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Floats, Seed
from sk_hyperimage.feature_extraction._patch_words import (
    PatchWords,
    large_enough,
    normalized_patches,
)

# The number of patches whose grid is laid over an image, at least.
N_PATCHES = 10_000
# A patch belongs to its nearest words, the more the nearer.
N_NEAREST = 5
DECAY = 0.05
POWER = 0.2
# Added to the cubed deviation that divides a skewness.
SKEWNESS_EPS = 1e-4
# Least sum of variances of patches that are not all alike.
LEAST_VARIANCE = 1e-8


class HosaFeatures(PatchWords):
    """Describe every image by how the statistics of its patches differ from those of few words.

    `fit` learns words, by k-means from small patches of the images, and the variance and skewness
    of the patches of every word; it needs no scores. In `transform`, patches from a regular grid
    belong to their five nearest words, the more the nearer. Features are what their weighted mean,
    variance and skewness around every word differ by from those of the word, to the power of 0.2
    with the sign kept; each image's features have unit length. Patches are normalized and
    whitened as by :class:`CorniaFeatures`. HOSA is a linear support vector regression on these
    features.

    Parameters
    ----------
    n_words : int, default=100
        Words of the codebook, at most as many as there are patches to learn from. Every image has
        ``3 * n_words * patch_size ** 2`` features, such as ``mean_word3_pixel48``.
    patch_size : int, default=7
        Rows and columns of a patch in pixels, at most 32. Smaller images are mirrored at their
        end.
    n_codebook_patches : int, default=100000
        Patches that the codebook is learned from, about the same number from every image.
    random_state : int, RandomState instance or None, default=None
        Seed of the choice of patches and of the initial words of k-means.

    Attributes
    ----------
    codebook_ : ndarray of shape (n_words, patch_size ** 2)
        Words: centers of clusters of whitened patches.
    variances_ : ndarray of shape (n_words, patch_size ** 2)
        Variances within every cluster.
    skewnesses_ : ndarray of shape (n_words, patch_size ** 2)
        Skewnesses within every cluster.
    mean_ : ndarray of shape (patch_size ** 2,)
        Mean of the normalized patches.
    whitening_ : ndarray of shape (patch_size ** 2, patch_size ** 2)
        Matrix that a patch less the mean is multiplied by.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    CorniaFeatures : Many words, and the greatest similarity with each.

    Notes
    -----
    Constants are those of the authors' release, whose words come from CSIQ and are not part of
    this package: fit on images without scores and put the result, in a
    :class:`sklearn.frozen.FrozenEstimator`, into a pipeline. The grid's stride is the square root
    of a ten-thousandth of the pixels, rounded down. Features of a word without patches are 0. Of
    a word with one patch, the release multiplies the difference of means by the weight of another
    word; here it is as with more patches.

    References
    ----------
    J. Xu, P. Ye, Q. Li, H. Du, Y. Liu and D. Doermann, "Blind image quality assessment based on
    high order statistics aggregation", IEEE Transactions on Image Processing 25(9), 2016. SROCC on
    LIVE Challenge, as measured by Zeng et al.: 0.661.

    Examples
    --------
    >>> from skimage.data import camera
    >>> from sk_hyperimage.feature_extraction import HosaFeatures
    >>> images = camera().reshape(4, 128, 512)
    >>> hosa = HosaFeatures(n_words=10, n_codebook_patches=2000, random_state=0)
    >>> hosa.fit_transform(images).shape
    (4, 1470)
    """

    def __init__(
        self,
        n_words: int = 100,
        patch_size: int = 7,
        n_codebook_patches: int = 100_000,
        random_state: Seed = None,
    ):
        self.n_words = n_words
        self.patch_size = patch_size
        self.n_codebook_patches = n_codebook_patches
        self.random_state = random_state

    def _learn_words(self, patches: Floats, random_state: np.random.RandomState) -> None:
        from sklearn.cluster import KMeans

        kmeans = KMeans(self.n_words, n_init=1, random_state=random_state).fit(patches)
        members = np.eye(self.n_words, dtype=patches.dtype)[kmeans.labels_]
        self.codebook_, self.variances_, self.skewnesses_ = moments(patches, members)

    def _describe(self, levels: Floats) -> Floats:
        levels = large_enough(levels.astype(np.float64), self.patch_size)
        patches = patches_on_grid(levels, self.patch_size)
        patches = (patches - self.mean_) @ self.whitening_
        weights = self._memberships(patches)
        of_image = np.array(moments(patches, weights))
        differences = of_image - [self.codebook_, self.variances_, self.skewnesses_]
        differences[:, ~weights.any(axis=0)] = 0
        differences[1:, of_image[1].sum(axis=1) <= LEAST_VARIANCE] = 0
        powers = (np.sign(differences) * np.abs(differences) ** POWER).ravel()
        return powers / max(np.linalg.norm(powers), np.finfo(float).tiny)

    def _memberships(self, patches: Floats) -> Floats:
        """Weights of the nearest words of every patch, summing to 1; 0 of the others."""
        squares = np.square(self.codebook_).sum(axis=1) - 2 * patches @ self.codebook_.T
        squares += np.square(patches).sum(axis=1, keepdims=True)
        n_nearest = min(N_NEAREST, self.n_words)
        nearest = np.argpartition(squares, n_nearest - 1, axis=1)[:, :n_nearest]
        near = np.take_along_axis(squares, nearest, axis=1)
        # Less the smallest square, which changes no weight, lest all of them vanish.
        kernel = np.exp(-DECAY * (near - near.min(axis=1, keepdims=True)))
        weights = np.zeros_like(squares)
        np.put_along_axis(weights, nearest, kernel / kernel.sum(axis=1, keepdims=True), axis=1)
        return weights

    def _feature_names(self) -> list[str]:
        return [
            f"{of}_word{word}_pixel{pixel}"
            for of in ("mean", "variance", "skewness")
            for word in range(self.n_words)
            for pixel in range(self.patch_size**2)
        ]


def patches_on_grid(levels: Floats, patch_size: int) -> Floats:
    """Normalized patches at equal strides, (n_patches, patch_size ** 2)."""
    stride = max(1, int(np.sqrt(levels.size / N_PATCHES)))
    rows, cols = (np.arange(0, length - patch_size + 1, stride) for length in levels.shape)
    grid = np.meshgrid(rows, cols, indexing="ij")
    return normalized_patches(levels, patch_size, *(places.ravel() for places in grid))


def moments(patches: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Weighted mean, variance and skewness of (n, d) by every column of weights (n, k): (k, d)."""
    shares = weights / weights.sum(axis=0).clip(min=np.finfo(weights.dtype).tiny)
    mean, square, cube = (shares.T @ patches**power for power in (1, 2, 3))
    variance = (square - mean**2).clip(min=0)
    skewness = (cube - 3 * mean * square + 2 * mean**3) / (variance**1.5 + SKEWNESS_EPS)
    return mean, variance, skewness
