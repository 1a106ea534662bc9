"""Equal windows in one image, which cut patches and paint values back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sk_hyperimage._typing import Floats, Ints

# Pixels that are counted at a time: their places fit into a processor's cache.
COUNTED_PIXELS = 2**17


@dataclass(frozen=True)
class Windows:
    """Equal windows in an image or a feature map.

    Parameters
    ----------
    rows, cols : ndarray of int
        First row and first column of every window; they are broadcast against each other. A
        lattice of U x V windows has rows of shape (U, 1) and columns of shape (1, V).
    shape : tuple of int
        Rows and columns of a window.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.images import Windows
    >>> windows = Windows.lattice([0, 1], [0, 2, 4], (2, 2))
    >>> windows.cut(np.arange(18).reshape(3, 6))[1, 2]
    array([[10, 11],
           [16, 17]])
    """

    rows: Ints
    cols: Ints
    shape: tuple[int, int]

    @classmethod
    def lattice(cls, rows: Ints, cols: Ints, shape: tuple[int, int]) -> Windows:
        """A window for every pair of a first row (U,) and a first column (V,)."""
        return cls(np.asarray(rows)[:, np.newaxis], np.asarray(cols)[np.newaxis], shape)

    @classmethod
    def every(cls, stride: int, image_shape: tuple[int, int], shape: tuple[int, int]) -> Windows:
        """A window every `stride` pixels, and last ones that touch the border of the image."""
        rows, cols = (
            np.union1d(np.arange(0, n - side, stride), n - side)
            for n, side in zip(image_shape, shape, strict=True)
        )
        return cls.lattice(rows, cols, shape)

    def cut(self, image: np.ndarray) -> np.ndarray:
        """The patches in the windows, ``(*windows, n_rows, n_cols[, n_channels])``."""
        return cut_anywhere(image, self.shape)[self.rows, self.cols]

    def at(self, *indices: Ints) -> Windows:
        """Windows at some indices."""
        rows, cols = np.broadcast_arrays(self.rows, self.cols)
        return Windows(rows[indices], cols[indices], self.shape)

    def paint(self, values: Floats, image_shape: tuple[int, int]) -> Floats:
        """Spread one value per window over the pixels of an image.

        Parameters
        ----------
        values : ndarray, one value for every window
        image_shape : tuple of int
            Rows and columns of the image.

        Returns
        -------
        map : ndarray of shape image_shape
            Every pixel has the mean of the windows that hold it, or else the value of the nearest
            pixel in a window.
        """
        corners = (n.ravel() for n in np.broadcast_arrays(self.rows, self.cols))
        (rows, u), (cols, v) = (np.unique(n, return_inverse=True) for n in corners)
        at_corners = np.zeros((2, len(rows), len(cols)))
        np.add.at(at_corners[0], (u, v), np.reshape(values, u.shape))
        np.add.at(at_corners[1], (u, v), 1)
        total, count = (self._spread(rows, cols, sums, image_shape) for sums in at_corners)
        uncovered = count == 0
        map_ = np.divide(total, count, out=total, where=~uncovered)
        if uncovered.any():
            from scipy.ndimage import distance_transform_edt

            nearest = distance_transform_edt(
                uncovered, return_distances=False, return_indices=True
            )
            map_ = map_[tuple(nearest)]
        return map_

    def histograms(self, values: Ints, n_values: int) -> Ints:
        """Count each value in every window of a lattice; windows that overlap share the counting.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_cols)
            Whole numbers from 0 to n_values - 1.
        n_values : int

        Returns
        -------
        counts : ndarray of int of shape (U, V, n_values)
        """
        rows, cols = self.rows.ravel(), self.cols.ravel()
        # No window begins or ends between two neighboring bounds, so their columns are one.
        bounds = np.unique([cols, cols + self.shape[1]])
        starts, stops = (np.searchsorted(bounds, n) for n in (cols, cols + self.shape[1]))
        values = values[:, bounds[0] : bounds[-1]]
        widths = np.diff(bounds)
        offsets = np.repeat(np.arange(len(widths)) * n_values, widths)

        def count(first: int, last: int) -> Ints:
            """Counts in rows, (len(widths) * n_values,)."""
            counts = np.zeros(len(widths) * n_values, dtype=np.intp)
            n_rows = max(1, COUNTED_PIXELS // len(offsets))
            for row in range(first, last, n_rows):
                places = values[row : min(row + n_rows, last)] + offsets
                counts += np.bincount(places.ravel(), minlength=len(counts))
            return counts

        counts = np.empty((len(rows), len(cols), n_values), dtype=np.intp)
        before = np.zeros((len(widths) + 1, n_values), dtype=np.intp)
        within, top, bottom = np.zeros(len(widths) * n_values, dtype=np.intp), 0, 0
        for u, row in enumerate(rows.tolist()):
            if top <= row < bottom:
                within -= count(top, row)
            else:
                within[:], bottom = 0, row
            within += count(bottom, row + self.shape[0])
            top, bottom = row, row + self.shape[0]
            within.reshape(-1, n_values).cumsum(axis=0, out=before[1:])
            counts[u] = before[stops] - before[starts]
        return counts

    def transposed(self) -> Windows:
        """The same windows of a lattice in the transposed image."""
        return Windows.lattice(self.cols.ravel(), self.rows.ravel(), self.shape[::-1])

    def _spread(
        self, rows: Ints, cols: Ints, sums: Floats, image_shape: tuple[int, int]
    ) -> Floats:
        """Sums over the windows of every pixel, from those at all crossings of first pixels."""
        over_rows, map_ = np.zeros((image_shape[0], len(cols))), np.zeros(image_shape)
        for row, values in zip(rows.tolist(), sums, strict=True):
            over_rows[row : row + self.shape[0]] += values
        for col, values in zip(cols.tolist(), over_rows.T, strict=True):
            map_[:, col : col + self.shape[1]] += values[:, np.newaxis]
        return map_

    def n_steps(self, size: int, stride: int) -> tuple[int, int]:
        """Steps of a layer of some size and stride in a window, along rows and columns."""
        rows, cols = ((side - size) // stride + 1 for side in self.shape)
        return rows, cols

    def meet_alike(self, stride: int) -> bool:
        """True if steps from the first window on reach the start of every window."""
        return all(((n - n.flat[0]) % stride == 0).all() for n in (self.rows, self.cols))

    def after(self, size: int, stride: int) -> Windows:
        """The windows in the output of such a layer, applied from the first window on."""
        rows, cols = ((n - n.flat[0]) // stride for n in (self.rows, self.cols))
        return Windows(rows, cols, self.n_steps(size, stride))

    def even_parts(self, n_windows: int) -> Iterator[tuple[slice, slice]]:
        """Rows and columns of the windows of `every`, in parts where all are equally far apart.

        Parameters
        ----------
        n_windows : int
            Most windows of a part, unless one row of it has more.
        """
        for cols in _even_runs(self.cols.ravel()):
            n_rows = max(1, n_windows // (cols.stop - cols.start))
            for rows in _even_runs(self.rows.ravel()):
                for start in range(rows.start, rows.stop, n_rows):
                    yield slice(start, min(start + n_rows, rows.stop)), cols

    def strips(self, n_strips: int) -> list[Windows]:
        """The windows of a lattice in at most `n_strips` groups of neighboring rows."""
        groups = np.array_split(self.rows, min(n_strips, len(self.rows)))
        return [Windows(group, self.cols, self.shape) for group in groups]


def _even_runs(starts: Ints) -> list[slice]:
    """All starts in one, or the last by itself if it is nearer to the one before it."""
    n, steps = len(starts), np.diff(starts)
    if n > 2 and steps[-1] < steps[0]:
        return [slice(0, n - 1), slice(n - 1, n)]
    return [slice(0, n)]


def cut_anywhere(image: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A view of the patches at all places of an image, by their first row and first column."""
    patches = np.lib.stride_tricks.sliding_window_view(image, shape, axis=(0, 1))
    return np.moveaxis(patches, 2, -1) if image.ndim == 3 else patches
