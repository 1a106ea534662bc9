"""Gray levels of images, as MATLAB's rgb2gray gives them."""

from __future__ import annotations

import numpy as np

# MATLAB's rgb2gray: the luma of YIQ.
LUMA = np.array([0.298936021293776, 0.587043074451121, 0.114020904255103])


def gray_levels(image: np.ndarray) -> np.ndarray:
    """Gray levels of one image, from 0 to 255.

    Parameters
    ----------
    image : ndarray of shape (n_rows, n_cols, n_channels)
        Gray or RGB, in [0, 1].

    Returns
    -------
    levels : ndarray of shape (n_rows, n_cols)
        Of the type of `image`. For color images whole numbers, as in MATLAB.
    """
    if image.shape[2] == 1:
        return image[..., 0] * 255
    return np.rint(image @ LUMA * 255).astype(image.dtype)
