"""Pixel values as floats, and the checks of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Floats
from sk_hyperimage.images._decoding import array_of

# What images of these integer types span; they are scaled to [0, 1] when they are read.
INTEGER_RANGES = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535, np.dtype(bool): 1}


def float_dtype(dtype: np.dtype) -> np.dtype:
    """Floating-point type in which an image of type `dtype` is computed."""
    if dtype.kind in "bui" or dtype.itemsize < 4:
        return np.dtype(np.float32)
    native = dtype.newbyteorder("=")
    return native if native in (np.float32, np.float64) else np.dtype(np.float64)


def as_floats(values: ArrayLike) -> Floats:
    """Pixel values as floats, 8-bit and 16-bit integers and booleans scaled to [0, 1]."""
    values = np.asarray(values)
    full_range = INTEGER_RANGES.get(values.dtype.newbyteorder("="))
    dtype = float_dtype(values.dtype)
    if full_range in (None, 1):
        return values.astype(dtype, copy=False)
    return np.divide(values, full_range, dtype=dtype)  # without an array of undivided floats


def tells_no_range(dtype: np.dtype) -> bool:
    """Whether integers of a type leave open what white is: the signed, and those of 32 bits up."""
    return dtype.kind in "iu" and dtype.newbyteorder("=") not in INTEGER_RANGES


def as_levels(values: np.ndarray, name: str) -> np.ndarray:
    """Pixel values, integers whose type tells no range being taken as gray levels of 8 bits.

    A range cannot be guessed from the values of one image, because a dark one of 16 bits would
    come out as a bright one of 8.
    """
    if not tells_no_range(values.dtype):
        return values
    if values.min() < 0 or values.max() > 255:
        raise ValueError(
            f"{name} holds {values.dtype} values from {values.min()} to {values.max()}; integers "
            f"of this type are taken as gray levels from 0 to 255: convert others to uint8, "
            f"uint16 or floats in [0, 1]"
        )
    return values.astype(np.uint8)


def as_float_image(image: ArrayLike, name: str = "image") -> Floats:
    """Bring one image to channel-last floating point and check it.

    Parameters
    ----------
    image : array-like of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels), or PIL image
        Integers are scaled to [0, 1]: uint16 by 65535; uint8 by 255, and so are integers of
        other types and nested lists, which must lie from 0 to 255. Floats keep their values.
    name : str, default="image"
        What the image is called in error messages.

    Returns
    -------
    image : ndarray of shape (n_rows, n_cols, n_channels)
        float64 for floats of 64 bits and more, else float32.

    Raises
    ------
    TypeError
        If the values are not real numbers.
    ValueError
        If the rank is wrong, the image is empty, it contains NaN or infinity, or integers of
        other types than uint8 and uint16 do not lie from 0 to 255.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.images import as_float_image
    >>> as_float_image(np.full((2, 3), 255, dtype=np.uint8)).shape
    (2, 3, 1)
    """
    image = array_of(image)
    check_image_shape(image.shape, name)
    if image.dtype.kind not in "buif":
        raise TypeError(f"{name} holds values of type {image.dtype}, not real numbers")
    check_finite(image, name)
    image = as_levels(image, name)
    return as_floats(image if image.ndim == 3 else image[..., np.newaxis])


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
        raise ValueError(f"{name} holds values so large that results overflow")


def check_finite(values: np.ndarray, name: str) -> None:
    """Raise ValueError when `values` contains NaN or infinity."""
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        what = "NaN" if np.isnan(values).any() else "infinity"
        raise ValueError(
            f"{name} contains {what}; remove or replace it before fitting or predicting"
        )
