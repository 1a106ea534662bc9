"""The distance of IL-NIQE (Zhang, Zhang and Bovik 2015)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from numbers import Integral

import numpy as np
from scipy.ndimage import convolve1d, correlate1d
from sklearn.decomposition import PCA
from sklearn.utils import gen_batches

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._niqe import contrast_statistics, flat, shape_and_scale
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
    fit_weibulls,
    resized,
)
from sk_hyperimage.preprocessing._local_contrast import window_weights
from sk_hyperimage.utils._sklearn import Interval

# Constants of the authors' release.
OPPONENT = np.array([[0.3, 0.04, -0.35], [0.34, -0.6, 0.17], [0.06, 0.63, 0.27]])
WINDOW = 5
LOG_EPS = 1e-5
LEAST_MAGNITUDE = np.finfo(float).eps  # of gradients, whose logarithm is taken
GRADIENT_SIGMA = (1.66, 1.66 / 2**0.28)  # at the first and the second scale
SHORTEST_WAVE = (2.4, 2.4 / 2**0.87)
N_WAVES, WAVE_RATIO, BANDWIDTH = 3, 1.31, 0.55
N_ORIENTATIONS, ANGLE_RATIO = 4, 1.10
# Values of responses to filters that are described at a time.
CHUNK_VALUES = 1_000_000
KEPT_COMPONENTS = 0.92  # of as many as there are features, or blocks


class IlNiqeDistance(PristineDistance):
    """Measure how far every image is from undamaged photographs, as IL-NIQE does.

    No scores are needed. As with :class:`NiqeDistance`, `fit` is given photographs without damage
    and learns the mean and covariance of their blocks, here of 468 statistics: NIQE's, and those
    of gradients, of responses to log-Gabor filters and of colors. The one feature of an image,
    ``distance``, is the mean over its blocks of their distances from the model's mean: 0 is best,
    lower is better.

    Parameters
    ----------
    block_size : int, default=84
        Rows and columns of a block in pixels, even.
    image_size : int, default=524
        Rows and columns that images are resized to, whatever their shape, at least 2. What fills
        no block at their end is left out.
    sharpness : float, default=0.78
        Blocks of a photograph are learned from if their mean local deviation exceeds this part,
        from 0 to below 1, of that of the photograph's sharpest block. Blocks without any contrast
        are not. All blocks count where distances are measured.

    Attributes
    ----------
    mean_ : ndarray of shape (468,)
        Mean of the blocks' statistics.
    components_ : ndarray of shape (n_components, 468)
        Principal axes in which distances are measured: 92 % of 468, or of the blocks if they are
        fewer.
    variances_ : ndarray of shape (n_components,)
        Variances along these axes.
    n_blocks_ : int
        Blocks that were learned from.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    NiqeDistance : Gray levels only, and many times as fast.

    Notes
    -----
    Details are those of the authors' release, but not its file of parameters, learned from 90
    photographs, so distances are those of your own photographs and compare only under one model.
    The method is one for color: a model fitted on RGB photographs refuses gray ones, and gray ones
    by themselves are RGB images of three equal channels, whose statistics of color are all alike.
    Distributions of flat regions have no shape; as in the release, their shape counts as 10,000
    where distances are measured, and blocks that hold one are not learned from.

    References
    ----------
    L. Zhang, L. Zhang and A. C. Bovik, "A feature-enriched completely blind image quality
    evaluator", IEEE Transactions on Image Processing 24(8), 2015. SROCC on LIVE Challenge, as
    measured by Zeng et al.: 0.425.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.datasets import load_sample_photos
    >>> from sk_hyperimage.feature_extraction import IlNiqeDistance
    >>> photos = load_sample_photos(crop_size=96).images / 255
    >>> ilniqe = IlNiqeDistance(block_size=24, image_size=96).fit(photos[1:])
    >>> noisy = photos[:1] + np.random.default_rng(0).normal(scale=0.2, size=photos[:1].shape)
    >>> bool(ilniqe.transform(noisy) > ilniqe.transform(photos[:1]))
    True
    """

    _parameter_constraints: dict = {
        **PristineDistance._parameter_constraints,
        "image_size": [Interval(Integral, 2, 5000, closed="both")],
    }

    def __init__(self, block_size: int = 84, *, image_size: int = 524, sharpness: float = 0.78):
        self.block_size = block_size
        self.image_size = image_size
        self.sharpness = sharpness

    def _blocks(self, image: Floats) -> tuple[Floats, Floats]:
        colors = np.rint(np.broadcast_to(image, (*image.shape[:2], 3)) * 255.0)
        # MATLAB resizes whole numbers to whole numbers, first the axis that shrinks more.
        limits = min(0, colors.min()), max(255, colors.max())
        for axis in np.argsort([-length for length in image.shape[:2]], kind="stable"):
            colors = np.rint(resized(colors, self.image_size, axis)).clip(*limits)
        colors = whole_blocks(colors, self.block_size)
        n_blocks = n_blocks_along(colors.shape, self.block_size)
        features: list[Floats] = []
        for scale in range(2):
            luminance = colors @ OPPONENT[2]
            contrast, deviation = contrast_and_deviation(luminance, WINDOW)
            if scale == 0:
                sharpness = cut_blocks(deviation, n_blocks).mean(axis=(1, 2))
            features.extend(contrast_statistics(cut_blocks(contrast, n_blocks)).T)
            for maps, parameters in maps_to_describe(colors, luminance, scale):
                for of_blocks in parameters(flat(cut_blocks(maps, n_blocks))):
                    features.extend(of_blocks)
            colors = downsampled(colors)
        return np.stack(features, axis=1), sharpness

    def _learn_blocks(self, features: Floats) -> None:
        n_components = max(1, int(KEPT_COMPONENTS * min(features.shape)))
        pca = PCA(n_components, svd_solver="full").fit(features)
        self.mean_, self.components_ = pca.mean_, pca.components_
        self.variances_ = pca.explained_variance_

    def _distance(self, features: Floats) -> float:
        features = (features - self.mean_) @ self.components_.T
        _, covariance = mean_and_covariance(features)
        return distances(features, covariance, np.diag(self.variances_)).mean()


def maps_to_describe(colors: Floats, luminance: Floats, scale: int) -> Iterator[tuple]:
    """Some maps at a time, and the function of the two parameters of their blocks."""
    yield from with_gradients(np.moveaxis(colors @ OPPONENT.T, -1, 0), scale)
    yield log_colors(colors), mean_and_variance
    spectrum = np.fft.fft2(luminance)
    filters = log_gabor_filters(luminance.shape, SHORTEST_WAVE[scale])
    for some in gen_batches(len(filters), max(1, CHUNK_VALUES // luminance.size)):
        responses = np.fft.ifft2(spectrum * filters[some])
        parts = np.concatenate([responses.real, responses.imag])
        yield parts, shape_and_scale
        yield from with_gradients(parts, scale)


def with_gradients(maps: Floats, scale: int) -> Iterator[tuple]:
    """Both derivatives of a Gaussian, and the magnitude of the gradient."""
    sigma = GRADIENT_SIGMA[scale]
    reach = int(np.ceil(3 * sigma))
    offsets = np.arange(-reach, reach + 1)
    bell = np.exp(-(offsets**2) / (2 * sigma**2))
    right, down = (
        convolve1d(
            convolve1d(maps, bell, axis=axis, mode="constant"),
            offsets * bell,
            axis=3 - axis,
            mode="constant",
        )
        for axis in (1, 2)
    )
    yield np.concatenate([right, down]), shape_and_scale
    yield np.hypot(right, down) + LEAST_MAGNITUDE, fit_weibulls


def log_colors(colors: Floats) -> Floats:
    """Intensity, blue against yellow and red against green, of logarithms without their means."""
    logs = np.log(colors.clip(min=0) + LOG_EPS)
    red, green, blue = np.moveaxis(logs - logs.mean(axis=(0, 1)), -1, 0)
    return np.stack(
        [
            (red + green + blue) / np.sqrt(3),
            (red + green - 2 * blue) / np.sqrt(6),
            (red - green) / np.sqrt(2),
        ]
    )


@lru_cache(maxsize=2)
def log_gabor_filters(shape: tuple[int, int], shortest: float) -> Floats:
    """Filters in the frequency domain, of every wavelength and orientation: (12, *shape)."""
    down, right = (np.fft.fftfreq(length) for length in shape)
    radius = np.hypot(down[:, np.newaxis], right)
    angle = np.arctan2(-down[:, np.newaxis], right)
    radius[0, 0] = 1
    spread = np.pi / N_ORIENTATIONS / ANGLE_RATIO
    filters = np.empty((N_WAVES, N_ORIENTATIONS, *shape))
    for wave, orientation in np.ndindex(filters.shape[:2]):
        band = np.log(radius * shortest * WAVE_RATIO**wave)
        apart = np.angle(np.exp(1j * (angle - np.pi * orientation / N_ORIENTATIONS)))
        exponent = band**2 / np.log(BANDWIDTH) ** 2 + apart**2 / spread**2
        filters[wave, orientation] = np.exp(-exponent / 2)
    filters[..., 0, 0] = 0
    return filters.reshape(-1, *shape)


def mean_and_variance(values: Floats) -> tuple[Floats, Floats]:
    """Of the pixels along the last axis; the variance of one pixel is 0."""
    n_values = values.shape[-1]
    return values.mean(axis=-1), values.var(axis=-1) * n_values / max(1, n_values - 1)


def downsampled(colors: Floats) -> Floats:
    """Every other pixel of the smoothed image; the window of six reaches three pixels on."""
    for axis in (0, 1):
        window = window_weights("gaussian", 6, 0.9)
        colors = correlate1d(colors, window, axis=axis, mode="nearest", origin=-1)
    return colors[::2, ::2]
