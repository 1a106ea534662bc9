"""The distance of NIQE (Mittal, Soundararajan and Bovik 2013)."""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._pristine import (
    PristineDistance,
    cut_blocks,
    distances,
    mean_and_covariance,
    n_blocks_along,
    whole_blocks,
)
from sk_hyperimage.feature_extraction._scene_statistics import (
    contrast_and_deviation,
    fit_asymmetric_gaussians,
    half_size,
    neighbor_products,
    scale_of_variance,
)
from sk_hyperimage.images._gray import gray_levels

WINDOW = 7


class NiqeDistance(PristineDistance):
    """Measure how far every image is from undamaged photographs, as NIQE does.

    No scores are needed. `fit` is given photographs without damage: they are cut into blocks, and
    the blocks in focus described by 36 statistics of locally normalized pixels, those of
    :class:`BrisqueFeatures` with other parameters of the distributions. Their mean and covariance
    are the model. The one feature of an image, ``distance``, is that of the mean of its blocks
    from the model's, in units of the mean of both covariances: 0 is best, lower is better.

    Parameters
    ----------
    block_size : int, default=96
        Rows and columns of a block in pixels, even. Rows and columns at the end of an image
        that fill no block are left out. A side that is shorter than a block is one block long.
    sharpness : float, default=0.75
        Blocks of a photograph are learned from if their mean local deviation exceeds this part,
        from 0 to below 1, of that of the photograph's sharpest block. Blocks without any contrast
        are not. All blocks count where distances are measured.

    Attributes
    ----------
    mean_ : ndarray of shape (36,)
        Mean of the blocks' statistics.
    covariance_ : ndarray of shape (36, 36)
        Covariance of the blocks' statistics.
    n_blocks_ : int
        Blocks that were learned from.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    IlNiqeDistance : With color, gradients and frequencies.
    BrisqueFeatures : Features for a regression on scores.

    Notes
    -----
    Details are those of the authors' release: gray levels of MATLAB's ``rgb2gray``, repeated
    pixels beyond the border, neighbors beyond the border of a block on its opposite side, and
    MATLAB's antialiased half. The release's own parameters, learned from 125 photographs, are not
    part of this package: distances are those from your own photographs, and compare only under
    one model. Flat blocks, whose statistics the release does not define, have the lowest shape of
    its table and variances of 0.

    References
    ----------
    A. Mittal, R. Soundararajan and A. C. Bovik, "Making a completely blind image quality
    analyzer", IEEE Signal Processing Letters 20(3), 2013. SROCC on LIVE Challenge, as measured by
    Zeng et al.: 0.435.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.datasets import load_sample_photos
    >>> from sk_hyperimage.feature_extraction import NiqeDistance
    >>> photos = load_sample_photos(crop_size=192).images / 255
    >>> niqe = NiqeDistance(block_size=48).fit(photos[1:])
    >>> noisy = photos[:1] + np.random.default_rng(0).normal(scale=0.2, size=photos[:1].shape)
    >>> bool(niqe.transform(noisy) > niqe.transform(photos[:1]))
    True
    """

    def __init__(self, block_size: int = 96, *, sharpness: float = 0.75):
        self.block_size = block_size
        self.sharpness = sharpness

    def _blocks(self, image: Floats) -> tuple[Floats, Floats]:
        levels: Floats = gray_levels(image).astype(np.float64)
        n_blocks = n_blocks_along(levels.shape, self.block_size)
        levels = whole_blocks(levels, self.block_size)
        fine, deviation = contrast_and_deviation(levels, WINDOW)
        coarse, _ = contrast_and_deviation(half_size(levels), WINDOW)
        features = [contrast_statistics(cut_blocks(of, n_blocks)) for of in (fine, coarse)]
        sharpness = cut_blocks(deviation, n_blocks).mean(axis=(1, 2))
        return np.concatenate(features, axis=1), sharpness

    def _learn_blocks(self, features: Floats) -> None:
        self.mean_, self.covariance_ = mean_and_covariance(features)

    def _distance(self, features: Floats) -> float:
        mean, covariance = mean_and_covariance(features)
        return distances(mean[np.newaxis] - self.mean_, covariance, self.covariance_)[0]


def contrast_statistics(blocks: Floats) -> Floats:
    """18 parameters of the distributions of normalized pixels and of products of neighbors.

    Of blocks (n_blocks, n_rows, n_cols): (n_blocks, 18).
    """
    products = flat(np.stack([*neighbor_products(blocks).values()]))
    shapes, means, *variances = fit_asymmetric_gaussians(products)
    scales = [scale_of_variance(shapes, of_side) for of_side in variances]
    of_neighbors = np.stack([shapes, means, *scales], axis=1).reshape(-1, len(blocks))
    return np.concatenate([shape_and_scale(flat(blocks)), of_neighbors]).T


def shape_and_scale(samples: Floats) -> tuple[Floats, Floats]:
    """Of an asymmetric generalized Gaussian; the scale is the mean of its two sides."""
    shape, _, *variances = fit_asymmetric_gaussians(samples)
    left, right = (scale_of_variance(shape, of_side) for of_side in variances)
    return shape, (left + right) / 2


def flat(blocks: Floats) -> Floats:
    """The pixels of every block in a row."""
    return blocks.reshape(*blocks.shape[:-2], -1)
