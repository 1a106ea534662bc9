"""One image: reading it from a file, and bringing it to channel-last floating point."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import BinaryIO

import numpy as np

# What images of these integer types span; they are scaled to [0, 1] when they are read.
INTEGER_RANGES = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535, np.dtype(bool): 1}


def is_path(item: object) -> bool:
    """Whether `item` names a file rather than being an image."""
    return isinstance(item, (str, PathLike))


def read_image(path: str | PathLike) -> np.ndarray:
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


def image_file_shape(path: str | PathLike) -> tuple[int, ...]:
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


def _is_tiff(path: str | PathLike) -> bool:
    """Whether tifffile reads a file: Pillow has only eight bits for a colour TIFF."""
    return os.fspath(path).lower().endswith((".tif", ".tiff"))


@contextmanager
def _image_file(path: str | PathLike) -> Iterator[BinaryIO]:
    """Open a file whose decoding may fail in as many ways as there are decoders."""
    path = os.fspath(path)
    with open(path, "rb") as file:
        try:
            yield file
        except Exception as error:
            raise ValueError(f"the file {path!r} cannot be read as an image: {error}") from error


def float_dtype(dtype: np.dtype) -> np.dtype:
    """Floating-point type in which an image of type `dtype` is computed."""
    if dtype in INTEGER_RANGES or dtype == np.float16:
        return np.dtype(np.float32)
    return dtype if dtype in (np.float32, np.float64) else np.dtype(np.float64)


def as_floats(values: np.ndarray) -> np.ndarray:
    """Pixel values as floats, unsigned integers and booleans scaled to [0, 1]."""
    values = np.asarray(values)
    full_range = INTEGER_RANGES.get(values.dtype)
    floats = values.astype(float_dtype(values.dtype), copy=False)
    return floats if full_range in (None, 1) else floats / floats.dtype.type(full_range)


def as_float_image(image: np.ndarray, name: str = "image") -> np.ndarray:
    """Bring one image to channel-last floating point and check it.

    Parameters
    ----------
    image : array-like of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels)
        uint8, uint16 and bool images are scaled to [0, 1]; float images keep their values.
    name : str, default="image"
        What the image is called in error messages.

    Returns
    -------
    image : ndarray of shape (n_rows, n_cols, n_channels)
        float64 for float64 input, else float32 (float64 for other integer types).

    Raises
    ------
    TypeError
        If the values are not real numbers.
    ValueError
        If the rank is wrong, the image is empty, or it contains NaN or infinity.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.utils import as_float_image
    >>> as_float_image(np.full((2, 3), 255, dtype=np.uint8)).shape
    (2, 3, 1)
    """
    image = np.asarray(image)
    check_image_shape(image.shape, name)
    if image.dtype.kind not in "buif":
        raise TypeError(f"{name} holds values of type {image.dtype}, not real numbers")
    check_finite(image, name)
    return as_floats(image if image.ndim == 3 else image[..., np.newaxis])


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


def check_image_shape(shape: tuple[int, ...], name: str) -> None:
    """Raise ValueError unless `shape` is that of a non-empty gray or channel-last image."""
    if len(shape) not in (2, 3):
        raise ValueError(
            f"{name} has shape {shape}; an image is (n_rows, n_cols) or "
            f"(n_rows, n_cols, n_channels)"
        )
    if 0 in shape:
        raise ValueError(f"{name} is empty: its shape is {shape}")


def check_computed(values: np.ndarray, name: str) -> None:
    """Raise ValueError when what was computed from finite values has overflowed."""
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds values so large that what is computed of them overflows")


def check_finite(values: np.ndarray, name: str) -> None:
    """Raise ValueError when `values` contains NaN or infinity."""
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        what = "NaN" if np.isnan(values).any() else "infinity"
        raise ValueError(f"{name} contains {what}; remove or mend it before fitting or predicting")
