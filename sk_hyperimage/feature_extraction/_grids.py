"""Patch grids: views of images as (U, V) grids of patches, cut when they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from sk_hyperimage.feature_extraction._geometry import GridGeometry
from sk_hyperimage.utils import ArraySamples, ImageCollection, LazySamples

if TYPE_CHECKING:
    from sk_hyperimage.feature_extraction._device_patches import DeviceGrids, DevicePatches

# Decoded images that a patch sequence keeps at hand; nothing else grows with the data set.
CACHE_BYTES = 512 * 2**20


class PatchGrids(LazySamples):
    """The patches of every image, arranged as they lie in it.

    Parameters
    ----------
    images : LazySamples of images of shape (n_rows, n_cols, n_channels)
    geometry : GridGeometry

    Notes
    -----
    Behaves like an array of shape (n_images, U, V, patch rows, patch columns, n_channels) that
    is never held as a whole.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> grids = PatchExtractor(patch_size=4, overlap=0.5).fit_transform(np.zeros((2, 8, 10)))
    >>> grids.shape, grids[0].shape
    ((2, 3, 4, 4, 4, 1), (3, 4, 4, 4, 1))
    """

    def __init__(self, images: LazySamples, geometry: GridGeometry):
        self.images = images
        self.geometry = geometry
        self.dtype = images.dtype
        self.in_memory = images.in_memory
        n_channels = images.n_channels if isinstance(images, ImageCollection) else images.shape[-1]
        self.sample_shape = (*geometry.grid_shape, *geometry.patch_shape, n_channels)

    def __len__(self) -> int:
        return len(self.images)

    def subset(self, indices: np.ndarray) -> PatchGrids:
        """The grids of the images at `indices`."""
        return PatchGrids(self.images.subset(indices), self.geometry)

    def take(self, indices: np.ndarray) -> np.ndarray:
        """Grids as one array of shape (n_indices, U, V, patch rows, patch columns, n_channels)."""
        return np.stack([self._cut(self.image(int(index))) for index in indices])

    @property
    def images_as_cut(self) -> LazySamples | None:
        """All images, where they are of one shape and none is scaled down; else None."""
        shape = self.images.sample_shape
        if shape is None or any(np.greater(shape[:2], self.geometry.max_shape)):
            return None
        return self.images

    def image_shape(self, index: int) -> tuple[int, int]:
        """Rows and columns of one image as it was given, before it is scaled down if too large."""
        lazy = isinstance(self.images, ImageCollection)
        shape = self.images.image_shape(index) if lazy else self.images.shape[1:]  # type: ignore
        return shape[0], shape[1]

    def image(self, index: int) -> np.ndarray:
        """One image as it is cut: scaled down where it is larger than the geometry allows."""
        image = self.images.item(index)
        shape = self.geometry.scaled_shape(image.shape[:2], self.images.name(index))
        if shape == image.shape[:2]:
            return image
        from skimage.transform import resize

        return resize(image, (*shape, image.shape[2]), anti_aliasing=True).astype(image.dtype)

    def on_device(self, device: str) -> DeviceGrids | None:
        """Grids cut on a GPU from images that stay there; None off GPUs."""
        from sk_hyperimage.feature_extraction._device_patches import DeviceGrids, DevicePatches

        patches = DevicePatches.where_useful(self, device)
        return None if patches is None else DeviceGrids(patches)

    def _cut(self, image: np.ndarray) -> np.ndarray:
        """All patches of one image, (U, V, patch rows, patch columns, n_channels)."""
        windows = np.lib.stride_tricks.sliding_window_view(
            image, self.geometry.patch_shape, axis=(0, 1)
        )
        rows, cols = self.geometry.starts(image.shape[:2])
        return np.moveaxis(windows[np.ix_(rows, cols)], 2, -1)


class PatchSequence(LazySamples):
    """The patches of many grids in one row, image after image.

    Parameters
    ----------
    grids : PatchGrids

    Notes
    -----
    Images in use are kept decoded within `CACHE_BYTES`. `epoch_order` visits the images in random
    order, as many at a time as the cache holds, and the patches of those at random, so an epoch
    decodes each image once.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import PatchExtractor, PatchSequence
    >>> grids = PatchExtractor(patch_size=4, overlap=0.5).fit_transform(np.zeros((2, 8, 10)))
    >>> PatchSequence(grids).shape
    (24, 4, 4, 1)
    """

    def __init__(self, grids: PatchGrids):
        self.grids = grids
        self.dtype = grids.dtype
        self.in_memory = grids.in_memory
        self.sample_shape: tuple[int, ...] = grids.shape[3:]
        self.patches_per_image = grids.shape[1] * grids.shape[2]
        self._images: OrderedDict[int, np.ndarray] = OrderedDict()
        self._cached_bytes = 0

    def __len__(self) -> int:
        return len(self.grids) * self.patches_per_image

    def subset(self, indices: np.ndarray) -> ArraySamples:
        """The patches at `indices`, cut."""
        return ArraySamples(self.take(indices))

    def take(self, indices: np.ndarray) -> np.ndarray:
        """Patches as one array of shape (n_indices, patch rows, patch columns, n_channels)."""
        patches = np.empty((len(indices), *self.sample_shape), dtype=self.dtype)
        height, width = self.grids.geometry.patch_shape
        images, positions = np.divmod(indices, self.patches_per_image)
        for index in np.unique(images):
            image = self._image(int(index))
            rows, cols = self.grids.geometry.starts(image.shape[:2])
            here = np.flatnonzero(images == index)
            u, v = np.divmod(positions[here], len(cols))
            for k, row, col in zip(here, rows[u], cols[v], strict=True):
                patches[k] = image[row : row + height, col : col + width]
        return patches

    def epoch_order(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Random order of the patches at `rows` that decodes each image once an epoch."""
        shuffled = rng.permutation(rows)
        images, image_of_row = np.unique(shuffled // self.patches_per_image, return_inverse=True)
        n_blocks = self._n_blocks(images)
        if n_blocks == 1:
            return shuffled
        block_of_image = rng.permutation(np.arange(len(images)) % n_blocks)
        return shuffled[np.argsort(block_of_image[image_of_row], kind="stable")]

    def on_device(self, device: str) -> DevicePatches | None:
        """Patches cut on a GPU from images that stay there; None off GPUs."""
        from sk_hyperimage.feature_extraction._device_patches import DevicePatches

        return DevicePatches.where_useful(self.grids, device)

    def _n_blocks(self, images: np.ndarray) -> int:
        """Into how many blocks the images fall so that the cache holds one block."""
        image_bytes = self._image(int(images[0])).nbytes
        return max(1, -(-image_bytes * len(images) // CACHE_BYTES))

    def _image(self, index: int) -> np.ndarray:
        if index in self._images:
            self._images.move_to_end(index)
            return self._images[index]
        image = self._images[index] = self.grids.image(index)
        self._cached_bytes += image.nbytes
        while self._cached_bytes > CACHE_BYTES and len(self._images) > 1:
            self._cached_bytes -= self._images.popitem(last=False)[1].nbytes
        return image
