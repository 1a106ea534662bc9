"""Where the patches of an image lie: the grid geometry of Eq. 2 of the hyper-image paper."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np


def n_patches_along(length: int, patch_length: int, overlap: float) -> int:
    """Fewest patches that cover an axis when neighbours share `overlap` of their length.

    Examples
    --------
    The grids of the paper: LIVE (768 pixels, no overlap), TID2013 (512 pixels, half
    overlapping) and the synthetic task (128 pixels, two thirds).

    >>> from sk_hyperimage.feature_extraction._geometry import n_patches_along
    >>> n_patches_along(768, 32, 0), n_patches_along(512, 32, 0.5), n_patches_along(128, 32, 2 / 3)
    (24, 31, 10)
    """
    stride = patch_length * (1 - overlap)
    # Rounding before the ceiling: 96 / (32 * (1 - 2 / 3)) is 9 up to the last bits.
    return 1 + math.ceil(round((length - patch_length) / stride, 9))


@cache
def patch_starts(length: int, patch_length: int, n_patches: int) -> np.ndarray:
    """First pixel of each of `n_patches` patches spread evenly over an axis.

    Eq. 2 rounds the stride and multiplies it, which can push the last patch outside the image
    (128 pixels, ten 32-pixel patches: 9 * 11 + 32 = 131) or leave the last pixels unseen. Here
    the positions are rounded instead: the first patch begins the axis, the last one ends it, and
    wherever the stride of Eq. 2 is an integer the positions are the same.
    """
    if n_patches == 1:
        starts = np.array([(length - patch_length) // 2])
    else:
        starts = np.rint(np.linspace(0, length - patch_length, n_patches)).astype(int)
    starts.flags.writeable = False
    return starts


@dataclass(frozen=True)
class GridGeometry:
    """The grid that every image is cut with.

    Parameters
    ----------
    patch_shape : tuple of int
        Rows and columns of a patch, in pixels.
    grid_shape : tuple of int
        (U, V), patches along the rows and along the columns of an image.
    max_shape : tuple of int
        Rows and columns that no image may exceed: larger ones are scaled down.

    Examples
    --------
    >>> from sk_hyperimage.feature_extraction import GridGeometry
    >>> rows, cols = GridGeometry((32, 32), (10, 10), (128, 128)).starts((128, 128))
    >>> rows.tolist()
    [0, 11, 21, 32, 43, 53, 64, 75, 85, 96]
    """

    patch_shape: tuple[int, int]
    grid_shape: tuple[int, int]
    max_shape: tuple[int, int]

    def scaled_shape(self, image_shape: tuple[int, int], name: str = "image") -> tuple[int, int]:
        """Shape of an image after the isotropic down-scaling of images larger than `max_shape`.

        Raises
        ------
        ValueError
            If the image, scaled where need be, is smaller than a patch.
        """
        scale = min(1.0, *(m / s for m, s in zip(self.max_shape, image_shape, strict=True)))
        rows, cols = (max(1, round(size * scale)) for size in image_shape)
        if rows < self.patch_shape[0] or cols < self.patch_shape[1]:
            scaled = f", scaled down to {rows} x {cols}," if scale < 1 else ""
            raise ValueError(
                f"{name} of {image_shape[0]} x {image_shape[1]} pixels{scaled} is smaller than "
                f"a patch (patch_size={self.patch_shape[0]} x {self.patch_shape[1]}); choose a "
                f"smaller patch_size or leave the image out"
            )
        return rows, cols

    def starts(self, image_shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """First rows (U,) and first columns (V,) of the patches of an image of this shape."""
        return tuple(  # type: ignore[return-value]
            patch_starts(size, patch, n)
            for size, patch, n in zip(image_shape, self.patch_shape, self.grid_shape, strict=True)
        )

    @property
    def overlaps(self) -> bool:
        """Whether the patches of the largest image hold more pixels than the image."""
        n_pixels = np.prod(self.patch_shape) * np.prod(self.grid_shape)
        return bool(n_pixels > np.prod(self.max_shape))

    def paint(self, values: np.ndarray, image_shape: tuple[int, int]) -> np.ndarray:
        """Spread one value per patch over the pixels: each pixel gets the mean of its patches.

        Parameters
        ----------
        values : ndarray of shape (U, V)
        image_shape : tuple of int
            Rows and columns of the image.

        Returns
        -------
        map : ndarray of shape image_shape
            NaN where no patch covers a pixel.
        """
        total = np.zeros(image_shape)
        count = np.zeros(image_shape)
        rows, cols = self.starts(image_shape)
        height, width = self.patch_shape
        for u, row in enumerate(rows):
            for v, col in enumerate(cols):
                patch = np.s_[row : row + height, col : col + width]
                total[patch] += values[u, v]
                count[patch] += 1
        return np.divide(total, count, out=np.full(image_shape, np.nan), where=count > 0)
