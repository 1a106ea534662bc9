"""Collections of images that may differ in size or wait behind file paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from sk_hyperimage.utils._images import (
    as_float_image,
    check_image_shape,
    float_dtype,
    image_file_shape,
    is_path,
    read_image,
)
from sk_hyperimage.utils._lazy import LazySamples

ImageFunction = Callable[[np.ndarray], np.ndarray]


class ImageCollection(LazySamples):
    """Images in a list, each decoded, scaled and transformed when it is asked for.

    Parameters
    ----------
    source : sequence of array-like or path
        Images of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels), or files holding them.
    transforms : tuple of callable, default=()
        Applied in turn to each channel-last float image; they keep its height and width.
    indices : ndarray of shape (n_images,), default=None
        Where the images stood in the user's own X, for error messages.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.utils import ImageCollection
    >>> images = ImageCollection([np.zeros((4, 5)), np.zeros((6, 7))])
    >>> len(images), images[1].shape
    (2, (6, 7, 1))
    """

    def __init__(
        self,
        source: Sequence[Any] | np.ndarray,
        transforms: tuple[ImageFunction, ...] = (),
        indices: np.ndarray | None = None,
    ):
        self.source = source
        self.transforms = transforms
        self.indices = np.arange(len(source)) if indices is None else indices

    def __len__(self) -> int:
        return len(self.indices)

    def map(self, function: ImageFunction) -> ImageCollection:
        """The same images with one more transform."""
        return ImageCollection(self.source, (*self.transforms, function), self.indices)

    def subset(self, indices: np.ndarray) -> ImageCollection:
        """The images at `indices`, still undecoded."""
        return ImageCollection(self.source, self.transforms, self.indices[indices])

    def name(self, index: int) -> str:
        """What error messages call the image at `index`."""
        original = int(self.indices[index])
        item = self.source[original]
        return f"X[{original}] ({str(item)!r})" if is_path(item) else f"X[{original}]"

    def item(self, index: int) -> np.ndarray:
        """One image of shape (n_rows, n_cols, n_channels)."""
        image = as_float_image(self._raw(index), self.name(index))
        self._check_channels(index, image.shape[2])
        try:
            for transform in self.transforms:
                image = transform(image)
        except ValueError as error:
            raise ValueError(f"{self.name(index)}: {error}") from error
        return image

    def take(self, indices: np.ndarray) -> np.ndarray:
        """Images of one size as one array (n_indices, n_rows, n_cols, n_channels)."""
        if self.sample_shape is None:
            raise ValueError(
                "the images of X differ in size and cannot form one array; cut them with a "
                "PatchExtractor or resize them first"
            )
        return np.stack([self.item(int(index)) for index in indices])

    def image_shape(self, index: int) -> tuple[int, int, int]:
        """(n_rows, n_cols, n_channels) of one image, read from the header of a file."""
        item = self.source[self.indices[index]]
        try:
            shape = image_file_shape(item) if is_path(item) else np.shape(item)
        except ValueError as error:
            raise ValueError(f"{self.name(index)}: {error}") from error
        check_image_shape(shape, self.name(index))
        rows, cols, *channels = shape
        return rows, cols, *(channels or [1])  # type: ignore[return-value]

    @cached_property
    def image_shapes(self) -> np.ndarray:
        """Shapes of all images, an integer array (n_images, 3)."""
        shapes = np.array([self.image_shape(index) for index in range(len(self))])
        for index in np.flatnonzero(shapes[:, 2] != shapes[0, 2])[:1]:
            self._check_channels(int(index), int(shapes[index, 2]))
        return shapes

    @cached_property
    def n_channels(self) -> int:
        """Channels of the first image, which all others must share."""
        return self.image_shape(0)[2]

    @cached_property
    def sample_shape(self) -> tuple[int, ...] | None:  # type: ignore[override]
        """Shape common to all images, or None."""
        shapes = self.image_shapes
        return tuple(shapes[0].tolist()) if (shapes == shapes[0]).all() else None

    @cached_property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        """Floating-point type of the first image; all batches are given in it."""
        item = self.source[self.indices[0]]
        return np.dtype(np.float32) if is_path(item) else float_dtype(np.asarray(item).dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_images,): a collection is one-dimensional, whatever it holds."""
        return (len(self),)

    def _raw(self, index: int) -> np.ndarray:
        item = self.source[self.indices[index]]
        try:
            return read_image(item) if is_path(item) else np.asarray(item)
        except ValueError as error:
            raise ValueError(f"{self.name(index)}: {error}") from error

    def _check_channels(self, index: int, n_channels: int) -> None:
        if n_channels != self.n_channels:
            raise ValueError(
                f"{self.name(index)} has {n_channels} channels but {self.name(0)} has "
                f"{self.n_channels}; all images of X need the same number of channels"
            )
