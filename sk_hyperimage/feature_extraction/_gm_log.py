"""The features of GM-LOG (Xue, Mou, Zhang, Bovik and Feng 2014)."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.ndimage import correlate

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._base import ImageFeatures

N_LEVELS = 10
STEP = 0.2

# Deviation of the filters, and of the window in which the responses are normalized.
SIGMA = 0.5
# How much larger gradients are than Laplacians on LIVE, by the release.
GRADIENT_SCALE = 2.5
NORMALIZATION_EPS = 0.2
PROBABILITY_EPS = 1e-4
# Pixels at the border, whose window for normalization leaves the image, that are left out.
BORDER = 2


class GmLogFeatures(ImageFeatures):
    """Describe every image by the joint statistics of its gradients and Laplacians.

    The magnitude of the gradient and that of the Laplacian of a Gaussian, normalized together by
    their local energy, are quantized to 10 levels. Features are the histograms of both, such as
    ``gradient1`` and ``laplacian10``, and the mean probability of every level where the other
    response is given, ``gradient1_given_laplacian`` and ``laplacian10_given_gradient``: 40 numbers
    from 0 to 1, each ten of which sum to 1. GM-LOG is a support vector regression on them.

    Attributes
    ----------
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    BrisqueFeatures : Parameters of distributions in place of histograms.

    Notes
    -----
    Details are those of the authors' release, whose gray levels are from 0 to 255; RGB images
    become gray by MATLAB's ``rgb2gray``, rounded. Responses of 0, as of flat images, are of the
    first level, and those above 2 of the last. Two pixels at each border are left out, except of
    images of fewer than five rows or columns, which have no others.

    References
    ----------
    W. Xue, X. Mou, L. Zhang, A. C. Bovik and X. Feng, "Blind image quality assessment using joint
    statistics of gradient magnitude and Laplacian features", IEEE Transactions on Image Processing
    23(11), 2014: model M3.

    Examples
    --------
    >>> from skimage.data import camera
    >>> from sk_hyperimage.feature_extraction import GmLogFeatures
    >>> GmLogFeatures().fit_transform(camera()[None])[0, :10].round(3)
    array([0.173, 0.237, 0.247, 0.155, 0.096, 0.053, 0.026, 0.011, 0.002,
           0.   ])
    """

    def _describe(self, levels: Floats) -> Floats:
        joint = self._joint_histogram(levels.astype(np.float64))
        gradients, laplacians = joint.sum(axis=1), joint.sum(axis=0)
        given_laplacian = (joint / (laplacians + PROBABILITY_EPS)).sum(axis=1)
        given_gradient = (joint / (gradients[:, np.newaxis] + PROBABILITY_EPS)).sum(axis=0)
        return np.concatenate(
            [
                gradients,
                laplacians,
                given_laplacian / given_laplacian.sum(),
                given_gradient / given_gradient.sum(),
            ]
        )

    def _joint_histogram(self, levels: Floats) -> Floats:
        """Shares of pixels by their levels of gradient (rows) and Laplacian (columns)."""
        down, right, laplacian, window = filters()
        gradients = np.hypot(filtered(levels, down), filtered(levels, right)) / GRADIENT_SCALE
        laplacians = np.abs(filtered(levels, laplacian))
        energy = filtered((gradients**2 + laplacians**2) / 2, window)
        norm = np.sqrt(energy) + NORMALIZATION_EPS
        inside = tuple(
            slice(BORDER, -BORDER) if n > 2 * BORDER else slice(None) for n in norm.shape
        )
        codes = []
        for responses in (gradients, laplacians):
            quantized = np.ceil((responses / norm)[inside] / STEP)
            codes.append(np.nan_to_num(quantized).clip(1, N_LEVELS).astype(int) - 1)
        counts = np.bincount((N_LEVELS * codes[0] + codes[1]).ravel(), minlength=N_LEVELS**2)
        shares = counts.reshape(N_LEVELS, N_LEVELS) / counts.sum()
        # Levels that overflow are refused by name: their histogram would be that of noise.
        return shares if np.isfinite(norm).all() else np.full_like(shares, np.nan)

    def _feature_names(self) -> list[str]:
        levels = range(1, N_LEVELS + 1)
        return [
            *(f"gradient{level}" for level in levels),
            *(f"laplacian{level}" for level in levels),
            *(f"gradient{level}_given_laplacian" for level in levels),
            *(f"laplacian{level}_given_gradient" for level in levels),
        ]


def filtered(values: Floats, window: Floats) -> Floats:
    """MATLAB's filter2: the correlation, with zeros beyond the border."""
    return correlate(values, window, mode="constant")


@cache
def filters() -> tuple[Floats, Floats, Floats, Floats]:
    """Differences down and to the right, Laplacian, and the window of normalization."""
    reach = int(np.ceil(3 * SIGMA))
    wide = gaussian(reach + 1, SIGMA)
    center = wide[1:-1, 1:-1]
    down, right = center - wide[2:, 1:-1], center - wide[1:-1, 2:]
    square = np.square(np.arange(-reach, reach + 1))
    bell = gaussian(reach, SIGMA)
    laplacian = bell * (square[:, np.newaxis] + square - 2 * SIGMA**2) / SIGMA**4
    laplacian -= laplacian.mean()
    window = gaussian(int(np.ceil(6 * SIGMA)), 2 * SIGMA)
    return *(part / np.abs(part).sum() for part in (down, right, laplacian)), window


def gaussian(reach: int, sigma: float) -> Floats:
    """MATLAB's fspecial: a window of (2 * reach + 1) rows and columns, summing to 1."""
    bell = np.exp(-np.square(np.arange(-reach, reach + 1)) / (2 * sigma**2))
    return np.outer(bell, bell) / bell.sum() ** 2
