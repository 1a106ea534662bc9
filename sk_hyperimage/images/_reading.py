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
from sk_hyperimage.images._decoding import (
    array_of,
    array_shape,
    is_tiff,
    picture_pixels,
    picture_shape,
    tiff_pixels,
    tiff_shape,
)
from sk_hyperimage.images._floats import Floats, as_float_image

if TYPE_CHECKING:
    from typing import TypeGuard


def is_path(item: object) -> TypeGuard[str | bytes | PathLike[str]]:
    """Whether `item` names a file rather than being an image."""
    return isinstance(item, (str, bytes, PathLike))


def read_image(path: str | bytes | PathLike[str]) -> np.ndarray:
    """Decode the image in a file.

    Parameters
    ----------
    path : str, bytes or path-like
        A file in any format that Pillow reads, or a TIFF of any depth.

    Returns
    -------
    image : ndarray of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels)
        Gray, gray and alpha, RGB or RGBA, upright, in the file's own data type. Palettes, CMYK
        and YCbCr are converted to RGB, and black is 0.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is truncated or is not an image, if it holds several pages or frames or what
        is neither gray nor color, or if its header claims more pixels than twice
        ``PIL.Image.MAX_IMAGE_PIXELS``, which can be set; the message names the file.
    """
    with _image_file(path) as file:
        if is_tiff(file):
            check_size(tiff_shape(file), CLAIM)  # before memory is spent
            return tiff_pixels(file)
        from PIL import Image

        with Image.open(file) as picture:
            check_size(picture_shape(picture), CLAIM)
            return picture_pixels(picture)


def image_file_shape(path: str | bytes | PathLike[str]) -> tuple[int, ...]:
    """Shape of the image in a file, from its header."""
    with _image_file(path) as file:
        if is_tiff(file):
            shape = tiff_shape(file)
        else:
            from PIL import Image

            with Image.open(file) as picture:
                shape = picture_shape(picture)
        check_size(shape, CLAIM)
    return shape


CLAIM = "its header claims an image"


@contextmanager
def _image_file(path: str | bytes | PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file whose decoding may fail in as many ways as there are decoders."""
    path = str(os.fsdecode(path))  # of numpy, a string prints its type
    with open(path, "rb") as file:
        try:
            yield file
        except Exception as error:
            raise ValueError(f"the file {path!r} cannot be read as an image: {error}") from error


def pixels_of(item: ImageLike) -> np.ndarray:
    """Pixels of an image in memory or in a file."""
    return read_image(item) if is_path(item) else array_of(item)  # type: ignore[arg-type]


def shape_of(item: ImageLike) -> tuple[int, ...]:
    """Shape of the pixels of an image in memory, or in a file by its header."""
    if is_path(item):
        return image_file_shape(item)
    return array_shape(item)  # type: ignore[arg-type]


def load_image(image: ImageLike, name: str = "image") -> Floats:
    """An image, or the one in a file, as channel-last floats; errors name it."""
    return as_float_image(
        pixels_of(image), repr(str(os.fsdecode(image))) if is_path(image) else name
    )


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
    region = pixels_of(mask) != 0
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
