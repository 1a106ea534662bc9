"""Gray levels of images, as the releases of BRISQUE and CORNIA read them."""

from __future__ import annotations

from typing import Any

import numpy as np

from sk_hyperimage.utils import ImageCollection, LazySamples, check_images

# MATLAB's rgb2gray: the luma of YIQ.
LUMA = np.array([0.298936021293776, 0.587043074451121, 0.114020904255103])


def check_gray_or_rgb(X: Any, estimator: Any, *, reset: bool) -> LazySamples:
    """Validate images as `check_images` does, and that they have one channel or three."""
    images = check_images(X, estimator, reset=reset)
    collection = isinstance(images, ImageCollection)
    n_channels = images.n_channels if collection else images.shape[-1]  # type: ignore[attr-defined]
    if n_channels not in (1, 3):
        raise ValueError(
            f"X holds images of {n_channels} channels; {type(estimator).__name__} takes gray "
            f"images (1) and RGB images (3): drop or select channels first"
        )
    return images


def gray_levels(image: np.ndarray) -> np.ndarray:
    """Gray levels of one image, from 0 to 255.

    Parameters
    ----------
    image : ndarray of shape (n_rows, n_cols, n_channels)
        Gray or RGB, in [0, 1].

    Returns
    -------
    levels : ndarray of shape (n_rows, n_cols)
        Of the type of `image`. Those of colours are whole numbers, as MATLAB's are.
    """
    if image.shape[2] == 1:
        return image[..., 0] * 255
    return np.rint(image @ LUMA * 255).astype(image.dtype)
