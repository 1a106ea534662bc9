"""Bringing all images to gray or RGB, whatever each of them is."""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.images import Samples
from sk_hyperimage.images._gray import LUMA
from sk_hyperimage.images._pairs import ImagePairs
from sk_hyperimage.images._samples import ImageFunction
from sk_hyperimage.preprocessing._base import ImageTransformer
from sk_hyperimage.utils._sklearn import StrOptions


class ColorConverter(ImageTransformer):
    """Convert all images to gray, to RGB or to their green channel, and drop their alpha channel.

    The one step that takes gray, RGB and RGBA images in one list, so it stands first in a
    pipeline. Where an image is what it should become already, it is left alone to the last bit.

    Parameters
    ----------
    to : {"gray", "rgb", "green"}, default="gray"
        What images become. Gray is 0.299 R + 0.587 G + 0.114 B, the luma of ITU-R BT.601, as in
        MATLAB's ``rgb2gray`` and Pillow's mode L, without rounding; scikit-image's ``rgb2gray``
        weights the channels as BT.709 does. RGB of a gray image is three equal channels. The
        green channel, of which a sensor has the most pixels, is what detectors of manipulations
        read; that of a gray image is the image.

    Attributes
    ----------
    n_features_in_ : int
        Channels of the first image; columns of a 2-D X.

    See Also
    --------
    sk_hyperimage.images.read_image : Converts palettes, CMYK and YCbCr as it reads files.

    Notes
    -----
    Images have one channel (gray), two (gray and alpha), three (RGB) or four (RGBA). Alpha is
    dropped, not blended with a background: a transparent pixel keeps the color that is stored
    there. Convert images and their references before they are paired, because two gray images
    would look like one with alpha.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.preprocessing import ColorConverter
    >>> images = [np.zeros((8, 9)), np.zeros((8, 9, 3)), np.zeros((8, 9, 4))]
    >>> ColorConverter("gray").fit_transform(images).shape
    (3, 8, 9, 1)
    >>> ColorConverter("rgb").fit_transform(images).shape
    (3, 8, 9, 3)
    """

    _parameter_constraints: dict = {"to": [StrOptions({"gray", "rgb", "green"})]}
    _mixed = True

    def __init__(self, to: str = "gray"):
        self.to = to

    @property
    def _columns(self) -> bool:  # type: ignore[override]
        return self.to != "rgb"

    def _prepare(self, images: Samples) -> None:
        if isinstance(images, ImagePairs):
            raise ValueError("X holds pairs; convert images and references before pairing them")
        check_colors(images.n_channels, "X holds images of")

    def _output_channels(self) -> int:
        return 3 if self.to == "rgb" else 1

    def _function(self) -> ImageFunction:
        return {"gray": gray_image, "rgb": rgb_image, "green": green_image}[self.to]


def gray_image(image: Floats) -> Floats:
    """One image (n_rows, n_cols, n_channels) as gray, (n_rows, n_cols, 1)."""
    check_colors(image.shape[2], "the image has")
    if image.shape[2] < 3:
        return image[..., :1]
    return (image[..., :3] @ LUMA)[..., np.newaxis].astype(image.dtype)


def green_image(image: Floats) -> Floats:
    """Green of one image (n_rows, n_cols, n_channels), (n_rows, n_cols, 1)."""
    check_colors(image.shape[2], "the image has")
    return image[..., :1] if image.shape[2] < 3 else image[..., 1:2]


def rgb_image(image: Floats) -> Floats:
    """One image (n_rows, n_cols, n_channels) as RGB, (n_rows, n_cols, 3)."""
    check_colors(image.shape[2], "the image has")
    return image[..., :3] if image.shape[2] > 2 else np.repeat(image[..., :1], 3, axis=2)


def check_colors(n_channels: int, what: str) -> None:
    """Raise ValueError where channels are neither gray nor RGB, with or without alpha."""
    if n_channels > 4:
        raise ValueError(f"{what} {n_channels} channels; gray and RGB have 1 to 4")
