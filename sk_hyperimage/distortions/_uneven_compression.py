"""JPEG files of one quality inside of regions and of another outside of them."""

from __future__ import annotations

import io
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Bools
from sk_hyperimage.distortions._compression import compressed

# Rows and columns that JPEG compresses together, where colors are halved in rows and columns.
UNIT = 16


def compress_unevenly(
    image: np.ndarray, boxes: ArrayLike, *, quality: int = 90, elsewhere: int = 30
) -> bytes:
    """Compress an image by JPEG, less inside of boxes than elsewhere.

    This is the dynamic compression that detection is for in the paper of Ahn, Kang and Sohn: an
    image is compressed strongly, and less where the compression is found to be seen.

    Parameters
    ----------
    image : ndarray of shape (n_rows, n_cols, 3), uint8
        The image before it was compressed.
    boxes : array-like of shape (n_boxes, 4 or more)
        Rows of ``row0, col0, row1, col1`` in pixels, half-open; what follows is not looked at, nor
        are rows of NaN, so that one image's detections can be given as they are.
    quality, elsewhere : int, default=90, 30
        JPEG qualities from 1 to 95 inside of the boxes, and outside.

    Returns
    -------
    file : bytes
        Content of an ordinary JPEG file.

    Raises
    ------
    ValueError
        If the image, the boxes or the qualities are none.

    Notes
    -----
    A JPEG file has one quality. What is outside of the boxes is therefore compressed twice, on the
    same lattice of blocks: strongly, and then with the rest, which hardly changes it any more and
    costs few bytes. Boxes grow to whole blocks of 16 x 16 pixels.

    References
    ----------
    N. Ahn, B. Kang and K.-A. Sohn, "Image distortion detection using convolutional neural
    network", 2017, Section 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.distortions import compress_unevenly
    >>> image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    >>> whole = compress_unevenly(image, [[0, 0, 64, 64]])
    >>> part = compress_unevenly(image, [[0, 0, 16, 16]])
    >>> len(part) < len(whole)
    True
    """
    from PIL import Image

    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(
            f"image must be uint8 of shape (n_rows, n_cols, 3); got {image.dtype} of shape "
            f"{image.shape}"
        )
    for name, value in (("quality", quality), ("elsewhere", elsewhere)):
        if not isinstance(value, Integral) or not 1 <= value <= 95:
            raise ValueError(f"{name} must be a whole number from 1 to 95, got {value!r}")
    inside = _whole_units(image.shape[:2], np.asarray(boxes, dtype=float))[..., np.newaxis]
    coarse = compressed(image, format="JPEG", quality=elsewhere)
    mixed = np.where(inside, image, coarse).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(mixed).save(buffer, format="JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def _whole_units(shape: tuple[int, ...], boxes: np.ndarray) -> Bools:
    """Mask of the units that hold a part of a box."""
    if boxes.size == 0:
        return np.zeros(shape, dtype=bool)
    if boxes.ndim != 2 or boxes.shape[1] < 4:
        raise ValueError(
            f"boxes must be of shape (n_boxes, 4), rows of row0, col0, row1, col1; got shape "
            f"{boxes.shape}"
        )
    edges = boxes[~np.isnan(boxes).any(axis=1), :4]
    starts = np.floor(np.maximum(edges[:, :2], 0) / UNIT).astype(int) * UNIT
    stops = np.ceil(np.maximum(edges[:, 2:], 0) / UNIT).astype(int) * UNIT
    inside = np.zeros(shape, dtype=bool)
    for (row0, col0), (row1, col1) in zip(starts, stops, strict=True):
        inside[row0:row1, col0:col1] = True
    return inside
