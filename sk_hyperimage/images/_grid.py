"""The grid of patches over an image: Eq. 2 of the hyper-image paper."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from sk_hyperimage._typing import Floats, Ints
from sk_hyperimage.images._windows import Windows


def n_patches_along(length: int, patch_length: int, overlap: float) -> int:
    """Fewest patches that cover an axis when neighbors share `overlap` of their length.

    Examples
    --------
    The grids of the paper: LIVE (768 pixels, no overlap), TID2013 (512 pixels, half
    overlapping) and the synthetic task (128 pixels, two thirds).

    >>> from sk_hyperimage.images._grid import n_patches_along
    >>> n_patches_along(768, 32, 0), n_patches_along(512, 32, 0.5), n_patches_along(128, 32, 2 / 3)
    (24, 31, 10)
    """
    stride = patch_length * (1 - overlap)
    # Rounding before the ceiling: 96 / (32 * (1 - 2 / 3)) is 9 up to the last bits.
    return 1 + math.ceil(round((length - patch_length) / stride, 9))


@cache
def patch_starts(length: int, patch_length: int, n_patches: int) -> Ints:
    """First pixel of each of `n_patches` patches spread evenly over an axis.

    Eq. 2 rounds the stride and multiplies it, which can push the last patch outside the image
    (128 pixels, ten 32-pixel patches: 9 * 11 + 32 = 131) or leave the last pixels unseen. Here
    the positions are rounded instead: the first patch starts and the last one ends with the axis.
    If the stride of Eq. 2 is an integer, the positions are the same.
    """
    if n_patches == 1:
        starts = np.array([(length - patch_length) // 2])
    else:
        starts = np.rint(np.linspace(0, length - patch_length, n_patches)).astype(int)
    starts.flags.writeable = False
    return starts


@dataclass(frozen=True)
class Grid:
    """The grid by which every image is cut into patches.

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
    >>> from sk_hyperimage.images import Grid
    >>> Grid((32, 32), (10, 10), (128, 128)).windows((128, 128)).rows.ravel().tolist()
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
            If the image, after scaling, is smaller than a patch.
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

    def windows(self, image_shape: tuple[int, int], stride: int | None = None) -> Windows:
        """The patches of an image of this shape, a lattice of U x V windows.

        With a `stride`, a patch every so many pixels instead, and last ones that touch the border.
        """
        if stride is not None:
            return Windows.every(stride, image_shape, self.patch_shape)
        rows, cols = map(patch_starts, image_shape, self.patch_shape, self.grid_shape)
        return Windows.lattice(rows, cols, self.patch_shape)

    @property
    def overlaps(self) -> bool:
        """True if the patches of the largest image have more pixels than the image."""
        n_pixels = np.prod(self.patch_shape) * np.prod(self.grid_shape)
        return bool(n_pixels > np.prod(self.max_shape))

    def paint(
        self, values: Floats, image_shape: tuple[int, int], stride: int | None = None
    ) -> Floats:
        """Spread one value per patch over the pixels of an image of any size.

        The map is as fine as the grid; it is not smoothed or sharpened.

        Parameters
        ----------
        values : ndarray of shape (U, V), or one for each of the windows with a `stride`
        image_shape : tuple of int
            Rows and columns of the image before scaling.
        stride : int, default=None
            As in :meth:`windows`.

        Returns
        -------
        map : ndarray of shape image_shape
            Every pixel has the mean of the patches that hold it; a pixel between the patches of a
            wide grid has the value of the nearest pixel in a patch. If the grid scales an image
            down, every pixel has the value of the pixel it became.
        """
        scaled = self.scaled_shape(image_shape)
        rows, cols = (
            (2 * np.arange(n) + 1) * n_scaled // (2 * n)
            for n, n_scaled in zip(image_shape, scaled, strict=True)
        )
        return self.windows(scaled, stride).paint(values, scaled)[np.ix_(rows, cols)]
