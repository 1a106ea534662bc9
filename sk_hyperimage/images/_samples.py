"""Sequences of samples made when they are asked for, in a form that scikit-learn can slice.

scikit-learn's indexing turns a container without `shape` into a list, which would decode every
image; and it asks for rows as `X[(key, Ellipsis)]`. `Samples` answers both once for all.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from sk_hyperimage._typing import Floats, Ints
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.images._floats import as_floats, as_levels, float_dtype, tells_no_range

ImageFunction = Callable[[Floats], Floats]


class Samples(abc.ABC):
    """Base of sequences that yield samples of floats on demand.

    A subclass says how many samples there are (`__len__`), what one looks like (`sample_shape`,
    None where samples differ in shape; `dtype`), how to make one (`item`) or several (`take`), how
    to select some without making them (`subset`), and what tells its content from that of others
    (`content`). `in_memory` says whether nothing has to be decoded or computed for them. Where
    samples are patches, `sources` says which image each comes from.
    """

    sample_shape: tuple[int, ...] | None
    dtype: np.dtype
    in_memory: bool = False
    sources: Ints | None = None

    @abc.abstractmethod
    def __len__(self) -> int: ...

    @abc.abstractmethod
    def subset(self, indices: Ints) -> Samples:
        """The samples at `indices`, still lazy."""

    @abc.abstractmethod
    def content(self) -> tuple[object, ...]:
        """The parts that the samples are made of."""

    def item(self, index: int) -> Floats:
        """One sample."""
        return self.take(np.array([index]))[0]

    def take(self, indices: Ints) -> Floats:
        """Samples as one array, (n_indices, ...)."""
        if self.sample_shape is None:
            raise ValueError(
                "the images of X differ in size and cannot form one array; cut them with a "
                "PatchExtractor or resize them first"
            )
        taken = np.empty((len(indices), *self.sample_shape), dtype=self.dtype)
        for place, index in zip(taken, indices, strict=True):
            place[...] = self.item(int(index))
        return taken

    def map(
        self,
        function: ImageFunction,
        shape: tuple[int, int] | None = None,
        n_channels: int | None = None,
    ) -> Samples:
        """These images, each handed to a function when it is asked for.

        Parameters
        ----------
        function : callable
            Takes and gives a channel-last float image; its ValueErrors need not name the image.
        shape : tuple of int, default=None
            Rows and columns of what it gives. None: those of what it takes.
        n_channels : int, default=None
            Channels of what it gives. None: those of what it takes.
        """
        return MappedImages(self, function, shape, n_channels)

    def name(self, index: int) -> str:
        """Name of the sample at `index` in error messages."""
        return f"X[{index}]"

    def epoch_order(self, rows: Ints, rng: np.random.Generator) -> Ints:
        """Random order in which one epoch of training visits the samples at `rows`."""
        return rng.permutation(rows)

    @property
    def sample_ndim(self) -> int:
        """Axes of one sample."""
        return len(self.sample_shape)  # type: ignore[arg-type]

    @property
    def n_channels(self) -> int:
        """Length of the last axis, which all samples share."""
        return self.sample_shape[-1]  # type: ignore[index]

    def image_shape(self, index: int) -> tuple[int, int, int]:
        """(n_rows, n_cols, n_channels) of one image, without decoding it."""
        return self.sample_shape  # type: ignore[return-value]

    @cached_property
    def image_shapes(self) -> Ints:
        """Shapes of all images, (n_images, 3)."""
        return np.array([self.image_shape(index) for index in range(len(self))])

    @property
    def shape(self) -> tuple[int, ...]:
        """``(n_samples, *sample_shape)``, or ``(n_samples,)`` where samples differ in shape."""
        return (len(self), *(self.sample_shape or ()))

    @property
    def ndim(self) -> int:
        """Length of `shape`."""
        return len(self.shape)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple):  # scikit-learn asks for X[(rows, Ellipsis)]
            key, *rest = key
            if rest not in ([], [Ellipsis]):
                raise IndexError("only the samples can be indexed; take a sample first")
        indices = np.arange(len(self))[key]
        return self.item(int(indices)) if np.ndim(indices) == 0 else self.subset(indices)

    def __iter__(self) -> Iterator[Floats]:
        return (self.item(index) for index in range(len(self)))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("samples that are made on demand cannot be given without a copy")
        if self.sample_shape is None:
            array = np.empty(len(self), dtype=object)
            array[:] = list(self)
        else:
            array = self.take(np.arange(len(self)))
        return array if dtype is None else array.astype(dtype)

    def __repr__(self) -> str:
        sample = "of different shapes" if self.sample_shape is None else f"of {self.sample_shape}"
        return f"<{type(self).__name__}: {len(self)} samples {sample}, {self.dtype}>"


class ArraySamples(Samples):
    """Samples in one array in memory, scaled to floats batch by batch.

    Parameters
    ----------
    array : ndarray of shape (n_samples, ...)
        Never written to. Integers of other types than uint8 and uint16 must lie from 0 to 255.
    sources : ndarray of int of shape (n_samples,), default=None
        Which image each sample is a patch of.
    """

    in_memory = True

    def __init__(self, array: np.ndarray, sources: Ints | None = None):
        if tells_no_range(array.dtype):
            if array.size and not 0 <= array.min() <= array.max() <= 255:
                for index, sample in enumerate(array):
                    as_levels(sample, self.name(index))  # raises at the first that is at fault
            array = array.astype(np.uint8)
        self.array = array
        self.sources = sources
        self.sample_shape = array.shape[1:]
        self.dtype = float_dtype(array.dtype)

    def __len__(self) -> int:
        return len(self.array)

    def take(self, indices: Ints) -> Floats:
        """Samples as one array, (n_indices, ...)."""
        return as_floats(self.array[indices])

    def item(self, index: int) -> Floats:
        """One sample; of floats a view."""
        return as_floats(self.array[index])

    def subset(self, indices: Ints) -> ArraySamples:
        """The samples at `indices` (a copy of these rows)."""
        sources = None if self.sources is None else self.sources[indices]
        return ArraySamples(self.array[indices], sources)

    def content(self) -> tuple[object, ...]:
        """The array."""
        return (self.array,)


class Images(Samples):
    """Images that may differ in size: `image_shape` says that of each."""

    sample_ndim = 3

    @abc.abstractmethod
    def image_shape(self, index: int) -> tuple[int, int, int]:
        """(n_rows, n_cols, n_channels) of one image, without decoding it."""

    @cached_property
    def sample_shape(self) -> tuple[int, ...] | None:  # type: ignore[override]
        """Shape common to all images, or None."""
        shapes = self.image_shapes
        return tuple(shapes[0].tolist()) if (shapes == shapes[0]).all() else None


class MappedImages(Images):
    """Images that a function makes of others, each when it is asked for.

    Parameters
    ----------
    images : Samples of images of shape (n_rows, n_cols, n_channels)
    function : callable
        Takes and gives a channel-last float image.
    rows_and_cols : tuple of int or None
        Those of all new images; None where they are those of the given ones.
    new_channels : int or None
        Channels of all new images; None where they are those of the given ones.
    """

    def __init__(
        self,
        images: Samples,
        function: ImageFunction,
        rows_and_cols: tuple[int, int] | None,
        new_channels: int | None,
    ):
        self.images = images
        self.function = function
        self.rows_and_cols = rows_and_cols
        self.new_channels = new_channels
        self.dtype = images.dtype

    def __len__(self) -> int:
        return len(self.images)

    @property
    def n_channels(self) -> int:
        """Channels of all images."""
        return self.new_channels or self.images.n_channels

    def image_shape(self, index: int) -> tuple[int, int, int]:
        """(n_rows, n_cols, n_channels) of one image, without making it."""
        return (*(self.rows_and_cols or self.images.image_shape(index)[:2]), self.n_channels)

    @cached_property
    def image_shapes(self) -> Ints:
        """Shapes of all images, (n_images, 3)."""
        if self.rows_and_cols:
            return super().image_shapes
        shapes = self.images.image_shapes.copy()
        shapes[:, 2] = self.n_channels
        return shapes

    def item(self, index: int) -> Floats:
        """One image."""
        image = self.images.item(index)
        with errors_named(self.name(index)):
            return self.function(image)

    def subset(self, indices: Ints) -> MappedImages:
        """The images at `indices`, still to be made."""
        images = self.images.subset(indices)
        return MappedImages(images, self.function, self.rows_and_cols, self.new_channels)

    def name(self, index: int) -> str:
        """Name of the image at `index` in error messages."""
        return self.images.name(index)

    def content(self) -> tuple[object, ...]:
        """The images and the function."""
        return self.images, self.function, self.rows_and_cols, self.new_channels
