"""Pairs of an image and its reference: images of twice the channels."""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Floats, ImagesLike, Ints
from sk_hyperimage.images._collection import collect_images
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.images._samples import Images, Samples


def pair_images(images: ImagesLike, references: ImagesLike, *, aligned: bool = True) -> Samples:
    """Pair every image with its reference, as an image of twice the channels.

    Parameters
    ----------
    images, references : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence \
of images or file paths
        Images of a pair have the same size, unless `aligned` is False.
    aligned : bool, default=True
        Whether a reference shows what its image shows, pixel by pixel. False, for a photograph of
        a similar scene: a larger reference is cut around its center to the size of its image, a
        smaller one is mirrored at its border; nothing is scaled.

    Returns
    -------
    pairs : Samples of shape (n_images, n_rows, n_cols, 2 * n_channels)
        The channels of the image, then those of its reference, decoded on demand. Every step that
        takes images takes pairs, and `n_features_in_` makes a model refuse single images.

    Raises
    ------
    ValueError
        If there are not as many references as images, or their numbers of channels differ. When a
        pair is made, if its images differ in size; the message names both.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.images import pair_images
    >>> pairs = pair_images(np.zeros((2, 8, 8, 3)), np.ones((2, 8, 8, 3)))
    >>> PatchExtractor(patch_size=4, overlap=0).fit_transform(pairs).shape
    (2, 2, 2, 4, 4, 6)
    """
    first, second = _collected(images, "images"), _collected(references, "references")
    if len(first) != len(second):
        raise ValueError(f"there are {len(first)} images but {len(second)} references")
    if first.n_channels != second.n_channels:
        raise ValueError(
            f"images have {first.n_channels} channels but references have {second.n_channels}"
        )
    return ImagePairs(first, second, aligned)


def _collected(X: ImagesLike | Samples, parameter: str) -> Samples:
    if isinstance(X, Samples):
        return X
    with errors_named(parameter):
        return collect_images(X)


class ImagePairs(Images):
    """Pairs made on demand.

    Parameters
    ----------
    images, references : Samples of images of shape (n_rows, n_cols, n_channels)
    aligned : bool
        Whether to refuse pairs of different sizes.
    """

    def __init__(self, images: Samples, references: Samples, aligned: bool = True):
        self.images = images
        self.references = references
        self.aligned = aligned
        self.dtype = np.result_type(images.dtype, references.dtype)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def n_channels(self) -> int:
        """Channels of a pair."""
        return 2 * self.images.n_channels

    def image_shape(self, index: int) -> tuple[int, int, int]:
        """(n_rows, n_cols, 2 * n_channels) of one pair, without decoding it."""
        return (*self.images.image_shape(index)[:2], self.n_channels)

    def item(self, index: int) -> Floats:
        """One pair."""
        image, reference = self.images.item(index), self.references.item(index)
        if not self.aligned:
            reference = around_center(reference, image.shape)
        if image.shape != reference.shape:
            raise ValueError(
                f"the image {self.images.name(index)} has shape {image.shape} but its reference "
                f"{self.references.name(index)} has shape {reference.shape}; for one that shows "
                f"a similar scene give aligned=False"
            )
        return np.concatenate([image, reference], axis=2).astype(self.dtype, copy=False)

    def subset(self, indices: Ints) -> ImagePairs:
        """The pairs at `indices`, still to be made."""
        images, references = self.images.subset(indices), self.references.subset(indices)
        return ImagePairs(images, references, self.aligned)

    def name(self, index: int) -> str:
        """Name of the pair at `index` in error messages."""
        return self.images.name(index)

    def content(self) -> tuple[object, ...]:
        """Images and references."""
        return self.images, self.references, self.aligned


def around_center(image: Floats, shape: tuple[int, ...]) -> Floats:
    """An image cut around its center, or mirrored at its border, to the first two of `shape`."""
    for axis, side in enumerate(shape[:2]):
        surplus = image.shape[axis] - side
        if surplus >= 0:
            image = np.take(image, np.arange(side) + surplus // 2, axis)
        else:
            missing = [(0, 0)] * image.ndim
            before = -surplus // 2
            missing[axis] = (before, -surplus - before)
            image = np.pad(image, missing, "symmetric")
    return image
