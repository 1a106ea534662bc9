"""The features of BRISQUE (Mittal, Moorthy and Bovik 2012)."""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._parallel import ParallelImageFeatures
from sk_hyperimage.feature_extraction._scene_statistics import (
    NEIGHBORS,
    fit_asymmetric_gaussian,
    fit_gaussian,
    half_size,
    neighbor_products,
    normalized_contrast,
)

N_SCALES = 2


class BrisqueFeatures(ParallelImageFeatures):
    """Describe every image by BRISQUE's 36 statistics of natural scenes.

    Local contrast is normalized (as by
    :class:`~sk_hyperimage.preprocessing.LocalContrastNormalizer`). For undamaged photographs the
    resulting coefficients have a nearly normal distribution, whose form changes with damage. A
    generalized Gaussian is fitted to them and asymmetric ones to the products of neighbors in four
    directions: 18 numbers, such as ``scale1_shape`` and ``scale2_horizontal_left_variance``, for
    the image and for its half, in the order of the paper. BRISQUE is a support vector regression
    on these features.

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
    CorniaFeatures : Features learned from patches.

    Notes
    -----
    Details are those of the authors' MATLAB release: RGB images become gray by MATLAB's
    ``rgb2gray``, rounded; pixels beyond the border are zeros; neighbors beyond it are those on the
    opposite side; the half is MATLAB's antialiased ``imresize``. Two cases that depend on rounding
    there are defined here. Coefficients of perfectly flat regions, as in JPEG images, are exactly
    0 and count to neither side of a distribution; the release counts their rounding errors, which
    lowers variances, by up to 0.085 on JPEG images of LIVE. If all coefficients are 0, as on black
    images, the variance is 0 and the shape 0.2, the lowest of the table.

    References
    ----------
    Mittal, Moorthy and Bovik, "No-reference image quality assessment in the spatial domain", IEEE
    Transactions on Image Processing, 2012, Table I. Published for all of LIVE: a median SROCC of
    0.9395 over splits by content.

    Examples
    --------
    As used by the authors, with an RBF kernel on features scaled to [-1, 1]:

    >>> import numpy as np
    >>> from skimage.data import camera
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from sklearn.svm import SVR
    >>> from sk_hyperimage.feature_extraction import BrisqueFeatures
    >>> damage = np.linspace(0, 1, 20)
    >>> noise = np.random.default_rng(0).normal(scale=0.1, size=(20, 128, 128))
    >>> images = camera()[::4, ::4] / 255 + damage[:, None, None] * noise
    >>> brisque = make_pipeline(BrisqueFeatures(), MinMaxScaler((-1, 1)), SVR())
    >>> brisque.fit(images[::2], damage[::2]).score(images[1::2], damage[1::2]) > 0.5
    True
    """

    def _describe(self, levels: Floats) -> Floats:
        levels = levels.astype(np.float64)
        features: list[float] = []
        for scale in range(N_SCALES):
            if scale:
                levels = half_size(levels)
            coefficients = normalized_contrast(levels)
            features += fit_gaussian(coefficients)
            for products in neighbor_products(coefficients).values():
                features += fit_asymmetric_gaussian(products)
        return np.array(features)

    def _feature_names(self) -> list[str]:
        one_scale = ["shape", "variance"]
        for neighbor in NEIGHBORS:
            one_scale += [
                f"{neighbor}_{of}" for of in ("shape", "mean", "left_variance", "right_variance")
            ]
        return [f"scale{scale + 1}_{name}" for scale in range(N_SCALES) for name in one_scale]
