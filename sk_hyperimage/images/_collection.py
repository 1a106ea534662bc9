"""Collections of images that may differ in size or wait behind file paths."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from sk_hyperimage._typing import Floats, ImageLike, Ints
from sk_hyperimage.images._floats import (
    as_float_image,
    check_finite,
    check_image_shape,
    float_dtype,
)
from sk_hyperimage.images._reading import image_file_shape, is_path, read_image
from sk_hyperimage.images._samples import Images


class ImageCollection(Images):
    """Images in a list, each decoded and scaled when it is asked for.

    Parameters
    ----------
    source : sequence of array-like or path
        Images of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels), or files holding them.
    indices : ndarray of shape (n_images,), default=None
        Where the images stood in the user's own X, for error messages.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.images import ImageCollection
    >>> images = ImageCollection([np.zeros((4, 5)), np.zeros((6, 7))])
    >>> len(images), images[1].shape
    (2, (6, 7, 1))
    """

    def __init__(self, source: Sequence[ImageLike] | np.ndarray, indices: Ints | None = None):
        self.source = source
        self.indices = np.arange(len(source)) if indices is None else indices

    def __len__(self) -> int:
        return len(self.indices)

    def subset(self, indices: Ints) -> ImageCollection:
        """The images at `indices`, still undecoded."""
        return ImageCollection(self.source, self.indices[indices])

    def content(self) -> tuple[object, ...]:
        """The images or paths, and which of them."""
        return self.source, self.indices

    def name(self, index: int) -> str:
        """Name of the image at `index` in error messages."""
        original = int(self.indices[index])
        item = self.source[original]
        return f"X[{original}] ({str(item)!r})" if is_path(item) else f"X[{original}]"

    def item(self, index: int) -> Floats:
        """One image of shape (n_rows, n_cols, n_channels)."""
        item = self._given(index)
        try:
            raw = read_image(item) if is_path(item) else np.asarray(item)
        except ValueError as error:
            raise ValueError(f"{self.name(index)}: {error}") from error
        image = as_float_image(raw, self.name(index))
        self._check_channels(index, image.shape[2])
        return image

    def image_shape(self, index: int) -> tuple[int, int, int]:
        """(n_rows, n_cols, n_channels) of one image, read from the header of a file."""
        item = self._given(index)
        try:
            shape = image_file_shape(item) if is_path(item) else np.shape(item)
        except ValueError as error:
            raise ValueError(f"{self.name(index)}: {error}") from error
        check_image_shape(shape, self.name(index))
        rows, cols, *channels = shape
        return rows, cols, *(channels or [1])  # type: ignore[return-value]

    @cached_property
    def image_shapes(self) -> Ints:
        """Shapes of all images, (n_images, 3)."""
        shapes = np.array([self.image_shape(index) for index in range(len(self))])
        for index in np.flatnonzero(shapes[:, 2] != shapes[0, 2])[:1]:
            self._check_channels(int(index), int(shapes[index, 2]))
        return shapes

    @cached_property
    def n_channels(self) -> int:
        """Channels of the first image, which all others must share."""
        return self.image_shape(0)[2]

    @cached_property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        """Floating-point type of the first image; all batches are given in it."""
        item = self._given(0)
        return np.dtype(np.float32) if is_path(item) else float_dtype(np.asarray(item).dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_images,): a collection is one-dimensional, whatever it holds."""
        return (len(self),)

    def _given(self, index: int) -> ImageLike:
        return self.source[self.indices[index]]

    def _check_channels(self, index: int, n_channels: int) -> None:
        if n_channels != self.n_channels:
            raise ValueError(
                f"{self.name(index)} has {n_channels} channels but {self.name(0)} has "
                f"{self.n_channels}; all images of X need the same number of channels"
            )


def holds_images(X: object) -> bool:
    """Whether X is a sequence of images or paths rather than one numeric array."""
    if isinstance(X, np.ndarray):
        if X.ndim != 1 or X.dtype.kind not in "OUT":
            return False
    elif not isinstance(X, (list, tuple)):
        return False
    return len(X) > 0 and (is_path(X[0]) or np.ndim(X[0]) >= 2)


def collect_images(X: Sequence[ImageLike] | np.ndarray) -> ImageCollection:
    """Images in a sequence; those in memory are checked at once, files when they are decoded."""
    if len(X) == 0:
        raise ValueError("there are no images")
    images = ImageCollection(X)
    for index, item in enumerate(X):
        if not is_path(item):
            item = np.asarray(item)
            check_image_shape(item.shape, images.name(index))
            check_finite(item, images.name(index))
    if not is_path(X[0]):
        images.image_shapes  # noqa: B018  raises where the channel counts differ
    return images
