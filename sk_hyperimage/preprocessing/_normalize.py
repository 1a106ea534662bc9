"""Local contrast normalization (Eq. 4 of the hyper-image paper, after BRISQUE)."""

from __future__ import annotations

from functools import partial
from numbers import Integral, Real

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.images import Samples
from sk_hyperimage.images._floats import check_computed
from sk_hyperimage.images._samples import ImageFunction
from sk_hyperimage.preprocessing._base import ImageTransformer
from sk_hyperimage.preprocessing._local_contrast import PADDINGS, normalize_image, window_weights
from sk_hyperimage.utils._sklearn import Interval, StrOptions

# Largest window, in pixels.
MAX_SIZE = 1001

# Smallest and largest constants that float32 can hold.
OF_FLOAT32 = 1e-30, 1e30


class LocalContrastNormalizer(ImageTransformer):
    """Divide each pixel's difference from its surroundings by their local contrast.

    The weighted mean of its neighborhood is subtracted from every pixel and the result divided by
    the neighborhood's weighted standard deviation plus a constant (Eq. 4). Edges, noise and
    blocking stand out; brightness and shading vanish. Images keep their size.

    Parameters
    ----------
    window : {"gaussian", "box"}, default="gaussian"
        Weights of the neighborhood.
    size : int, default=7
        Rows and columns of the neighborhood in pixels; odd, at most 1001.
    sigma : float, default=7/6
        Standard deviation of the Gaussian in pixels, from 0.001 to a million. By default the
        window ends at three of them.
    eps : float, default=1/255
        Constant added to the standard deviation, for images in [0, 1]. The default is the
        published constant 1 for images in [0, 255].
    data_range : float, default=None
        Range of float images: 1.0 (None), or 255.0 for images in [0, 255]. Integer and boolean
        images are scaled by the largest value of their type.
    padding : {"zero", "nearest", "symmetric"}, default="zero"
        Pixels beyond the border. They influence the outer ``size // 2`` pixels only.

    Attributes
    ----------
    weights_ : ndarray of shape (size,)
        The window along one axis.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    Notes
    -----
    Parameters of known variants: the defaults for BRISQUE, scikit-video and piq;
    ``padding="nearest"`` for OpenCV; ``window="box", size=3, eps=1.0, padding="symmetric"`` for
    the reimplementation of Kang et al. 2014 known as CNNIQA. With ``eps=1.0`` the divisor is
    nearly constant, so that is mean subtraction rather than normalization.

    Whole images should be normalized before patches are cut, or every patch gets a border.

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
    >>> center = LocalContrastNormalizer().fit_transform(images)[0, 4, 4]
    >>> f"{center:.2f}"
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

    def _prepare(self, images: Samples) -> None:
        if self.size % 2 == 0:
            raise ValueError(f"size must be odd, so that a pixel is its center; got {self.size}")
        self.weights_ = window_weights(self.window, self.size, self.sigma)

    def _function(self) -> ImageFunction:
        return partial(
            scaled_and_normalized,
            data_range=self.data_range,
            weights=self.weights_,
            eps=float(self.eps),
            padding=self.padding,
        )


def scaled_and_normalized(
    image: Floats, data_range: float | None, weights: Floats, eps: float, padding: str
) -> Floats:
    """Normalize an image that spans [0, data_range], or [0, 1] for None."""
    image = in_unit_range(image, data_range)
    with np.errstate(over="ignore"):  # squared differences that overflow would make pixels 0
        check_computed(np.square(4 * np.array([image.min(), image.max()])), "the image")
    return normalize_image(image, weights, eps, padding)


def in_unit_range(image: Floats, data_range: float | None) -> Floats:
    """An image that spans [0, data_range], or [0, 1] for None, in [0, 1]."""
    return image if data_range is None else image / image.dtype.type(data_range)
