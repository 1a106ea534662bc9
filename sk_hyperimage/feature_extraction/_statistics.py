"""Statistics of hyper-images: few numbers for few images, which still say where patches lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from numbers import Integral

import numpy as np

from sk_hyperimage._typing import Floats, Seed
from sk_hyperimage.feature_extraction._summary import BaseSummary
from sk_hyperimage.utils._sklearn import Interval

# Along an axis of a grid: more than patches would repeat them.
MOST_REGIONS = 1000


class HyperImageStatistics(BaseSummary):
    """Describe every hyper-image by the statistics of its patches, in the whole and in regions.

    The descriptions of patches are projected to their principal components. Of each of these the
    mean, the deviation and two quantiles are taken over all patches and over the patches of every
    region. With a support vector regression behind it this is a second stage that a few hundred
    images suffice for, where a network would overfit.

    Parameters
    ----------
    n_components : int or None, default=32
        Principal components of the descriptions; fewer if these vary in fewer directions
        or `fit` sees fewer than two patches for each. None takes descriptions as they are.
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
    HyperImageCovariance : How the components vary together.
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

    def _check_lists(self) -> None:
        if not len(self.regions) or any(
            n != int(n) or not 1 <= n <= MOST_REGIONS for n in self.regions
        ):
            raise ValueError(
                f"regions must hold whole numbers from 1 to {MOST_REGIONS}, got {self.regions!r}"
            )
        if any(not 0 <= quantile <= 1 for quantile in self.quantiles):
            raise ValueError(f"quantiles must lie in [0, 1], got {self.quantiles!r}")

    def _describe(self, hyper_images: Floats) -> Floats:
        n, n_rows, n_columns, n_components = hyper_images.shape
        statistics: list[Floats] = []
        for n_regions in self.regions:
            for rows in _bands(n_rows, n_regions):
                for columns in _bands(n_columns, n_regions):
                    patches = hyper_images[:, rows, columns].reshape(n, -1, n_components)
                    statistics += [patches.mean(axis=1), patches.std(axis=1)]
                    if len(self.quantiles):
                        statistics += [*np.quantile(patches, self.quantiles, axis=1)]
        return np.concatenate(statistics, axis=1)

    def _feature_names(self) -> list[str]:
        """Names such as ``3x3_0_2_mean_5``: region, statistic, component."""
        n_components = self.n_features_in_ if self.pca_ is None else self.pca_.n_components_
        of_regions = ["mean", "deviation", *(f"quantile{q:g}" for q in self.quantiles)]
        return [
            f"{n}x{n}_{row}_{column}_{statistic}_{component}"
            for n in self.regions
            for row in range(n)
            for column in range(n)
            for statistic in of_regions
            for component in range(n_components)
        ]


def _bands(length: int, n_bands: int) -> Iterator[slice]:
    """Parts of an axis, none of them empty."""
    for band in range(n_bands):
        yield slice(band * length // n_bands, max(1, -(-(band + 1) * length // n_bands)))
