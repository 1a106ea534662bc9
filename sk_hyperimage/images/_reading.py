"""One image or mask, from a file in any format or as it was given."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from sk_hyperimage._typing import Bools, ImageLike
from sk_hyperimage.images._floats import Floats, as_float_image

if TYPE_CHECKING:
    from typing import TypeGuard


def is_path(item: object) -> TypeGuard[str | PathLike[str]]:
    """Whether `item` names a file rather than being an image."""
    return isinstance(item, (str, PathLike))


def read_image(path: str | PathLike[str]) -> np.ndarray:
    """Decode the image in a file.

    Parameters
    ----------
    path : str or path-like
        A file in any format that scikit-image reads.

    Returns
    -------
    image : ndarray of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels)
        In the file's own data type.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is truncated or is not an image, or if its header claims more pixels than twice
        ``PIL.Image.MAX_IMAGE_PIXELS``, which can be set; the message names the file.
    """
    from skimage.io import imread

    image_file_shape(path)  # refuses absurd sizes before memory is spent on them
    with _image_file(path) as file:
        if _is_tiff(path):
            from tifffile import TiffFile

            with TiffFile(file) as tiff:
                return tiff.asarray()
        # Of a file given by name, imageio leaves a damaged one open.
        return np.asarray(imread(file))


def image_file_shape(path: str | PathLike[str]) -> tuple[int, ...]:
    """Shape of the image in a file, from its header where the format allows."""
    with _image_file(path) as file:
        if _is_tiff(path):
            from tifffile import TiffFile

            with TiffFile(file) as tiff:
                shape = tiff.series[0].shape
        else:
            from imageio.v3 import improps

            shape = tuple(int(size) for size in improps(file).shape)
        check_size(shape, "its header claims an image")
    return shape


def _is_tiff(path: str | PathLike[str]) -> bool:
    """Whether tifffile reads a file: Pillow has only eight bits for a color TIFF."""
    return os.fspath(path).lower().endswith((".tif", ".tiff"))


@contextmanager
def _image_file(path: str | PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file whose decoding may fail in as many ways as there are decoders."""
    path = os.fspath(path)
    with open(path, "rb") as file:
        try:
            yield file
        except Exception as error:
            raise ValueError(f"the file {path!r} cannot be read as an image: {error}") from error


def load_image(image: ImageLike, name: str = "image") -> Floats:
    """An image, or the one in a file, as channel-last floats; errors name it."""
    if is_path(image):
        return as_float_image(read_image(image), repr(os.fspath(image)))
    return as_float_image(image, name)


def load_mask(mask: ImageLike, name: str = "mask") -> Bools:
    """The region in which a mask, or the picture of one in a file, is not zero.

    Parameters
    ----------
    mask : array-like of shape (n_rows, n_cols[, n_channels]) or path
        Of a color picture any channel counts, opacity excepted.
    name : str, default="mask"
        What error messages call the mask.

    Returns
    -------
    region : ndarray of bool of shape (n_rows, n_cols)
    """
    region = np.asarray(read_image(mask) if is_path(mask) else mask) != 0
    if region.ndim == 3:
        region = region[..., : 3 if region.shape[2] > 2 else 1].any(axis=2)
    if region.ndim != 2:
        raise ValueError(f"{name} has shape {region.shape}; a mask is (n_rows, n_cols)")
    return region


def check_size(shape: tuple[int, ...], name: str) -> None:
    """Raise ValueError where an image would hold more pixels of four channels than Pillow reads.

    Pillow, which knows such files as decompression bombs, reads twice as many pixels as its
    setting says. Other libraries read and make whatever they are asked for.
    """
    from PIL import Image

    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and math.prod(shape) > 4 * 2 * limit:
        raise ValueError(
            f"{name} of shape {shape}, more than {2 * limit} pixels of four channels; if that is "
            f"meant, set PIL.Image.MAX_IMAGE_PIXELS to more than {limit}"
        )
