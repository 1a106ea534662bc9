"""Equal windows in one image, which cut patches and paint values back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sk_hyperimage._typing import Floats, Ints


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
        total, count = np.zeros(image_shape), np.zeros(image_shape)
        corners = (n.ravel().tolist() for n in np.broadcast_arrays(self.rows, self.cols))
        for row, col, value in zip(*corners, np.ravel(values), strict=True):
            window = np.s_[row : row + self.shape[0], col : col + self.shape[1]]
            total[window] += value
            count[window] += 1
        uncovered = count == 0
        map_ = np.divide(total, count, out=total, where=~uncovered)
        if uncovered.any():
            from scipy.ndimage import distance_transform_edt

            nearest = distance_transform_edt(
                uncovered, return_distances=False, return_indices=True
            )
            map_ = map_[tuple(nearest)]
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

    def strips(self, n_strips: int) -> list[Windows]:
        """The windows of a lattice in at most `n_strips` groups of neighboring rows."""
        groups = np.array_split(self.rows, min(n_strips, len(self.rows)))
        return [Windows(group, self.cols, self.shape) for group in groups]


def cut_anywhere(image: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A view of the patches at all places of an image, by their first row and first column."""
    patches = np.lib.stride_tricks.sliding_window_view(image, shape, axis=(0, 1))
    return np.moveaxis(patches, 2, -1) if image.ndim == 3 else patches
