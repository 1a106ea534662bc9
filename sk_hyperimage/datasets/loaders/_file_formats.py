"""Files that reveal labels by how they were saved, as in CASIA-2."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length, column_or_1d

from sk_hyperimage.utils._sklearn import validate_params

# Difference between the formats of authentic and tampered images that is tolerated: the share of
# either that would need another format.
TOLERATED = 0.1
# Standard errors by which labels are told better than by the most frequent one.
CERTAIN = 2


class FileFormatWarning(UserWarning):
    """How its file was saved predicts the label of an image."""


class FileHeader(NamedTuple):
    """Format of an image file, its rows and columns, and how finely JPEG quantizes it.

    Of a file that cannot be read the format alone is known.
    """

    format: str
    size: tuple[int, int] | None
    tables: dict[int, list[int]] | None = None


@validate_params(
    {"images": ["array-like"], "target": ["array-like"]}, prefer_skip_nested_validation=True
)
def format_accuracy(images: Sequence[str | PathLike], target: ArrayLike) -> float:
    """Accuracy of predicting for each image the most frequent label among files of its format.

    A classifier reaches it without looking at any pixel, so a useful one should exceed it. Compare
    with the accuracy of always predicting the most frequent label.

    Parameters
    ----------
    images : sequence of str or path-like of shape (n_images,)
        Image files. Their format is read from their headers, or from the suffix if a file cannot
        be read or does not exist.
    target : array-like of shape (n_images,)
        Labels.

    Returns
    -------
    accuracy : float
        From the share of the most frequent label, if formats do not predict labels, to 1, if they
        predict all.

    See Also
    --------
    sk_hyperimage.preprocessing.JPEGReencoder : Encodes all images alike.

    Examples
    --------
    >>> from sk_hyperimage.datasets import format_accuracy
    >>> format_accuracy(["a.jpg", "b.jpg", "c.jpg", "d.tif"], [0, 0, 1, 1])
    0.75
    """
    target = column_or_1d(target)
    check_consistent_length(images, target)
    _, counts = _count([file_header(path).format for path in images], target)
    return float(counts.max(axis=1).sum() / counts.sum())


def warn_of_formats(formats: Sequence[str], target: ArrayLike) -> None:
    """Warn if authentic (0) and tampered (1) images come in different formats."""
    kinds, counts = _count(formats, target)
    shares = counts / counts.sum(axis=0)
    if np.abs(shares[:, 0] - shares[:, 1]).sum() / 2 > TOLERATED:
        listed = ", ".join(f"{kind} {a}:{t}" for kind, (a, t) in zip(kinds, counts, strict=True))
        accuracy = counts.max(axis=1).sum() / counts.sum()
        warnings.warn(
            f"file formats give tampered images away (authentic to tampered: {listed}): alone "
            f"they predict the label of {accuracy:.1%} of all images; encode all alike, with "
            f"sk_hyperimage.preprocessing.JPEGReencoder for example",
            FileFormatWarning,
            stacklevel=5,  # the caller of a loader, whose parameters are validated by a wrapper
        )


def file_header(path: str | bytes | PathLike) -> FileHeader:
    """What the header of an image file says; its suffix, if it cannot be read."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            tables = getattr(image, "quantization", None)
            return FileHeader(str(image.format), (image.height, image.width), tables)
    except OSError:
        suffix = Path(os.fsdecode(path)).suffix.lower()
        return FileHeader(Image.registered_extensions().get(suffix, suffix), None)


def warn_if_files_tell(images: Sequence[str | bytes | PathLike], target: ArrayLike) -> None:
    """Warn if labels can be told from the format of files and the quantization of JPEG.

    A file is given the most frequent label among the other files that were saved like it.
    """
    headers = [file_header(path) for path in images]
    _, counts = _count([f"{header.format} {header.tables}" for header in headers], target)
    labels = np.arange(counts.shape[1])
    others = counts[:, np.newaxis] - np.eye(len(labels), dtype=int)
    is_told = (others.argmax(axis=2) == labels) & others.any(axis=2)
    n_images = counts.sum()
    told = counts[is_told].sum() / n_images
    most_frequent = counts.sum(axis=0).max() / n_images
    chance = np.sqrt(most_frequent * (1 - most_frequent) / n_images)
    if told - most_frequent > max(TOLERATED, CERTAIN * chance):
        warnings.warn(
            f"how files were saved gives their labels away: formats and JPEG tables alone tell "
            f"{told:.1%} of the labels ({most_frequent:.1%} have the most frequent one); a model "
            f"may learn them in place of what images show. Encode all alike, with "
            f"sk_hyperimage.preprocessing.JPEGReencoder as first step, or take images that were "
            f"saved alike",
            FileFormatWarning,
            stacklevel=7,  # the caller of `fit`, which two wrappers prepare
        )


def _count(formats: Sequence[str], target: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Formats, and the number of files with each label, (n_formats, n_labels)."""
    kinds, rows = np.unique(formats, return_inverse=True)
    labels, cols = np.unique(target, return_inverse=True)
    counts = np.zeros((len(kinds), len(labels)), dtype=int)
    np.add.at(counts, (rows, cols), 1)
    return kinds, counts
