"""Base of histograms of residuals, where the residuals of a few neighbors become one number."""

from __future__ import annotations

import abc
import warnings
from collections.abc import Iterator
from numbers import Real

import numpy as np

from sk_hyperimage._typing import Floats, Ints
from sk_hyperimage.feature_extraction._base import ImageFeatures
from sk_hyperimage.images import PatchGrids, PatchSequence, Samples, Windows
from sk_hyperimage.images._floats import check_computed
from sk_hyperimage.images._gray import gray_levels

# Directions, relative to the filter, in which neighboring residuals are taken together.
HALVES = ("across", "along")

GREEN = 1

# Most different values of the residuals at a place: an image has a count of each, twice.
MAX_WORDS = 2**16
# Values of images that are brought to gray levels at a time: they fit into a processor's cache.
BAND_VALUES = 2**16
# How far from whole levels those of 8 or 16 bits may be, by rounding to float32.
NEARLY_WHOLE = 0.02


class ResidualHistograms(ImageFeatures):
    """Base of transformers that quantize neighboring residuals and count what they become.

    A subclass has the parameters `filter_taps`, `n_pixels` and `channel`. It says what is done
    with a residual before its neighbors are looked at (`_quantize`), and what number the
    residuals of `n_pixels` neighbors become (`_code`), of the `_n_codes` that there are.
    """

    filter_taps: tuple[float, ...]
    n_pixels: int
    channel: str

    @property
    @abc.abstractmethod
    def _n_codes(self) -> int:
        """How many different numbers there are in each half."""

    @abc.abstractmethod
    def _code(self, neighbors: list[np.ndarray], half: str) -> Ints:
        """A number for every place, given the residuals there of each of `n_pixels` neighbors."""

    def _quantize(self, residual: np.ndarray) -> np.ndarray:
        """What is done with each residual by itself."""
        return residual

    def _learn(self, images: Samples) -> None:
        taps = self.filter_taps
        if not taps or not all(isinstance(t, Real) and np.isfinite(t) for t in taps):
            raise ValueError(f"filter_taps must be finite numbers, one or more, got {taps!r}")
        if not any(taps):
            raise ValueError(f"filter_taps must not all be 0, got {taps!r}")
        # All patches and most images are of one shape; others are told by their headers.
        alike = 1 if images.sample_shape is not None else len(images)
        for index in range(alike):
            self._check_size(images.image_shape(index)[:2], images.name(index))

    def _check_size(self, shape: tuple[int, ...], name: str) -> None:
        side = len(self.filter_taps) + self.n_pixels - 1
        if min(shape) < side:
            raise ValueError(
                f"{name} has {shape[0]} x {shape[1]} pixels; {type(self).__name__} with "
                f"{len(self.filter_taps)} filter_taps and n_pixels={self.n_pixels} needs at least "
                f"{side} x {side}"
            )

    def _described(self, images: Samples) -> Iterator[tuple[str, Floats]]:
        """Name and features of one image after the other, or of all patches of it, (n, D)."""
        if isinstance(images, PatchSequence):  # which share residuals where they overlap
            grids = images.grids
            warn_if_scaled(grids)
            for index in range(len(grids)):
                image, name = grids.image(index), grids.name(index)
                levels = self._levels(image, name)
                yield name, self._describe_windows(levels, grids.grid.windows(levels.shape))
        else:
            for index in range(len(images)):
                name = images.name(index)
                yield name, self._describe(self._levels(images.item(index), name))[np.newaxis]

    def _levels(self, image: Floats, name: str) -> Ints:
        """Whole gray levels of the channel, (n_rows, n_cols) from 0 to 255."""
        self._check_size(image.shape[:2], name)
        levels = np.empty(image.shape[:2], dtype=np.int16)
        n_rows = max(1, BAND_VALUES // image[0].size)
        for row in range(0, len(image), n_rows):
            band = image[row : row + n_rows]
            if self.channel == "green" and image.shape[2] > 1:
                band = band[..., GREEN, np.newaxis]
            if len(image) > 1:
                check_8_bits(255 * band, name)
            else:  # a row of a table, which may hold any numbers
                check_computed(255 * band, name)
                band = band.clip(0, 1)
            levels[row : row + n_rows] = np.rint(gray_levels(band))
        return levels

    def _describe(self, levels: np.ndarray) -> Floats:
        whole = Windows.lattice([0], [0], levels.shape)  # type: ignore[arg-type]
        return self._describe_windows(levels, whole)[0]

    def _describe_windows(self, levels: Ints, windows: Windows) -> Floats:
        """Features of every window, (U * V, n_features_out)."""
        n_patches = windows.rows.size * windows.cols.size
        if n_patches * np.prod(windows.shape) < levels.size:  # few in a large image
            patches = windows.cut(levels)
            return np.stack([self._describe(patch) for grid_row in patches for patch in grid_row])
        counts = self._counts(levels, windows)
        transposed = self._counts(np.ascontiguousarray(levels.T), windows.transposed())
        counts += transposed.swapaxes(0, 1)
        return (counts / counts.sum(axis=-1, keepdims=True)).reshape(n_patches, -1)

    def _counts(self, levels: Ints, windows: Windows) -> Ints:
        """How often each number is found in every window, (U, V, 2, n_codes)."""
        residual = self._quantize(self._residual(levels))
        n_taps, n, n_codes = len(self.filter_taps), self.n_pixels, self._n_codes
        height, width = windows.shape[0], windows.shape[1] - n_taps + 1
        rows, cols = windows.rows.ravel(), windows.cols.ravel()
        counts = np.empty((len(rows), len(cols), 2, n_codes), dtype=np.intp)
        for half, shape in enumerate([(height - n + 1, width), (height, width - n + 1)]):
            codes = self._code(neighbors(residual, n, half), HALVES[half])
            counts[:, :, half] = Windows.lattice(rows, cols, shape).histograms(codes, n_codes)
        return counts

    def _residual(self, levels: Ints) -> np.ndarray:
        """Levels filtered along their rows, (n_rows, n_cols - n_taps + 1)."""
        taps = np.array(self.filter_taps)
        n_cols = levels.shape[1] - len(taps) + 1
        largest = 255 * np.abs(taps.astype(np.float64)).sum()
        dtype: type = np.float64
        if (taps == np.rint(taps)).all() and largest < 2**31:
            dtype = np.int16 if largest < 2**15 else np.int32
        residual, levels = np.zeros((len(levels), n_cols), dtype), levels.astype(dtype, copy=False)
        for col, tap in enumerate(taps.astype(dtype)):
            residual += tap * levels[:, col : col + n_cols]
        return residual


def neighbors(residual: np.ndarray, n_pixels: int, axis: int) -> list[np.ndarray]:
    """Views of the first, second, ... of `n_pixels` neighbors along an axis, at every place."""
    last = residual.shape[axis] - n_pixels + 1
    if axis == 0:
        return [residual[n : n + last] for n in range(n_pixels)]
    return [residual[:, n : n + last] for n in range(n_pixels)]


def warn_if_scaled(grids: PatchGrids) -> None:
    """Warn of images that are scaled down to fit a grid."""
    scaled = [
        index
        for index in range(len(grids))
        if max(np.subtract(grids.rows_and_cols(index), grids.grid.max_shape)) > 0
    ]
    if scaled:
        warnings.warn(
            f"{len(scaled)} of {len(grids)} images, {grids.name(scaled[0])} first, are scaled "
            f"down to fit a grid for images of {grids.grid.max_shape[0]} x "
            f"{grids.grid.max_shape[1]} pixels, which replaces the traces that residuals show; "
            f"fit the PatchExtractor on images as large as these",
            stacklevel=2,
        )


def check_8_bits(levels: Floats, name: str) -> None:
    """Refuse what is plainly no image of 8 bits; levels between whole ones may be rounded.

    Raises
    ------
    ValueError
        If an image has levels beyond 0 and 255, or those of 16 bits.
    """
    whole = np.rint(levels)
    least, most = whole.min(), whole.max()
    if not (least >= 0 and most <= 255):
        check_computed(whole, name)
        raise ValueError(
            f"{name} has values from {least / 255:g} to {most / 255:g}; images of floats must lie "
            f"in [0, 1]: divide gray levels by 255, or give them as uint8"
        )
    if not _nearly_whole(levels, whole):
        fine = 257 * levels  # of 16 bits
        # An image of few different values may hold such by chance.
        if _nearly_whole(fine, np.rint(fine)) and len(np.unique(np.rint(fine))) >= 8:
            raise ValueError(
                f"{name} has values of 16 bits; residuals are those of 8-bit images: convert it, "
                f"for instance by (255 * image).round().astype(numpy.uint8) for floats in [0, 1]"
            )


def _nearly_whole(levels: Floats, whole: Floats) -> bool:
    distance = levels - whole
    return bool(distance.max() <= NEARLY_WHOLE and distance.min() >= -NEARLY_WHOLE)
