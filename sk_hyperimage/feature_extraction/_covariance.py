"""How the descriptions of an image's patches vary together."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from sk_hyperimage._typing import Floats, Seed
from sk_hyperimage.feature_extraction._summary import BaseSummary
from sk_hyperimage.utils._sklearn import Interval

# Of matrices. Of 1/2, 1/4, 1/8 and the logarithm it ranked best on average over four data sets.
POWER = 0.25
# Added to eigenvalues. The roots of those that are zero would be ruled by rounding.
LEAST = 1e-6


class HyperImageCovariance(BaseSummary):
    """Describe every hyper-image by how the descriptions of its patches vary together.

    The descriptions of patches are projected to their principal components, each of unit variance,
    and a 1 is put beside them. The mean of z z^T over an image's patches z then holds the
    covariance of the components and their means; its fourth root is what is told of the image.
    Unlike :class:`HyperImageStatistics` it tells which properties of patches occur together, but
    not where.

    Parameters
    ----------
    n_components : int, default=48
        Principal components of the descriptions; fewer if these vary in fewer directions
        or `fit` sees fewer than two patches for each.
    random_state : int, RandomState instance or None, default=None
        Seed of the choice of patches that principal components are found from.

    Attributes
    ----------
    pca_ : sklearn.decomposition.PCA
        The fitted projection.
    n_features_in_ : int
        Length D of a description; columns of a 2-D X.

    See Also
    --------
    HyperImageStatistics : Statistics of every component, in regions too.
    HyperImageEncoder : Makes hyper-images.

    Notes
    -----
    Hyper-images may differ in the size of their grids, down to 1 x 1. The root is that of a
    matrix, which keeps the axes and takes the roots of the eigenvalues: distances between roots
    are less ruled by the few directions in which patches of an image vary most. Unlike the
    logarithm it exists for images of fewer patches than components, too.

    References
    ----------
    Q. Wang, P. Li and L. Zhang, "G2DeNet: global Gaussian distribution embedding network and its
    application to visual recognition", CVPR 2017, for the matrix; P. Li, J. Xie, Q. Wang and
    W. Zuo, "Is second-order information helpful for large-scale visual recognition?", ICCV 2017,
    for powers of it.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import HyperImageCovariance
    >>> hyper_images = np.random.default_rng(0).random((5, 6, 8, 100))
    >>> covariance = HyperImageCovariance(n_components=4, random_state=0)
    >>> covariance.fit_transform(hyper_images).shape  # of 5 x 5 numbers those above the diagonal
    (5, 15)
    >>> covariance.get_feature_names_out()[[0, 1, 4, -1]].tolist()
    ['root_0_0', 'root_0_1', 'root_0_one', 'root_one_one']
    """

    _parameter_constraints: dict = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(self, n_components: int = 48, *, random_state: Seed = None):
        self.n_components = n_components
        self.random_state = random_state

    def _describe(self, hyper_images: Floats) -> Floats:
        patches = hyper_images.reshape(len(hyper_images), -1, hyper_images.shape[-1])
        patches = patches.astype(np.float64) / self._spread()
        moments = np.pad(patches, ((0, 0), (0, 0), (0, 1)), constant_values=1)
        moments = moments.transpose(0, 2, 1) @ moments / patches.shape[1]
        rows, columns = np.triu_indices(moments.shape[1])
        return _power(moments + LEAST * np.eye(len(moments[0])), POWER)[:, rows, columns]

    def _spread(self) -> Floats:
        """Deviation of every component, 1 if all descriptions were alike."""
        deviation = np.sqrt(self.pca_.explained_variance_, dtype=np.float64)
        return np.where(deviation > 0, deviation, 1)

    def _feature_names(self) -> list[str]:
        """Names such as ``root_3_5``, of two components or one and the 1 beside them."""
        of_rows = [*range(self.pca_.n_components_), "one"]
        pairs = zip(*np.triu_indices(len(of_rows)), strict=True)
        return [f"root_{of_rows[i]}_{of_rows[j]}" for i, j in pairs]


def _power(matrices: Floats, exponent: float) -> Floats:
    """Powers of symmetric matrices, (n, m, m), of positive eigenvalues."""
    finite = np.isfinite(matrices).all(axis=(1, 2))
    powers = np.full_like(matrices, np.nan)
    values, axes = np.linalg.eigh(matrices[finite])
    scaled = axes * (values**exponent)[:, np.newaxis]
    powers[finite] = scaled @ axes.transpose(0, 2, 1)
    return powers
