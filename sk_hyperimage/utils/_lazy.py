"""Sequences of samples made when they are asked for, in a form that scikit-learn can slice.

scikit-learn's indexing turns a container without `shape` into a list, which would decode every
image; and it asks for rows as `X[(key, Ellipsis)]`. `LazySamples` answers both once for all.
"""

from __future__ import annotations

import abc
from typing import Any

import numpy as np

from sk_hyperimage.utils._images import as_floats, float_dtype


class LazySamples(abc.ABC):
    """Base of sequences that yield samples of floats on demand.

    A subclass says how many samples there are (`__len__`), what one looks like
    (`sample_shape`, None where samples differ in shape; `dtype`), how to make some of them
    (`take`) and how to select some without making them (`subset`). Where samples are patches,
    `patches_per_image` says how many consecutive ones come from one image. `in_memory` says
    whether nothing has to be decoded or computed for them.
    """

    sample_shape: tuple[int, ...] | None
    dtype: np.dtype
    patches_per_image: int = 1
    in_memory: bool = False

    @abc.abstractmethod
    def __len__(self) -> int: ...

    @abc.abstractmethod
    def take(self, indices: np.ndarray) -> np.ndarray:
        """Samples as one array, (n_indices, ...)."""

    @abc.abstractmethod
    def subset(self, indices: np.ndarray) -> LazySamples:
        """The samples at `indices`, still lazy."""

    def item(self, index: int) -> np.ndarray:
        """One sample."""
        return self.take(np.array([index]))[0]

    def name(self, index: int) -> str:
        """What error messages call the sample at `index`."""
        return f"X[{index}]"

    def epoch_order(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Random order in which one epoch of training visits the samples at `rows`."""
        return rng.permutation(rows)

    def on_device(self, device: str) -> Any:
        """An object whose `take` gives tensors on a device, where samples are best made there.

        None, as here, where they are best made by the processor and sent.
        """
        return None

    @property
    def shape(self) -> tuple[int, ...]:
        """``(n_samples, *sample_shape)``, or ``(n_samples,)`` where samples differ in shape."""
        return (len(self), *(self.sample_shape or ()))

    @property
    def ndim(self) -> int:
        """Length of `shape`."""
        return len(self.shape)

    def __getitem__(self, key):
        if isinstance(key, tuple):  # scikit-learn asks for X[(rows, Ellipsis)]
            key, *rest = key
            if rest not in ([], [Ellipsis]):
                raise IndexError("only the samples can be indexed; take a sample first")
        indices = np.arange(len(self))[key]
        return self.item(int(indices)) if np.ndim(indices) == 0 else self.subset(indices)

    def __iter__(self):
        return (self.item(index) for index in range(len(self)))

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
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


class ArraySamples(LazySamples):
    """Samples in one array in memory, scaled to floats batch by batch.

    Parameters
    ----------
    array : ndarray of shape (n_samples, ...)
        Never written to.
    """

    in_memory = True

    def __init__(self, array: np.ndarray):
        self.array = array
        self.sample_shape = array.shape[1:]
        self.dtype = float_dtype(array.dtype)

    def __len__(self) -> int:
        return len(self.array)

    def take(self, indices: np.ndarray) -> np.ndarray:
        """Samples as one array, (n_indices, ...)."""
        return as_floats(self.array[indices])

    def item(self, index: int) -> np.ndarray:
        """One sample; of floats a view."""
        return as_floats(self.array[index])

    def subset(self, indices: np.ndarray) -> ArraySamples:
        """The samples at `indices` (a copy of these rows)."""
        return ArraySamples(self.array[indices])
