"""Real photographs from the scikit-image and scikit-learn wheels, as references."""

from __future__ import annotations

from numbers import Integral

import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.datasets._bunch import data_bunch
from sk_hyperimage.utils._sklearn import Interval, validate_params

DESCRIPTION = """\
Square crops of color photographs that scikit-image (astronaut, chelsea, coffee, rocket,
motorcycle) and scikit-learn (china, flower) carry in their wheels; nothing is downloaded. The
crops are disjoint, but crops of one photograph share camera and light. Licenses: astronaut and
rocket are public domain (NASA, SpaceX); chelsea and coffee CC0; motorcycle is from the Middlebury
stereo data set of 2014; china (danielbuechele, flickr) and flower (vultilion, flickr) are
CC BY 2.0.
"""

# A crop with less contrast, for images in [0, 1], is too flat for damage to show.
LEAST_CONTRAST = 0.06


@validate_params(
    {"crop_size": [Interval(Integral, 16, 300, closed="both")]},
    prefer_skip_nested_validation=True,
)
def load_sample_photos(crop_size: int = 160) -> Bunch:
    """Load disjoint crops of real photographs, to serve as pristine references.

    Parameters
    ----------
    crop_size : int, default=160
        Rows and columns of a crop in pixels, at most 300. Crops tile each photograph from its
        center; nearly flat ones are left out.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`:

        images : ndarray of shape (n_crops, crop_size, crop_size, 3), uint8
            The crops.
        groups : ndarray of str of shape (n_crops,)
            Photograph that each crop was cut from.

    Raises
    ------
    ValueError
        If `crop_size` is out of range.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_sample_photos
    >>> data = load_sample_photos()
    >>> data.images.shape[1:], len(data.images) >= 20
    ((160, 160, 3), True)
    """
    crops, names = [], []
    for name, photo in _photographs().items():
        for crop in _tile(photo, crop_size):
            if crop.mean(axis=2).std() / 255 >= LEAST_CONTRAST:
                crops.append(crop)
                names.append(name)
    return data_bunch(images=np.stack(crops), groups=names, DESCR=DESCRIPTION)


def _photographs() -> dict[str, np.ndarray]:
    from skimage import data
    from sklearn.datasets import load_sample_image

    return {
        "astronaut": data.astronaut(),
        "chelsea": data.chelsea(),
        "china": load_sample_image("china.jpg"),
        "coffee": data.coffee(),
        "flower": load_sample_image("flower.jpg"),
        "motorcycle": data.stereo_motorcycle()[0],
        "rocket": data.rocket(),
    }


def _tile(photo: np.ndarray, size: int) -> list[np.ndarray]:
    """Disjoint square crops around the center of a photograph."""
    n_rows, n_cols = photo.shape[0] // size, photo.shape[1] // size
    top = (photo.shape[0] - n_rows * size) // 2
    left = (photo.shape[1] - n_cols * size) // 2
    inner = photo[top : top + n_rows * size, left : left + n_cols * size]
    tiles = inner.reshape(n_rows, size, n_cols, size, 3).swapaxes(1, 2)
    return list(tiles.reshape(-1, size, size, 3))
