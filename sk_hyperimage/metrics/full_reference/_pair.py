"""The pair of images that every full-reference score takes, and the range of their values."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_array

from sk_hyperimage._typing import Floats
from sk_hyperimage.images._floats import check_computed


def check_pair(
    reference: ArrayLike, image: ArrayLike, data_range: float | None
) -> tuple[Floats, Floats, float]:
    """A reference and an image of one shape as channel-last floats, and the range of their values.

    Values stay as they are, and float32 stays float32.

    Raises
    ------
    ValueError
        If the images differ in shape, are not two- or three-dimensional, or contain NaN, infinity
        or values whose fourth power overflows; if `data_range` is None and they are neither
        unsigned integers nor floats; or if `data_range` is not positive.
    """
    first, second = np.asarray(reference), np.asarray(image)
    if data_range is None:
        if first.dtype != second.dtype or first.dtype.kind not in "ufb":
            raise ValueError(
                f"data_range must be given for a reference of type {first.dtype} and an image of "
                f"type {second.dtype}"
            )
        data_range = np.iinfo(first.dtype).max if first.dtype.kind == "u" else 1
    if not 0 < data_range < np.inf:
        raise ValueError(f"data_range must be positive, got {data_range!r}")
    first, second = (
        check_array(values, dtype=(np.float64, np.float32), allow_nd=True, input_name=name)
        for values, name in ((first, "reference"), (second, "image"))
    )
    if first.shape != second.shape or first.ndim > 3:
        raise ValueError(
            f"reference of shape {first.shape} and image of shape {second.shape} must be of one "
            f"shape, (n_rows, n_cols) or (n_rows, n_cols, n_channels)"
        )
    for values, name in ((first, "reference"), (second, "image")):
        with np.errstate(over="ignore"):
            largest = 4 * max(1, 255 / data_range) * np.abs(values).max()
            check_computed(largest**4, name)
    if first.ndim == 2:
        first, second = first[..., np.newaxis], second[..., np.newaxis]
    return first, second, float(data_range)


def levels_of_pair(
    reference: ArrayLike,
    image: ArrayLike,
    data_range: float | None,
    n_channels: tuple[int, ...] | None = None,
    min_side: int = 1,
) -> tuple[Floats, Floats]:
    """A reference and an image in [0, 255], float64, for scores with constants of that range.

    Parameters
    ----------
    reference, image, data_range
        As in `check_pair`.
    n_channels : tuple of int, default=None
        Numbers of channels that the score takes; None for any.
    min_side : int, default=1
        Fewest rows and columns that the score takes.

    Raises
    ------
    ValueError
        As by `check_pair`, and if the channels or the size are not what the score takes.
    """
    *pair, data_range = check_pair(reference, image, data_range)
    n_given = pair[0].shape[2]
    if n_channels is not None and n_given not in n_channels:
        raise ValueError(
            f"reference and image have {n_given} channels, not {' or '.join(map(str, n_channels))}"
        )
    check_min_side(pair[0], min_side)
    reference, image = (pixels.astype(np.float64) * (255 / data_range) for pixels in pair)
    return reference, image


def check_min_side(pixels: Floats, min_side: int) -> None:
    """Raise ValueError if an image has fewer rows or columns than `min_side`."""
    n_rows, n_cols = pixels.shape[:2]
    if min(n_rows, n_cols) < min_side:
        raise ValueError(
            f"reference and image of {n_rows} x {n_cols} pixels are too small for this score, "
            f"which takes {min_side} x {min_side} pixels or more"
        )
