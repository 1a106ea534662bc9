"""The pair of images that every full-reference score takes, and the range of their values."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_array

from sk_hyperimage._typing import Floats


def check_pair(
    reference: ArrayLike, image: ArrayLike, data_range: float | None
) -> tuple[Floats, Floats, float]:
    """A reference and an image of one shape as channel-last floats, and the range of their values.

    Values stay as they are, and float32 stays float32.

    Raises
    ------
    ValueError
        If the images differ in shape, are not two- or three-dimensional, or contain NaN or
        infinity; or if `data_range` is None and they are neither unsigned integers nor floats.
    """
    first, second = np.asarray(reference), np.asarray(image)
    if data_range is None:
        if first.dtype != second.dtype or first.dtype.kind not in "ufb":
            raise ValueError(
                f"data_range must be given for a reference of type {first.dtype} and an image of "
                f"type {second.dtype}"
            )
        data_range = np.iinfo(first.dtype).max if first.dtype.kind == "u" else 1
    first, second = (
        check_array(values, dtype=(np.float64, np.float32), allow_nd=True, input_name=name)
        for values, name in ((first, "reference"), (second, "image"))
    )
    if first.shape != second.shape or first.ndim > 3:
        raise ValueError(
            f"reference of shape {first.shape} and image of shape {second.shape} must be of one "
            f"shape, (n_rows, n_cols) or (n_rows, n_cols, n_channels)"
        )
    if first.ndim == 2:
        first, second = first[..., np.newaxis], second[..., np.newaxis]
    return first, second, float(data_range)
