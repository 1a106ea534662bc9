"""Compression of images: saved in a file format and read again."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from sk_hyperimage._typing import Floats


def compressed(image: np.ndarray, **options: Any) -> Floats:
    """Save an image and read it again.

    Parameters
    ----------
    image : ndarray of shape (n_rows, n_cols) or (n_rows, n_cols, 3)
        Values in [0, 255], which are truncated to integers.
    **options
        Of :meth:`PIL.Image.Image.save`, including `format`.

    Returns
    -------
    decoded : ndarray of the shape of `image`, float64
        Whole numbers in [0, 255].

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.distortions import compressed
    >>> float(compressed(np.full((8, 8), 200.0), format="PNG").mean())
    200.0
    """
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image.astype(np.uint8)).save(buffer, **options)
    return np.asarray(Image.open(buffer), dtype=np.float64)


def jpeg(image: Floats, quality: float, rng: np.random.RandomState) -> Floats:
    """JPEG compression (10) with a quality from 1 to 95."""
    return compressed(image, format="JPEG", quality=int(quality))


def jpeg2000(image: Floats, ratio: float, rng: np.random.RandomState) -> Floats:
    """JPEG 2000 compression (11) to 1 / `ratio` of the raw size."""
    return compressed(
        image, format="JPEG2000", quality_mode="rates", quality_layers=[ratio], irreversible=True
    )
