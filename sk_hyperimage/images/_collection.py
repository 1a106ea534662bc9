"""Collections of images that may differ in size or wait behind file paths."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np

from sk_hyperimage._typing import Floats, ImageLike, ImagesLike, Ints
from sk_hyperimage.images._decoding import is_picture
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.images._floats import (
    as_float_image,
    as_levels,
    check_computed,
    check_finite,
    check_image_shape,
    float_dtype,
)
from sk_hyperimage.images._reading import is_path, pixels_of, shape_of
from sk_hyperimage.images._samples import Images, Samples

T = TypeVar("T")


class ImageCollection(Images):
    """Images in a list, each decoded and scaled when it is asked for.

    Parameters
    ----------
    source : sequence of array-like, PIL image or path
        Images of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels), or files holding them.
    indices : ndarray of shape (n_images,), default=None
        Where the images stood in the user's own X, for error messages.
    mixed : bool, default=False
        Whether images may differ in the number of channels, for a function that makes them alike.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.images import ImageCollection
    >>> images = ImageCollection([np.zeros((4, 5)), np.zeros((6, 7))])
    >>> len(images), images[1].shape
    (2, (6, 7, 1))
    """

    def __init__(
        self,
        source: Sequence[ImageLike] | np.ndarray,
        indices: Ints | None = None,
        mixed: bool = False,
    ):
        sequence = image_sequence(source)
        self.source = source if sequence is None else sequence
        self.indices = np.arange(len(source)) if indices is None else indices
        self.mixed = mixed

    def __len__(self) -> int:
        return len(self.indices)

    def subset(self, indices: Ints) -> ImageCollection:
        """The images at `indices`, still undecoded."""
        return ImageCollection(self.source, self.indices[indices], self.mixed)

    def content(self) -> tuple[object, ...]:
        """The images or paths, and which of them."""
        return self.source, self.indices, self.mixed

    def name(self, index: int) -> str:
        """Name of the image at `index` in error messages."""
        original = int(self.indices[index])
        item = self.source[original]
        return f"X[{original}] ({str(os.fsdecode(item))!r})" if is_path(item) else f"X[{original}]"

    def item(self, index: int) -> Floats:
        """One image of shape (n_rows, n_cols, n_channels)."""
        image = as_float_image(self._asked(pixels_of, index), self.name(index))
        self._check_channels(index, image.shape[2])
        if image.dtype.itemsize > self.dtype.itemsize:  # to which a batch will bring it
            with np.errstate(over="ignore"):
                check_computed(image.astype(self.dtype), self.name(index))
        return image

    def image_shape(self, index: int) -> tuple[int, int, int]:
        """(n_rows, n_cols, n_channels) of one image, read from the header of a file."""
        shape = self._asked(shape_of, index)
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
        item = self.source[self.indices[0]]
        decoded = is_path(item) or is_picture(item)
        return np.dtype(np.float32) if decoded else float_dtype(np.asarray(item).dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_images,): a collection is one-dimensional, whatever it holds."""
        return (len(self),)

    def _asked(self, function: Callable[[ImageLike], T], index: int) -> T:
        """What a function says of one image; its errors name it."""
        with errors_named(self.name(index)):
            return function(self.source[self.indices[index]])

    def _check_channels(self, index: int, n_channels: int) -> None:
        if not self.mixed and n_channels != self.n_channels:
            raise ValueError(
                f"{self.name(index)} has {n_channels} channels{_called(n_channels)} but "
                f"{self.name(0)} has {self.n_channels}{_called(self.n_channels)}; all images of X "
                f"need the same number of channels: convert all to gray or RGB"
            )


def _called(n_channels: int) -> str:
    names = {1: "gray", 2: "gray and alpha", 3: "RGB", 4: "RGBA"}
    return f" ({names[n_channels]})" if n_channels in names else ""


def image_sequence(X: object) -> Sequence[ImageLike] | np.ndarray | None:
    """X as a sequence of images or paths; None where it is one numeric array or table.

    Lists and arrays stay as they are. A column of a data frame, of whatever library, becomes an
    array: its own indexing may go by labels.

    Raises
    ------
    ValueError
        If X is a single image or path.
    """
    if is_path(X) or is_picture(X):
        kind = "path" if is_path(X) else "PIL image"
        raise ValueError(f"X is one {kind}; wrap it in a list: [X]")
    if not isinstance(X, (list, tuple, np.ndarray)):
        if not hasattr(X, "__array__") or isinstance(X, Samples) or not _is_column(X):
            return None
        X = np.asarray(X)
    if isinstance(X, np.ndarray):
        if not _is_column(X) or X.dtype.kind not in "OUTS":
            return None
        X = X.reshape(-1)
    first = next((item for item in X if not is_missing(item)), None)
    return X if _is_image(first) else None


def _is_column(X: object) -> bool:
    """Whether an array or frame has one dimension, or one column."""
    shape: tuple[int, ...] = getattr(X, "shape", ())
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


def _is_image(item: object) -> bool:
    return is_path(item) or is_picture(item) or np.ndim(item) >= 2  # type: ignore[arg-type]


def is_missing(item: object) -> bool:
    """Whether an item is what data frames hold in place of a value that is not there."""
    not_a_number = isinstance(item, float) and item != item
    return item is None or not_a_number or type(item).__name__ == "NAType"


def collect_images(X: ImagesLike, *, mixed: bool = False) -> ImageCollection:
    """Images in a sequence; those in memory are checked at once, files when they are decoded."""
    images = ImageCollection(X, mixed=mixed)  # type: ignore[arg-type]
    if len(images) == 0:
        raise ValueError("there are no images")
    for index, item in enumerate(images.source):
        if is_path(item) or is_picture(item):
            continue
        name = images.name(index)
        pixels = np.asarray(item)
        if pixels.ndim == 0:
            raise ValueError(f"{name} is {item!r}, which is neither an image nor a path")
        check_image_shape(pixels.shape, name)
        check_finite(pixels, name)
        as_levels(pixels, name)
    if not is_path(images.source[0]):
        images.image_shapes  # noqa: B018  raises where the channel counts differ
    return images
