"""The features of BLIINDS-II (Saad, Bovik and Charrier 2012)."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import gammaln

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._parallel import ParallelImageFeatures
from sk_hyperimage.feature_extraction._patch_words import large_enough
from sk_hyperimage.preprocessing._local_contrast import window_weights

N_SCALES = 3

# Blocks overlap by one pixel on every side.
BLOCK, STEP = 5, 3
# Blocks that are transformed at a time: their coefficients fit into a processor's cache.
BLOCKS_AT_ONCE = 16_384
# A whole block at the coarsest scale.
MIN_SIDE = BLOCK * 2 ** (N_SCALES - 1)

# Added to means of magnitudes, and to sums of variances, that are divided by.
EPS_MEAN, EPS_VARIANCE = 1e-7, 1e-8
# The shape where a block's coefficients are spread more evenly than by any in the table.
EVEN_SHAPE = 11.0

# Bands and orientations of a block's coefficients, vertical frequency downwards: bands from low
# (1) to high (3) frequency, and which coefficients are about horizontal (1), diagonal (2) and
# vertical (3).
BANDS = np.array(
    [[0, 1, 1, 2, 2], [1, 1, 2, 2, 2], [1, 2, 2, 2, 3], [2, 2, 2, 3, 3], [2, 2, 3, 3, 3]]
)
ORIENTATIONS = np.array(
    [[0, 1, 1, 1, 1], [3, 2, 1, 1, 1], [3, 3, 2, 2, 1], [3, 3, 2, 2, 2], [3, 3, 3, 2, 2]]
)

# Statistics of a block, and whether high values are those of damage.
STATISTICS = {
    "frequency_variation": True,
    "shape": False,
    "subband_ratio": True,
    "orientation_variation": True,
}


class Bliinds2Features(ParallelImageFeatures):
    """Describe every image by the 24 statistics of BLIINDS-II, of discrete cosine transforms.

    Blocks of 5 x 5 pixels, 3 pixels apart, are transformed. Four numbers describe the
    coefficients of a block but the first: how much their magnitudes vary, the shape of a
    generalized Gaussian, ratios of the energies of three bands of frequency, and how much
    horizontal, diagonal and vertical coefficients differ. Features are the mean of each over all
    blocks, such as ``scale1_shape_mean``, and over the tenth of the blocks with the most extreme
    values, such as ``scale1_shape_tenth``: the lowest shapes, and the highest values of the
    others. They are computed from the image, its half and its quarter.

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
    BrisqueFeatures : Statistics of pixels.
    DiivineFeatures : Statistics of wavelet coefficients.

    Notes
    -----
    Details are those of the authors' MATLAB release, with the same numbers. It differs from its
    paper in one place: the second ratio of energies, of the middle band and the low one, is
    divided by the sum of the high and the low one. Here RGB images become gray by MATLAB's
    ``rgb2gray``, rounded; the release takes the first channel of what it is given. Images with
    less than 20 rows or columns are mirrored at their end. Blocks without any structure have the
    shape 11, and 0 otherwise, as in the release.

    The paper predicts the score that is most probable, with the features, in a multivariate
    generalized Gaussian, whose mean and covariance are those of the training data. Whatever its
    exponents, that is the score of least Mahalanobis distance: the prediction of
    :class:`~sklearn.linear_model.LinearRegression`. (The release searches scores from 1 to 100 and
    returns one less.)

    References
    ----------
    Saad, Bovik and Charrier, "Blind image quality assessment: a natural scene statistics approach
    in the DCT domain", IEEE Transactions on Image Processing, 2012.

    Examples
    --------
    The probabilistic prediction and a support vector regression:

    >>> import numpy as np
    >>> from skimage.data import camera
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from sklearn.svm import SVR
    >>> from sk_hyperimage.feature_extraction import Bliinds2Features
    >>> damage = np.linspace(0, 1, 60)
    >>> noise = np.random.default_rng(0).normal(scale=0.1, size=(60, 64, 64))
    >>> images = camera()[::8, ::8] / 255 + damage[:, None, None] * noise
    >>> probabilistic = make_pipeline(Bliinds2Features(), LinearRegression())
    >>> probabilistic.fit(images[::2], damage[::2]).score(images[1::2], damage[1::2]) > 0.5
    True
    >>> svr = make_pipeline(Bliinds2Features(), MinMaxScaler((-1, 1)), SVR())
    >>> svr.fit(images[::2], damage[::2]).score(images[1::2], damage[1::2]) > 0.5
    True
    """

    def _describe(self, levels: Floats) -> Floats:
        from scipy.ndimage import correlate1d

        levels = large_enough(levels.astype(np.float64), MIN_SIDE)
        window = window_weights("gaussian", 3, 0.5)
        features: list[float] = []
        for scale in range(N_SCALES):
            if scale:
                for axis in (0, 1):
                    levels = correlate1d(levels, window, axis=axis, mode="constant")
                levels = levels[1::2, 1::2]
            for values, damage_is_high in zip(
                block_statistics(levels), STATISTICS.values(), strict=True
            ):
                n_extreme = -(-len(values) // 10)
                ordered = np.partition(-values if damage_is_high else values, n_extreme - 1)
                features += [values.mean(), abs(ordered[:n_extreme].mean())]
        return np.array(features)

    def _feature_names(self) -> list[str]:
        return [
            f"scale{scale + 1}_{name}_{pooling}"
            for scale in range(N_SCALES)
            for name in STATISTICS
            for pooling in ("mean", "tenth")
        ]


def block_statistics(levels: Floats) -> Floats:
    """Statistics of all blocks of one image, (4, n_blocks), in the order of STATISTICS.

    Beyond the border are zeros.
    """
    n_rows, n_cols = (-(-length // STEP) for length in levels.shape)
    missing = n_rows * STEP - levels.shape[0], n_cols * STEP - levels.shape[1]
    padded = np.pad(levels, [(1, 1 + n) for n in missing])
    blocks = np.lib.stride_tricks.sliding_window_view(padded, (BLOCK, BLOCK))[::STEP, ::STEP]
    rows_at_once = max(1, BLOCKS_AT_ONCE // n_cols)
    parts = [
        _statistics(blocks[start : start + rows_at_once].reshape(-1, BLOCK**2) @ _transform())
        for start in range(0, n_rows, rows_at_once)
    ]
    return np.concatenate(parts, axis=1)


def _statistics(coefficients: Floats) -> Floats:
    """The four statistics of blocks from their coefficients (n_blocks, 25)."""
    coefficients = np.ascontiguousarray(coefficients.T)
    bands, orientations = BANDS.ravel(), ORIENTATIONS.ravel()
    low, middle, high = (coefficients[bands == k].var(axis=0, ddof=1) for k in (1, 2, 3))
    below = (low + middle) / 2
    ratio = np.abs(high - below) / (high + below + EPS_VARIANCE)
    ratio += np.abs(middle - low) / (high + low + EPS_VARIANCE)
    magnitudes = np.abs(coefficients)
    oriented = [_variation(magnitudes[orientations == k]) for k in (1, 2, 3)]
    return np.stack(
        [
            _variation(magnitudes[1:]),
            _shapes(coefficients[1:]),
            ratio / 2,
            np.var(oriented, axis=0, ddof=1),
        ]
    )


def _variation(magnitudes: Floats) -> Floats:
    """Standard deviation over mean, along the first axis."""
    return magnitudes.std(axis=0, ddof=1) / (magnitudes.mean(axis=0) + EPS_MEAN)


def _shapes(coefficients: Floats) -> Floats:
    """Shapes of generalized Gaussians, by their moments along the first axis."""
    centered = coefficients - coefficients.mean(axis=0)
    squares = np.square(centered).sum(axis=0) / (len(centered) - 1)
    ratios = squares / (np.abs(centered).mean(axis=0) ** 2 + EPS_MEAN)
    shapes, table = _shape_table()
    # The last entry of the falling table that is not below the ratio.
    last = np.searchsorted(-table, -ratios, side="right") - 1
    known = (last >= 0) & (last < len(table) - 1)
    return np.where(known, shapes[last], EVEN_SHAPE)


@cache
def _shape_table() -> tuple[Floats, Floats]:
    """Shapes, and the variance of each over its squared mean magnitude, which falls."""
    shapes = np.linspace(0.03, 10, 9971)
    logarithms = gammaln(1 / shapes) + gammaln(3 / shapes) - 2 * gammaln(2 / shapes)
    return shapes, np.exp(logarithms)


@cache
def _transform() -> Floats:
    """The orthonormal cosine transform of a block in one matrix, to multiply rows of pixels by."""
    from scipy.fft import dct

    basis = dct(np.eye(BLOCK), axis=0, norm="ortho")
    return np.kron(basis, basis).T
