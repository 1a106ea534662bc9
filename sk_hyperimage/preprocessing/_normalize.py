"""Local contrast normalisation (Eq. 4 of the hyper-image paper, after BRISQUE)."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage.images import ArraySamples, Samples
from sk_hyperimage.images._floats import check_computed
from sk_hyperimage.preprocessing._local_contrast import (
    PADDINGS,
    normalize_image,
    window_weights,
)
from sk_hyperimage.utils._sklearn import Interval, StrOptions, _fit_context
from sk_hyperimage.utils._validation import check_images, n_dimensions

# Of a window, in pixels: what lies beyond an image's border is made up, and costs memory.
MAX_SIZE = 1001

# What does not vanish in float32.
OF_FLOAT32 = 1e-30, 1e30


def _fitted_on_columns(normalizer: LocalContrastNormalizer) -> bool:
    """Whether output has named columns: for images a data frame would mean nothing."""
    return getattr(normalizer, "_columns", True)


class LocalContrastNormalizer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Divide what each pixel differs from its surroundings by their local contrast.

    From every pixel the weighted mean of its neighbourhood is subtracted and the result divided
    by the neighbourhood's weighted standard deviation plus a constant (Eq. 4). Edges, noise and
    blocking stand out, brightness and shading go. Images keep their size.

    Parameters
    ----------
    window : {"gaussian", "box"}, default="gaussian"
        How the neighbourhood is weighted.
    size : int, default=7
        Rows and columns of the neighbourhood in pixels; odd, at most 1001.
    sigma : float, default=7/6
        Standard deviation of the Gaussian in pixels: the window ends at three of them. From 0.001
        to a million.
    eps : float, default=1/255
        Constant added to the standard deviation, for images that span [0, 1]. The default is the
        published constant 1 of images in [0, 255].
    data_range : float, default=None
        What float images span: 1.0 (None), or 255.0 for images in [0, 255]. Integer and boolean
        images are scaled by what their type can hold.
    padding : {"zero", "nearest", "symmetric"}, default="zero"
        What lies beyond the border. It changes the outer ``size // 2`` pixels only.

    Attributes
    ----------
    weights_ : ndarray of shape (size,)
        The window along one axis.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    Notes
    -----
    Known variants, as parameters: BRISQUE, scikit-video, piq: the defaults; OpenCV:
    ``padding="nearest"``; the reimplementation of Kang et al. 2014 known as CNNIQA:
    ``window="box", size=3, eps=1.0, padding="symmetric"``. With ``eps=1.0`` the divisor is nearly
    constant: that is mean subtraction rather than normalisation.

    Whole images should be normalised before patches are cut, or every patch gets a border.

    References
    ----------
    The hyper-image paper, Eq. 4; Mittal, Moorthy and Bovik, "No-reference image quality
    assessment in the spatial domain", 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.preprocessing import LocalContrastNormalizer
    >>> images = np.zeros((1, 9, 9), dtype=np.uint8)
    >>> images[0, 4, 4] = 255
    >>> centre = LocalContrastNormalizer().fit_transform(images)[0, 4, 4]
    >>> f"{centre:.2f}"
    '2.71'
    """

    _parameter_constraints: dict = {
        "window": [StrOptions({"gaussian", "box"})],
        "size": [Interval(Integral, 1, MAX_SIZE, closed="both")],
        "sigma": [Interval(Real, 1e-3, 1e6, closed="both")],
        "eps": [Interval(Real, *OF_FLOAT32, closed="both")],
        "data_range": [Interval(Real, *OF_FLOAT32, closed="both"), None],
        "padding": [StrOptions(set(PADDINGS))],
    }

    def __init__(
        self,
        window: str = "gaussian",
        size: int = 7,
        sigma: float = 7 / 6,
        eps: float = 1 / 255,
        data_range: float | None = None,
        padding: str = "zero",
    ):
        self.window = window
        self.size = size
        self.sigma = sigma
        self.eps = eps
        self.data_range = data_range
        self.padding = padding

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> LocalContrastNormalizer:
        """Check the images and compute the window.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features), or sequence of images or file paths
        y : None
            Ignored.

        Returns
        -------
        self : LocalContrastNormalizer
        """
        if self.size % 2 == 0:
            raise ValueError(f"size must be odd, so that a pixel is its centre; got {self.size}")
        check_images(X, self, reset=True)
        self._columns = n_dimensions(X) == 2
        self.weights_ = window_weights(self.window, self.size, self.sigma)
        return self

    def transform(self, X: Any) -> np.ndarray | Samples:
        """Normalise images.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features), or sequence of images or file paths

        Returns
        -------
        X_new : ndarray of the shape of X, or ImageCollection
            float64 for float64 images, float32 otherwise. Images in a list or behind paths stay
            lazy: each is decoded and normalised when a step asks for it.
        """
        check_is_fitted(self)
        images = check_images(X, self, reset=False)
        if not isinstance(images, ArraySamples):
            return images.map(self._normalize)
        normalized = np.empty(images.shape, dtype=images.dtype)
        for index in range(len(images)):
            normalized[index] = self._normalize(images.item(index), images.name(index))
        rank = n_dimensions(X)
        return {2: normalized[:, 0, :, 0], 3: normalized[..., 0]}.get(rank, normalized)

    def _normalize(self, image: np.ndarray, name: str = "the image") -> np.ndarray:
        if self.data_range is not None:
            image = image / image.dtype.type(self.data_range)
        with np.errstate(over="ignore"):  # of squared differences, which would make pixels 0
            check_computed(np.square(4 * np.array([image.min(), image.max()])), name)
        return normalize_image(image, self.weights_, float(self.eps), self.padding)

    @available_if(_fitted_on_columns)
    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the output columns of a 2-D X: those of the input.

        Parameters
        ----------
        input_features : array-like of str or None, default=None

        Returns
        -------
        names : ndarray of str
        """
        return super().get_feature_names_out(input_features)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
