"""The features of DIIVINE (Moorthy and Bovik 2011)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._parallel import ParallelImageFeatures
from sk_hyperimage.feature_extraction._patch_words import large_enough
from sk_hyperimage.feature_extraction._scene_statistics import fit_gaussian, moment_ratios
from sk_hyperimage.feature_extraction._steerable_pyramid import (
    Pyramid,
    enlarged,
    normalized_band,
    steerable_pyramid,
)
from sk_hyperimage.metrics.full_reference._ms_ssim import C2, REACH, WINDOW

N_SCALES, N_ORIENTATIONS = 2, 6
# Degrees from coefficients of vertical edges.
ORIENTATIONS = [180 * k // N_ORIENTATIONS for k in range(N_ORIENTATIONS)]

# Pixels at the border of the image that are left out of normalized coefficients.
GUARD = 16

# Distances of neighbors, and bins that coefficients are rounded to.
DISTANCES = np.arange(1, 26, 4)
N_BINS = 100
# Neighbors at one distance, of which the opposite ones have the same products.
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))

# Correlations at the largest distance need coefficients on both sides of it.
MIN_SIDE = 64


class DiivineFeatures(ParallelImageFeatures):
    """Describe every image by the 88 statistics of DIIVINE, of wavelet coefficients.

    A steerable pyramid decomposes the image into two scales and six orientations. Coefficients
    are divided by what their neighbors in place, scale and orientation let expect, which makes
    those of undamaged photographs nearly normal. Features are, in the order of the paper:
    variances and shapes of generalized Gaussians fitted to every subband, as
    ``scale1_0deg_shape`` (24), shapes across scales, as ``0deg_shape`` (7), similarities to the
    highest frequencies, as ``scale1_0deg_high_similarity`` (12), how correlations fall with
    distance, as ``0deg_distance_cubic`` (30), and similarities of orientations, as
    ``0deg_30deg_similarity`` (15).

    Parameters
    ----------
    n_jobs : int, default=None
        Images described at a time, each in a process of its own; -1 is one per core, None is 1
        unless joblib's context says otherwise. The features are the same to the last bit.

    Attributes
    ----------
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    sk_hyperimage.ensemble.KindThenScoreRegressor : The two stages that DIIVINE predicts in.
    Bliinds2Features : Statistics of discrete cosine transforms.

    Notes
    -----
    Details are those of the authors' MATLAB release, with the same numbers where it is defined.
    It differs from its paper, or from what it seems to be meant to do, in three places. Subbands
    at 150 degrees are normalized without their parents at the coarser scale. Neighbors at other
    orientations are not counted where the strength of a neighborhood is divided by their number.
    The shape of all subbands together compares their variance with the mean magnitude of those at
    150 degrees.

    RGB images become gray by MATLAB's ``rgb2gray``, rounded. Images with less than 64 rows or
    columns are mirrored at their end. Coefficients of flat images, for which the release has no
    numbers, are 0; so are their features, but for shapes, which are 0.2, and for similarities,
    which are 1. An image of ten megapixels needs gigabytes of memory.

    References
    ----------
    Moorthy and Bovik, "Blind image quality assessment: from natural scene statistics to perceptual
    quality", IEEE Transactions on Image Processing, 2011, Table II.

    Examples
    --------
    >>> import numpy as np
    >>> from skimage.data import camera
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from sklearn.svm import SVR
    >>> from sk_hyperimage.feature_extraction import DiivineFeatures
    >>> damage = np.linspace(0, 1, 20)
    >>> noise = np.random.default_rng(0).normal(scale=0.1, size=(20, 64, 64))
    >>> images = camera()[::8, ::8] / 255 + damage[:, None, None] * noise
    >>> diivine = make_pipeline(DiivineFeatures(), MinMaxScaler((-1, 1)), SVR())
    >>> diivine.fit(images[::2], damage[::2]).score(images[1::2], damage[1::2]) > 0.5
    True
    """

    def _describe(self, levels: Floats) -> Floats:
        levels = large_enough(levels.astype(np.float64), MIN_SIDE)
        pyramid = steerable_pyramid(levels, N_SCALES, N_ORIENTATIONS)
        real = Pyramid(
            pyramid.high, [[band.real for band in bands] for bands in pyramid.bands], pyramid.low
        )
        normalized = list(_normalized(real))
        fine = normalized[:N_ORIENTATIONS]
        features = _marginal(normalized)
        features += _similarities_to_high(real)
        for band in fine:
            features += _fall_with_distance(band)
        compared = [_local(band) for band in fine]
        features += [similarity(a, b) for a, b in combinations(compared, 2)]
        return np.array(features)

    def _feature_names(self) -> list[str]:
        bands = [
            f"scale{scale + 1}_{degrees}deg"
            for scale in range(N_SCALES)
            for degrees in ORIENTATIONS
        ]
        names = [f"{band}_{of}" for of in ("variance", "shape") for band in bands]
        names += [f"{degrees}deg_shape" for degrees in ORIENTATIONS] + ["shape"]
        names += [f"{band}_high_similarity" for band in bands]
        names += [
            f"{degrees}deg_distance_{of}"
            for degrees in ORIENTATIONS
            for of in ("cubic", "square", "linear", "constant", "error")
        ]
        return names + [f"{a}deg_{b}deg_similarity" for a, b in combinations(ORIENTATIONS, 2)]


def _normalized(pyramid: Pyramid) -> Iterator[Floats]:
    """Normalized coefficients of all subbands, inside the border, less their means."""
    for scale, bands in enumerate(pyramid.bands):
        margin = GUARD >> scale
        for index, band in enumerate(bands):
            parent = None
            # The release finds no parent of the last orientation.
            if scale + 1 < N_SCALES and index + 1 < N_ORIENTATIONS:
                below = pyramid.bands[scale + 1][index]
                twice = enlarged(below, (2 * below.shape[0], 2 * below.shape[1]))
                parent = twice[: band.shape[0], : band.shape[1]]
            siblings = [bands[other] for other in range(N_ORIENTATIONS) if other != index]
            coefficients = normalized_band(band, band, siblings, parent)
            inside = coefficients[margin:-margin, margin:-margin]
            yield inside - inside.mean()


def _marginal(normalized: list[Floats]) -> list[float]:
    """Variances and shapes of subbands, and shapes over scales, and over all."""
    fits = [fit_gaussian(band) for band in normalized]
    across = [
        np.concatenate([band.ravel() for band in normalized[k::N_ORIENTATIONS]])
        for k in range(N_ORIENTATIONS)
    ]
    features = [variance for _, variance in fits] + [shape for shape, _ in fits]
    features += [fit_gaussian(values)[0] for values in across]
    # As in the release: the variance of all, the mean magnitude of the last orientation.
    variance = np.mean(np.square(np.concatenate(across)))
    magnitude = np.abs(across[-1]).mean()
    shapes, ratios = moment_ratios()
    ratio = variance / magnitude**2 if magnitude > 0 else np.inf
    return features + [shapes[np.abs(ratios - ratio).argmin()]]


def _similarities_to_high(pyramid: Pyramid) -> list[float]:
    high = _local(pyramid.high)
    return [
        similarity(_local(enlarged(band, pyramid.high.shape)), high)
        for bands in pyramid.bands
        for band in bands
    ]


class _Local(NamedTuple):
    """Values, and their mean and variance in the windows of SSIM."""

    values: Floats
    mean: Floats
    variance: Floats


def _local(values: Floats) -> _Local:
    mean = _window_mean(values)
    return _Local(values, mean, _window_mean(values**2) - mean**2)


def similarity(first: _Local, second: _Local) -> float:
    """The mean of SSIM's term of contrast and structure, over whole windows."""
    covariance = _window_mean(first.values * second.values) - first.mean * second.mean
    return float(((2 * covariance + C2) / (first.variance + second.variance + C2)).mean())


