"""Patch grids: views of images as (U, V) grids of patches, cut on demand."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import numpy as np

from sk_hyperimage._typing import Floats, Ints
from sk_hyperimage.images._grid import Grid
from sk_hyperimage.images._samples import ArraySamples, Samples
from sk_hyperimage.images._windows import cut_anywhere

# Most decoded images that a patch sequence keeps; nothing else grows with the data set.
CACHE_BYTES = 512 * 2**20


class PatchGrids(Samples):
    """The patches of every image, arranged as in the image.

    Parameters
    ----------
    images : Samples of images of shape (n_rows, n_cols, n_channels)
    grid : Grid

    Notes
    -----
    Behaves like an array of shape (n_images, U, V, patch rows, patch columns, n_channels), but is
    never in memory as a whole.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> grids = PatchExtractor(patch_size=4, overlap=0.5).fit_transform(np.zeros((2, 8, 10)))
    >>> grids.shape, grids[0].shape
    ((2, 3, 4, 4, 4, 1), (3, 4, 4, 4, 1))
    """

    def __init__(self, images: Samples, grid: Grid):
        self.images = images
        self.grid = grid
        self.dtype = images.dtype
        self.in_memory = images.in_memory
        self.sample_shape = (*grid.grid_shape, *grid.patch_shape, images.n_channels)

    def __len__(self) -> int:
        return len(self.images)

    def subset(self, indices: Ints) -> PatchGrids:
        """The grids of the images at `indices`."""
        return PatchGrids(self.images.subset(indices), self.grid)

    def item(self, index: int) -> Floats:
        """One grid of shape (U, V, patch rows, patch columns, n_channels)."""
        image = self.image(index)
        return self.grid.windows(image.shape[:2]).cut(image)

    def name(self, index: int) -> str:
        """Name of the image at `index` in error messages."""
        return self.images.name(index)

    def content(self) -> tuple[object, ...]:
        """The images and the grid."""
        return self.images, self.grid

    @property
    def images_as_cut(self) -> Samples | None:
        """All images if they have one shape and none is scaled down, else None."""
        shape = self.images.sample_shape
        if shape is None or any(np.greater(shape[:2], self.grid.max_shape)):
            return None
        return self.images

    def rows_and_cols(self, index: int) -> tuple[int, int]:
        """Rows and columns of one image before scaling."""
        rows, cols, _ = self.images.image_shape(index)
        return rows, cols

    def image(self, index: int) -> Floats:
        """One image as it is cut: scaled down if it is larger than the grid allows."""
        image = self.images.item(index)
        shape = self.grid.scaled_shape(image.shape[:2], self.images.name(index))
        if shape == image.shape[:2]:
            return image
        from skimage.transform import resize

        return resize(image, (*shape, image.shape[2]), anti_aliasing=True).astype(image.dtype)


class CutImage(NamedTuple):
    """A decoded image with the places of its patches, found once for all batches."""

    anywhere: np.ndarray
    rows: Ints
    cols: Ints
    n_bytes: int


class PatchSequence(Samples):
    """The patches of many grids in one row, image after image.

    Parameters
    ----------
    grids : PatchGrids

    Notes
    -----
    Up to `CACHE_BYTES` of images are kept decoded. `epoch_order` visits images in random order, as
    many at a time as the cache holds, and their patches at random, so an epoch decodes each image
    once.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.images import PatchSequence
    >>> grids = PatchExtractor(patch_size=4, overlap=0.5).fit_transform(np.zeros((2, 8, 10)))
    >>> PatchSequence(grids).shape
    (24, 4, 4, 1)
    """

    def __init__(self, grids: PatchGrids):
        self.grids = grids
        self.dtype = grids.dtype
        self.in_memory = grids.in_memory
        self.sample_shape: tuple[int, ...] = grids.shape[3:]
        self.sources: Ints = np.repeat(np.arange(len(grids)), np.prod(grids.shape[1:3]))
        self._images: OrderedDict[int, CutImage] = OrderedDict()
        self._cached_bytes = 0

    def __len__(self) -> int:
        return len(self.sources)

    def subset(self, indices: Ints) -> ArraySamples:
        """The patches at `indices`, in memory."""
        return ArraySamples(self.take(indices), self.sources[indices])

    def content(self) -> tuple[object, ...]:
        """The grids."""
        return (self.grids,)

    def take(self, indices: Ints) -> Floats:
        """Patches as one array of shape (n_indices, patch rows, patch columns, n_channels)."""
        patches = np.empty((len(indices), *self.sample_shape), dtype=self.dtype)
        n_rows, n_cols = self.grids.grid.grid_shape
        images, places = np.divmod(indices, n_rows * n_cols)
        u, v = np.divmod(places, n_cols)
        for index in np.unique(images).tolist():
            image = self._image(index)
            here = np.flatnonzero(images == index)
            patches[here] = image.anywhere[image.rows[u[here]], image.cols[v[here]]]
        return patches

    def epoch_order(self, rows: Ints, rng: np.random.Generator) -> Ints:
        """Random order of the patches at `rows` that decodes each image once per epoch."""
        shuffled = rng.permutation(rows)
        images, image_of_row = np.unique(self.sources[shuffled], return_inverse=True)
        image_bytes = self._image(int(images[0])).n_bytes
        n_blocks = max(1, -(-image_bytes * len(images) // CACHE_BYTES))  # each fits into the cache
        if n_blocks == 1:
            return shuffled
        block_of_image = rng.permutation(np.arange(len(images)) % n_blocks)
        return shuffled[np.argsort(block_of_image[image_of_row], kind="stable")]

    def __getstate__(self) -> dict[str, object]:
        # Views of overlapping patches would be written patch by patch.
        return self.__dict__ | {"_images": OrderedDict(), "_cached_bytes": 0}

    def _image(self, index: int) -> CutImage:
        if index in self._images:
            self._images.move_to_end(index)
            return self._images[index]
        image = self.grids.image(index)
        windows = self.grids.grid.windows(image.shape[:2])
        cut = self._images[index] = CutImage(
            cut_anywhere(image, windows.shape),
            windows.rows.ravel(),
            windows.cols.ravel(),
            image.nbytes,
        )
        self._cached_bytes += cut.n_bytes
        while self._cached_bytes > CACHE_BYTES and len(self._images) > 1:
            self._cached_bytes -= self._images.popitem(last=False)[1].n_bytes
        return cut
