"""Statistics of hyper-images: few numbers for few images, which still say where patches lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from numbers import Integral
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Floats, Ints, Seed
from sk_hyperimage.images import Samples
from sk_hyperimage.images._floats import check_computed
from sk_hyperimage.utils._sklearn import Interval, fit_or_restore
from sk_hyperimage.utils._validation import check_images

# Floats of hyper-images that are described at a time, if they have one shape.
PORTION_FLOATS = 2**20
# Patches whose descriptions the principal components are found from: more change little.
N_PATCHES = 20_000
# Along an axis of a grid: more than patches would repeat them.
MOST_REGIONS = 1000
# Spread of a component that is no more than rounding, as a share of that of the first.
OF_ROUNDING = 1e-5


class HyperImageStatistics(TransformerMixin, BaseEstimator):
    """Describe every hyper-image by the statistics of its patches, in the whole and in regions.

    The descriptions of patches are projected to their principal components. Of each of these the
    mean, the deviation and two quantiles are taken over all patches and over the patches of every
    region. With a support vector regression behind it this is a second stage that a few hundred
    images suffice for, where a network would overfit.

    Parameters
    ----------
    n_components : int or None, default=32
        Principal components of the descriptions; fewer if these vary in fewer directions. None
        takes descriptions as they are.
    regions : sequence of int, default=(1, 3)
        Every number n divides a hyper-image into n x n regions of about equal size; 1 is the
        whole. Without larger numbers it does not matter where patches lie.
    quantiles : sequence of float, default=(0.05, 0.95)
        Quantiles in [0, 1], which tell small damage that a mean conceals.
    random_state : int, RandomState instance or None, default=None
        Seed of the choice of patches that principal components are found from.

    Attributes
    ----------
    pca_ : sklearn.decomposition.PCA or None
        The fitted projection.
    n_features_in_ : int
        Length D of a description; columns of a 2-D X.

    See Also
    --------
    HyperImageEncoder : Makes hyper-images.

    Notes
    -----
    Hyper-images may differ in the size of their grids, down to 1 x 1: where a grid has fewer rows
    or columns than regions, neighboring regions share patches.

    References
    ----------
    S. Lazebnik, C. Schmid and J. Ponce, "Beyond bags of features: spatial pyramid matching for
    recognizing natural scene categories", CVPR 2006, for the regions.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import HyperImageStatistics
    >>> hyper_images = np.random.default_rng(0).random((5, 6, 8, 100))
    >>> statistics = HyperImageStatistics(n_components=4, random_state=0)
    >>> statistics.fit_transform(hyper_images).shape  # 4 statistics of 4 components in 10 regions
    (5, 160)
    >>> statistics.get_feature_names_out()[[0, 4, 8, -1]].tolist()
    ['1x1_0_0_mean_0', '1x1_0_0_deviation_0', '1x1_0_0_quantile0.05_0', '3x3_2_2_quantile0.95_3']
    """

    _parameter_constraints: dict = {
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "regions": ["array-like"],
        "quantiles": ["array-like"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_components: int | None = 32,
        *,
        regions: Sequence[int] = (1, 3),
        quantiles: Sequence[float] = (0.05, 0.95),
        random_state: Seed = None,
    ):
        self.n_components = n_components
        self.regions = regions
        self.quantiles = quantiles
        self.random_state = random_state

    @fit_or_restore(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find the principal components of the descriptions.

        Parameters
        ----------
        X : array-like of shape (n_images, U, V, D) or (n_images, n_features), or sequence of \
arrays of shape (U, V, D)
            Hyper-images; rows of a 2-D X are hyper-images of one row and one feature.
        y : None
            Ignored.

        Returns
        -------
        self : HyperImageStatistics

        Raises
        ------
        ValueError
            If `regions` or `quantiles` hold other numbers than they may.
        """
        hyper_images = check_images(X, self, reset=True)
        if not len(self.regions) or any(
            n != int(n) or not 1 <= n <= MOST_REGIONS for n in self.regions
        ):
            raise ValueError(
                f"regions must hold whole numbers from 1 to {MOST_REGIONS}, got {self.regions!r}"
            )
        if any(not 0 <= quantile <= 1 for quantile in self.quantiles):
            raise ValueError(f"quantiles must lie in [0, 1], got {self.quantiles!r}")
        self.pca_ = None
        if self.n_components is not None:
            patches = _some_patches(hyper_images, check_random_state(self.random_state))
            n_components = min(self.n_components, *patches.shape)
            with np.errstate(invalid="ignore"):  # shares of no variance, if all are alike
                pca = _components(n_components, patches)
                # The others are rounding errors, which a scaler would make as large as the rest.
                spread = pca.singular_values_
                n_real = max(1, int((spread > OF_ROUNDING * spread[0]).sum()))
                self.pca_ = pca if n_real == n_components else _components(n_real, patches)
        return self

    def transform(self, X: ArrayLike) -> Floats:
        """Compute the statistics, those of a few hyper-images at a time.

        Parameters
        ----------
        X
            As in :meth:`fit`.

        Returns
        -------
        statistics : ndarray of shape (n_images, n_features_out)
            Region after region, `get_feature_names_out` names them.

        Raises
        ------
        ValueError
            If values are so large that statistics of them overflow; the message names the image.
        """
        check_is_fitted(self)
        hyper_images = check_images(X, self, reset=False)
        described: list[Floats] = []
        with np.errstate(over="ignore", invalid="ignore"):
            for indices in _portions(hyper_images):
                if len(indices) > 1:
                    portion = hyper_images.take(indices)
                else:
                    portion = hyper_images.item(int(indices[0]))[np.newaxis]
                described.append(self._describe(portion))
                for index, statistics in zip(indices, described[-1], strict=True):
                    check_computed(statistics, hyper_images.name(int(index)))
        return np.concatenate(described)

    def _describe(self, hyper_images: Floats) -> Floats:
        """Statistics of hyper-images of one shape, (n, n_features_out)."""
        if self.pca_ is not None:
            projected = self.pca_.transform(hyper_images.reshape(-1, hyper_images.shape[-1]))
            hyper_images = projected.reshape(*hyper_images.shape[:3], -1)
        n, n_rows, n_columns, n_components = hyper_images.shape
        statistics: list[Floats] = []
        for n_regions in self.regions:
            for rows in _bands(n_rows, n_regions):
                for columns in _bands(n_columns, n_regions):
                    patches = hyper_images[:, rows, columns].reshape(n, -1, n_components)
                    statistics += [patches.mean(axis=1), patches.std(axis=1)]
                    if len(self.quantiles):
                        statistics += [*np.quantile(patches, self.quantiles, axis=1)]
        return np.concatenate(statistics, axis=1).astype(hyper_images.dtype)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Names of the statistics, such as ``3x3_0_2_mean_5``: region, statistic, component.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of str
        """
        check_is_fitted(self)
        n_components = self.n_features_in_ if self.pca_ is None else self.pca_.n_components_
        of_regions = ["mean", "deviation", *(f"quantile{q:g}" for q in self.quantiles)]
        return np.array(
            [
                f"{n}x{n}_{row}_{column}_{statistic}_{component}"
                for n in self.regions
                for row in range(n)
                for column in range(n)
                for statistic in of_regions
                for component in range(n_components)
            ],
            dtype=object,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _components(n_components: int, patches: Floats) -> PCA:
    """Principal components, given as arrays whatever scikit-learn is set to give."""
    return PCA(n_components, random_state=0).set_output(transform="default").fit(patches)


def _portions(hyper_images: Samples) -> list[Ints]:
    """Indices of hyper-images that are described at once."""
    indices = np.arange(len(hyper_images))
    shape = hyper_images.sample_shape
    n_each = 1 if shape is None else max(1, PORTION_FLOATS // int(np.prod(shape)))
    return np.split(indices, indices[n_each::n_each])


def _bands(length: int, n_bands: int) -> Iterator[slice]:
    """Parts of an axis, none of them empty."""
    for band in range(n_bands):
        yield slice(band * length // n_bands, max(1, -(-(band + 1) * length // n_bands)))


def _some_patches(hyper_images: Samples, rng: np.random.RandomState) -> Floats:
    """Descriptions of patches chosen at random, equally many of every hyper-image."""
    n_each = -(-N_PATCHES // len(hyper_images))
    chosen: list[Floats] = []
    for index in range(len(hyper_images)):
        hyper_image = hyper_images.item(index)
        patches = hyper_image.reshape(-1, hyper_image.shape[-1])
        chosen.append(patches[rng.permutation(len(patches))[:n_each]])
    return np.concatenate(chosen)