def _window_mean(values: Floats) -> Floats:
    from scipy.ndimage import correlate1d

    mean = correlate1d(values, WINDOW, axis=0)[REACH:-REACH]
    return correlate1d(mean, WINDOW, axis=1)[:, REACH:-REACH]


def _fall_with_distance(band: Floats) -> list[float]:
    """A cubic polynomial of correlations over distance, and its squared error."""
    least, width = band.min(), np.ptp(band) / N_BINS
    if width == 0:
        return [0.0] * 5
    bins = np.minimum((band - least) // width, N_BINS - 1)
    values = least + (bins + 0.5) * width
    correlations = np.array([_correlation(values, int(distance)) for distance in DISTANCES])
    powers = np.vander(DISTANCES / DISTANCES[-1], 4)
    polynomial = np.linalg.pinv(powers) @ correlations
    error = np.square(powers @ polynomial - correlations).sum()
    polynomial /= float(DISTANCES[-1]) ** np.arange(3, -1, -1)
    return [*polynomial, error]


def _correlation(values: Floats, distance: int) -> float:
    """Correlation of all pairs of neighbors at a distance in eight directions."""
    count = total = square = product = 0.0
    n_rows, n_cols = values.shape
    for down, right in DIRECTIONS:
        rows, left = down * distance, max(0, -right * distance)
        to_right = max(0, right * distance)
        first = values[: n_rows - rows, left : n_cols - to_right]
        second = values[rows:, to_right : n_cols - left]
        # Each pair counts twice: seen from one and from the other.
        count += 2 * first.size
        total += first.sum() + second.sum()
        square += np.square(first).sum() + np.square(second).sum()
        product += 2 * (first * second).sum()
    mean = total / count
    variance = square / count - mean**2
    return float((product / count - mean**2) / variance) if variance > 0 else 0.0
