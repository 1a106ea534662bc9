"""The features of FRIQUEE (Ghadiyaram and Bovik 2017)."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import gammaln

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._color_maps import chroma, cones, hue_and_saturation, yellow
from sk_hyperimage.feature_extraction._complex_diivine import complex_statistics
from sk_hyperimage.feature_extraction._parallel import ParallelImageFeatures
from sk_hyperimage.feature_extraction._scene_statistics import (
    contrast_and_deviation,
    fit_asymmetric_gaussian,
    fit_gaussian,
    half_size,
    neighbor_products,
)
from sk_hyperimage.images._gray import gray_levels
from sk_hyperimage.preprocessing._local_contrast import window_weights

N_SCALES = 2
MIN_SIDE = 32
# Bins of the histogram that a distribution is compared with.
N_BINS = 100
# Deviations, as a part of the largest value, that are but rounding errors.
ROUNDING = 1e-12
BINOMIAL = np.array([1, 4, 6, 4, 1]) / 16

Named = dict[str, float]


class FriqueeFeatures(ParallelImageFeatures):
    """Describe every image by the 560 statistics of FRIQUEE-ALL, in several color spaces.

    The same few statistics of natural scenes are computed from the maps that colors give: the
    luminance ("luma"), the chroma of CIE L*a*b* ("chroma") and the responses of medium and short
    cones ("m", "s"). They are those of locally normalized coefficients, of the products of
    neighbors, of local deviations, of their difference of Gaussians and of a Laplacian; and, for
    every map, the 82 of C-DIIVINE, of complex wavelet coefficients. Besides, there are opponent
    colors of cones, a map of yellow, hue and saturation. Names tell the map, the scale and the
    statistic, such as ``chroma_scale2_normalized_kurtosis``, in the order of the release. FRIQUEE
    is a support vector regression on these features.

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
    DiivineFeatures : Statistics of real wavelet coefficients.
    BrisqueFeatures : The statistics of the luminance only.

    Notes
    -----
    Details are those of the authors' MATLAB release and of that of C-DIIVINE. So pixels are
    rounded to 8 bits; a* and b* are stored in 8 bits around 128, and chroma is the length of what
    is stored, not of what is meant; cones respond from 0 to about 1, next to which the constant of
    the normalization, 1, is large. Conversions to L*a*b* and to HSI are those of the definitions:
    the originals could not be run. A gray image counts as one of three equal channels. Images with
    less than 32 rows or columns are mirrored at their end.

    Coefficients of flat regions are exactly 0, as BRISQUE's are here; the release counts their
    rounding errors, which changes statistics of chroma, by up to 0.004 on five photographs. With
    these errors set to 0 in it, too, both agree to 1e-10.

    Skewness and kurtosis of constant maps are 0. Their shapes are the lowest that are fitted,
    their similarities 1.

    References
    ----------
    Ghadiyaram and Bovik, "Perceptual quality prediction on authentically distorted images using a
    bag of features approach", Journal of Vision, 2017. The quality survey of Kim et al. reports a
    mean SROCC of 0.72 on LIVE in the Wild.

    Zhang, Moorthy, Chandler and Bovik, "C-DIIVINE: No-reference image quality assessment based on
    local magnitude and phase statistics of natural scenes", Signal Processing: Image
    Communication, 2014.

    Examples
    --------
    With the kernel of the authors, on features scaled to [-1, 1]:

    >>> import numpy as np
    >>> from skimage.data import astronaut
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from sklearn.svm import SVR
    >>> from sk_hyperimage.feature_extraction import FriqueeFeatures
    >>> damage = np.linspace(0, 1, 12)
    >>> noise = np.random.default_rng(0).normal(scale=0.1, size=(12, 64, 64, 3))
    >>> images = astronaut()[::8, ::8] / 255 + damage[:, None, None, None] * noise
    >>> friquee = make_pipeline(FriqueeFeatures(), MinMaxScaler((-1, 1)), SVR(epsilon=0.01))
    >>> friquee.fit(images[::2], damage[::2]).score(images[1::2], damage[1::2]) > 0.4
    True
    """

    def _read(self, image: np.ndarray) -> Floats:
        return image.astype(np.float64)

    def _describe(self, levels: Floats) -> Floats:
        return np.array(list(_statistics(levels).values()))

    def _feature_names(self) -> list[str]:
        return list(_names())


@cache
def _names() -> tuple[str, ...]:
    return tuple(_statistics(np.zeros((MIN_SIDE, MIN_SIDE, 3))))


def _statistics(image: Floats) -> Named:
    """All features by name, of an image (n_rows, n_cols, n_channels) in [0, 1]."""
    missing = [(0, max(0, MIN_SIDE - length)) for length in image.shape[:2]]
    image = np.pad(image, [*missing, (0, 0)], mode="symmetric")
    luma = np.rint(gray_levels(image))
    rgb = np.rint(np.broadcast_to(image, (*image.shape[:2], 3)) * 255).clip(0, 255)
    long, medium, short = np.moveaxis(cones(rgb), -1, 0)
    maps = {"luma": luma, "chroma": chroma(rgb), "m": medium, "s": short}
    found: Named = {}
    for name, values in maps.items():
        found |= _named(
            name,
            _of_scales(values, products=name in ("luma", "chroma"), deviations=name != "luma"),
            _yellow_fit(rgb) if name == "luma" else {},
            _of_differences(values),
            _of_laplacian(values),
        )
    found |= _opponents(long, medium, short)
    hue, saturation = hue_and_saturation(rgb)
    for name, values in (("hue", hue), ("saturation", saturation)):
        found |= {f"{name}_mean": values.mean(), f"{name}_deviation": values.std(ddof=1)}
    for name, values in maps.items():
        found |= _named(f"{name}_complex", complex_statistics(np.ascontiguousarray(values)))
    return found


def _named(prefix: str, *parts: Named) -> Named:
    return {f"{prefix}_{name}": value for part in parts for name, value in part.items()}


def _of_scales(values: Floats, *, products: bool, deviations: bool) -> Named:
    """Statistics of normalized coefficients and local deviations, at two scales."""
    found: Named = {}
    for scale in range(N_SCALES):
        if scale:
            values = half_size(values)
        coefficients, deviation = _contrast(values)
        parts = _products(coefficients) if products else {}
        skewness, kurtosis = _third_and_fourth(deviation)
        parts |= {
            "deviation_kurtosis": kurtosis,
            "deviation_skewness": skewness,
            "deviation_mean": deviation.mean(),
        }
        parts |= _named("normalized", _of_coefficients(coefficients))
        if deviations:
            parts |= _named("normalized_deviation", _of_coefficients(_contrast(deviation)[0]))
        found |= _named(f"scale{scale + 1}", parts)
    return found


def _contrast(values: Floats) -> tuple[Floats, Floats]:
    """Coefficients of normalized contrast, and the local deviation that they are divided by."""
    return contrast_and_deviation(values, 7, padding="constant")


def _products(coefficients: Floats) -> Named:
    models: Named = {}
    samples: Named = {}
    for name, products in neighbor_products(coefficients).items():
        fit = fit_asymmetric_gaussian(products)
        parameters = ("shape", "mean", "left_variance", "right_variance")
        models |= _named(name, dict(zip(parameters, fit, strict=True)))
        skewness, kurtosis = _third_and_fourth(products)
        samples |= _named(name, {"skewness": skewness, "kurtosis": kurtosis})
    return models | samples


def _of_coefficients(coefficients: Floats) -> Named:
    shape, variance = fit_gaussian(coefficients)
    skewness, kurtosis = _third_and_fourth(coefficients)
    deviation = np.sqrt(variance)
    return {"shape": shape, "deviation": deviation, "kurtosis": kurtosis, "skewness": skewness}


def _of_differences(values: Floats) -> Named:
    """Statistics of local deviations, filtered by a difference of Gaussians."""
    from scipy.ndimage import correlate1d

    deviation = _contrast(values)[1]
    filtered = np.zeros_like(deviation)
    for sign, sigma in ((1, 7 / 6), (-1, 7 / 4)):
        window = window_weights("gaussian", 7, sigma)
        smooth = correlate1d(deviation, window, axis=0, mode="constant")
        filtered += sign * correlate1d(smooth, window, axis=1, mode="constant")
    coefficients, deviation = _contrast(filtered)
    shape, variance = fit_gaussian(coefficients)
    found = {"shape": shape, "deviation": np.sqrt(variance)}
    found["skewness"], found["kurtosis"] = _third_and_fourth(coefficients)
    of_deviation = _third_and_fourth(_contrast(deviation)[0])
    found["deviation_skewness"], found["deviation_kurtosis"] = of_deviation
    return _named("difference", found)


def _of_laplacian(values: Floats) -> Named:
    from scipy.ndimage import correlate1d

    coarse = values
    for axis in (0, 1):
        coarse = correlate1d(coarse, BINOMIAL, axis=axis, mode="mirror")
    smooth = np.zeros_like(values)
    smooth[::2, ::2] = coarse[::2, ::2]
    for axis in (0, 1):
        smooth = correlate1d(smooth, 2 * BINOMIAL, axis=axis, mode="mirror")
    detail = values - smooth
    shape, variance = fit_gaussian(detail)
    skewness, kurtosis = _third_and_fourth(detail)
    found = {"shape": shape, "deviation": np.sqrt(variance)}
    return _named("laplacian", found | {"skewness": skewness, "kurtosis": kurtosis})


def _yellow_fit(rgb: Floats) -> Named:
    """How far two histograms of the yellow map are from generalized Gaussians."""
    coefficients, deviation = _contrast(yellow(rgb))
    of_deviation = _misfit(_contrast(deviation)[0])
    return {"yellow_deviation_misfit": of_deviation, "yellow_misfit": _misfit(coefficients)}


def _misfit(values: Floats) -> float:
    """Squared distance of a histogram from the distribution fitted to its bins, as released."""
    if not np.ptp(values) > 0:
        return 0.0 if np.isfinite(values).all() else np.nan
    counts, edges = np.histogram(values, N_BINS)
    centers = (edges[1:] + edges[:-1]) / 2
    shape, variance = fit_gaussian(centers)
    scale = np.sqrt(variance * np.exp(gammaln(1 / shape) - gammaln(3 / shape)))
    density = np.exp(-((np.abs(centers) / scale) ** shape))
    return np.square(density / density.sum() - counts / counts.sum()).sum() / variance


def _opponents(long: Floats, medium: Floats, short: Floats) -> Named:
    """Statistics of red against green and of blue against yellow."""
    a, b, c = (_contrast(np.log(cone + 1))[0] for cone in (long, medium, short))
    maps = {"red_green": (a - b) / np.sqrt(2), "blue_yellow": (a + b - 2 * c) / np.sqrt(6)}
    found: Named = {}
    for name, values in maps.items():
        shape, _, left, right = fit_asymmetric_gaussian(values)
        skewness, kurtosis = _third_and_fourth(values)
        found |= _named(
            name,
            {
                "shape": shape,
                "left_deviation": np.sqrt(left),
                "right_deviation": np.sqrt(right),
                "kurtosis": kurtosis,
                "skewness": skewness,
            },
        )
    return found


def _third_and_fourth(values: Floats) -> tuple[float, float]:
    """Skewness and kurtosis, 3 for a normal distribution; 0 if all values are the same."""
    centered = values - values.mean()
    squares = np.square(centered)
    variance = squares.mean()
    if variance <= (ROUNDING * np.abs(values).max()) ** 2:
        return 0.0, 0.0
    skewness = (squares * centered).mean() / variance**1.5
    return skewness, np.square(squares).mean() / variance**2
