"""Resizing of images to one size, for networks that read whole images."""

from __future__ import annotations

from functools import partial
from numbers import Integral

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.images import Samples
from sk_hyperimage.images._reading import check_size
from sk_hyperimage.images._samples import ImageFunction
from sk_hyperimage.preprocessing._base import ImageTransformer
from sk_hyperimage.utils._sklearn import Interval
from sk_hyperimage.utils._validation import check_pair


class ImageResizer(ImageTransformer):
    """Resize all images to one size, for networks that read whole images.

    Images that have the size already stay the same to the last bit. Others are interpolated,
    after smoothing if they shrink.

    Parameters
    ----------
    size : int or tuple of int, default=(256, 384)
        Rows and columns in pixels; an int for squares. The default is the input of the paper's
        end-to-end network for forgeries.
    rotate : bool, default=False
        Whether to turn an image by 90 degrees if one of the image and `size` is upright and the
        other is not. Turning keeps every pixel and the aspect ratio, but not the orientation.

    Attributes
    ----------
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    Notes
    -----
    Interpolation removes traces of manipulation. The paper chose its size because the fewest
    images of CASIA-2 need resizing then. It does not mention whether upright images were turned;
    with ``rotate=True`` those of 384 x 256 pixels are not interpolated either.

    References
    ----------
    The hyper-image paper, "Image forgery classification", Experiment 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.preprocessing import ImageResizer
    >>> images = [np.zeros((256, 384, 3)), np.zeros((384, 256, 3)), np.zeros((480, 640, 3))]
    >>> ImageResizer((256, 384), rotate=True).fit_transform(images).shape
    (3, 256, 384, 3)
    """

    _parameter_constraints: dict = {
        "size": [Interval(Integral, 1, None, closed="left"), tuple],
        "rotate": ["boolean"],
    }
    _columns = False

    def __init__(self, size: int | tuple[int, int] = (256, 384), *, rotate: bool = False):
        self.size = size
        self.rotate = rotate

    def _prepare(self, images: Samples) -> None:
        check_size(self._output_shape(), "size asks for images")

    def _output_shape(self) -> tuple[int, int]:
        return check_pair(self.size, "size")

    def _function(self) -> ImageFunction:
        return partial(resized_image, shape=self._output_shape(), rotate=self.rotate)


def resized_image(image: Floats, shape: tuple[int, int], rotate: bool = False) -> Floats:
    """One image (n_rows, n_cols, n_channels) with rows and columns of `shape`."""
    if rotate and (image.shape[0] - image.shape[1]) * (shape[0] - shape[1]) < 0:
        image = np.rot90(image)
    if image.shape[:2] == shape:
        return image
    from skimage.transform import resize

    return resize(image, (*shape, image.shape[2]), anti_aliasing=True)
