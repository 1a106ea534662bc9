"""Residual co-occurrences (Cozzolino, Poggi and Verdoliva 2017, Section II)."""

from __future__ import annotations

import itertools
from numbers import Integral, Real

import numpy as np

from sk_hyperimage._typing import Ints
from sk_hyperimage.feature_extraction._residual_histograms import (
    HALVES,
    MAX_WORDS,
    ResidualHistograms,
)
from sk_hyperimage.images import Samples
from sk_hyperimage.utils._sklearn import Interval, StrOptions


class ResidualCooccurrences(ResidualHistograms):
    """Describe every image by the co-occurrences of its quantized high-pass residuals.

    The image is filtered along its rows, residuals are rounded to one of a few levels, and it is
    counted how often each combination of levels is found in neighboring pixels: once in pixels
    side by side across the direction of the filter, and once in pixels one after the other along
    it. Counts of the image and of its transpose are added. What an image shows hardly reaches
    these features, but every kind of processing leaves its traces in them: with a linear support
    vector machine they tell filtered, resized, noisy and compressed images from others.

    Patches that overlap, of a :class:`PatchExtractor` or in the maps of
    :func:`~sk_hyperimage.inspection.patch_maps`, share all computation up to the counting of what
    each holds. Their features are to the last bit those of the patches by themselves.

    Parameters
    ----------
    filter_taps : tuple of float, default=(1, -3, 3, -1)
        Weights of neighboring pixels of a row in a residual; those of a high-pass filter sum to 0.
        The default is a third derivative.
    step : float, default=4.5
        Distance of the levels that residuals are rounded to, in gray levels from 0 to 255. Halves
        are rounded away from 0.
    n_levels : int, default=3
        Number of these levels, odd, around 0. Residuals beyond the outermost become these.
    n_pixels : int, default=4
        Neighboring pixels that are taken together; ``n_levels ** n_pixels`` is at most 65536.
    channel : {"green", "gray"}, default="green"
        What is taken of RGB images: the green channel, or the luma of MATLAB's ``rgb2gray``. Gray
        images are taken as they are.
    symmetric : bool, default=False
        Whether combinations that become each other by a change of sign or of order count as one,
        as in the rich models: 50 features in place of 162, for few training images.

    Attributes
    ----------
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    ResidualWords : A learned codebook in the place of these combinations.
    MarkovDCTFeatures : Transitions between differences of DCT coefficients.

    Notes
    -----
    ``across_-1_0_0_1`` is the share of places, among those of the across half, where the first
    and the last of four pixels have residuals of at most -2.25 and at least 2.25, and those
    between have smaller ones. Each half sums to 1. All combinations of a half are in the order of
    counting, the first pixel being the most significant digit.

    These are features of 8-bit images, the residuals of which are whole numbers: floats are
    multiplied by 255 and rounded, as by a conversion to uint8. An image of values beyond [0, 1],
    of 16 bits, or smaller than ``len(filter_taps) + n_pixels - 1`` pixels (7) on a side is an
    error that names it. A row of a 2-D X, an image of one row, may hold any numbers and is
    clipped. A grid of patches that scales an image down is warned of: interpolation leaves traces
    of its own. Beyond an image itself, 8 bytes a pixel are in memory at a time.

    The model is one of the 39 of the spatial rich models, ``s3_spam14hv`` with q = 1.5, residuals
    clipped at one step, and without symmetries.

    References
    ----------
    D. Cozzolino, G. Poggi and L. Verdoliva, "Recasting residual-based local descriptors as
    convolutional neural networks: an application to image forgery detection", IH&MMSec 2017,
    Section II: filter, step, levels, pixels and number of features; green is that of Section IV.

    J. Fridrich and J. Kodovsky, "Rich models for steganalysis of digital images", IEEE
    Transactions on Information Forensics and Security, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from skimage.data import camera
    >>> from skimage.filters import gaussian
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.svm import LinearSVC
    >>> from sk_hyperimage.feature_extraction import ResidualCooccurrences
    >>> images = camera().reshape(8, 64, 8, 64).swapaxes(1, 2).reshape(64, 64, 64)
    >>> blurred = [gaussian(image, 0.7, preserve_range=True).round() for image in images]
    >>> X = np.concatenate([images, blurred]).astype(np.uint8)
    >>> y = np.repeat([0, 1], 64)
    >>> svm = make_pipeline(ResidualCooccurrences(), StandardScaler(), LinearSVC())
    >>> svm.fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.9
    True
    """

    _parameter_constraints: dict = {
        "filter_taps": [tuple, list],
        "step": [Interval(Real, 0, None, closed="neither")],
        "n_levels": [Interval(Integral, 3, 255, closed="both")],
        "n_pixels": [Interval(Integral, 1, 16, closed="both")],
        "channel": [StrOptions({"green", "gray"})],
        "symmetric": ["boolean"],
    }

    def __init__(
        self,
        filter_taps: tuple[float, ...] = (1, -3, 3, -1),
        step: float = 4.5,
        n_levels: int = 3,
        n_pixels: int = 4,
        *,
        channel: str = "green",
        symmetric: bool = False,
    ):
        self.filter_taps = filter_taps
        self.step = step
        self.n_levels = n_levels
        self.n_pixels = n_pixels
        self.channel = channel
        self.symmetric = symmetric

    def _learn(self, images: Samples) -> None:
        if self.n_levels % 2 == 0:
            raise ValueError(
                f"n_levels must be odd, so that 0 is one of them, got {self.n_levels}"
            )
        if self.n_levels**self.n_pixels > MAX_WORDS:
            raise ValueError(
                f"n_levels={self.n_levels} and n_pixels={self.n_pixels} make "
                f"{self.n_levels}**{self.n_pixels} combinations, more than the {MAX_WORDS} that a "
                f"half may have"
            )
        super()._learn(images)

    @property
    def _n_codes(self) -> int:
        n_words = self.n_levels**self.n_pixels
        return len(self._kept()) if self.symmetric else n_words

    def _quantize(self, residual: np.ndarray) -> Ints:
        """Digits from 0 on, that of the lowest level, to n_levels - 1."""
        n_positive = self.n_levels // 2
        digits = np.full(residual.shape, n_positive, dtype=np.uint8)
        for level in range(n_positive):
            threshold = self.step * (level + 0.5)
            if residual.dtype.kind == "i":
                # No whole number is missed, and integers are compared several times as fast.
                threshold = int(min(np.ceil(threshold), np.iinfo(residual.dtype).max))
            digits += residual >= threshold
            digits -= residual <= -threshold
        return digits

    def _code(self, neighbors: list[np.ndarray], half: str) -> Ints:
        n_words = self.n_levels**self.n_pixels
        codes = neighbors[0].astype(np.min_scalar_type(n_words - 1))
        for digits in neighbors[1:]:
            codes *= self.n_levels
            codes += digits
        if self.symmetric:
            _, merged = np.unique(self._representatives(), return_inverse=True)
            codes = merged.astype(codes.dtype)[codes]
        return codes

    def _representatives(self) -> Ints:
        """For every combination the first of those that count as one with it."""
        codes = np.arange(self.n_levels**self.n_pixels).reshape([self.n_levels] * self.n_pixels)
        reversed_ = codes.transpose()
        alike = [codes, np.flip(codes), reversed_, np.flip(reversed_)]
        return np.minimum.reduce(alike).ravel()

    def _kept(self) -> Ints:
        return np.unique(self._representatives())

    def _feature_names(self) -> list[str]:
        n_positive = self.n_levels // 2
        levels = range(-n_positive, n_positive + 1)
        words = ["_".join(map(str, w)) for w in itertools.product(levels, repeat=self.n_pixels)]
        if self.symmetric:
            words = [words[code] for code in self._kept()]
        return [f"{half}_{word}" for half in HALVES for word in words]
