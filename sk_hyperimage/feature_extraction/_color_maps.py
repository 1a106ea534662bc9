"""The color channels that FRIQUEE describes, of RGB images of 8 bits."""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.preprocessing._local_contrast import window_weights

# From CIE XYZ to linear sRGB, and to the long, medium and short cones of CIE CAT02.
RGB_OF_XYZ = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.057]]
)
LMS_OF_XYZ = np.array(
    [[0.7328, 0.4296, -0.1624], [-0.7036, 1.6975, 0.0061], [0.0030, 0.0136, 0.9834]]
)
LMS_OF_RGB = LMS_OF_XYZ @ np.linalg.inv(RGB_OF_XYZ)

# Where the encoding of sRGB begins to be linear.
LINEAR_BELOW = 0.0404482362771076


def chroma(rgb: Floats) -> Floats:
    """Distance of a* and b* of CIE L*a*b* from zero, both stored in 8 bits around 128.

    Parameters
    ----------
    rgb : ndarray of shape (n_rows, n_cols, 3)
        Whole numbers from 0 to 255.

    Returns
    -------
    chroma : ndarray of shape (n_rows, n_cols)
        Of the image after a weak blur; about 181 for gray.
    """
    from scipy.ndimage import correlate1d
    from skimage.color import rgb2lab

    window = window_weights("gaussian", 3, 3)
    for axis in (0, 1):
        rgb = correlate1d(rgb, window, axis=axis, mode="reflect")
    lab = rgb2lab(np.rint(rgb) / 255)
    stored = np.rint(lab[..., 1:] + 128).clip(0, 255)
    return np.hypot(stored[..., 0], stored[..., 1])


def cones(rgb: Floats) -> Floats:
    """Responses of the long, medium and short cones to an image of values from 0 to 255."""
    encoded = rgb / 255
    linear = np.where(
        encoded <= LINEAR_BELOW,
        encoded / 12.92,
        ((np.maximum(encoded, LINEAR_BELOW) + 0.055) / 1.055) ** 2.4,
    )
    return linear @ LMS_OF_RGB.T


def yellow(rgb: Floats) -> Floats:
    """How much more of red and green an image has than of blue."""
    return np.minimum(rgb[..., 0], rgb[..., 1]) - rgb[..., 2]


def hue_and_saturation(rgb: Floats) -> tuple[Floats, Floats]:
    """Hue in degrees from 0 to 360, 0 for gray, and saturation from 0 to 1, of the space HSI."""
    red, green, blue = np.moveaxis(rgb, -1, 0)
    hue = np.degrees(np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue)) % 360
    mean = rgb.mean(axis=-1)
    share = np.divide(rgb.min(axis=-1), mean, out=np.ones_like(mean), where=mean > 0)
    return hue, 1 - share
