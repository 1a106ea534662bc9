"""Groups of images that look alike, for images of which nobody noted what they were made from."""

from __future__ import annotations

from numbers import Real

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.preprocessing import normalize
from sklearn.utils import gen_batches

from sk_hyperimage._typing import Floats, ImagesLike, Ints
from sk_hyperimage.images import Samples
from sk_hyperimage.images._collection import collect_images
from sk_hyperimage.images._gray import gray_levels
from sk_hyperimage.utils._sklearn import Interval, validate_params

# Damage changes fine detail, and exposure the coarsest; what is between tells photographs apart.
THUMBNAIL = (24, 24)
COARSE_SIGMA = 4  # of the Gaussian whose result is left out, in pixels of the thumbnail
# Of gray levels from 0 to 255, below which a thumbnail shows nothing that could be compared.
LEAST_DEVIATION = 0.5
IMAGES_AT_A_TIME = 1000


@validate_params(
    {"similarity": [Interval(Real, 0, 1, closed="right")]}, prefer_skip_nested_validation=True
)
def propose_groups(images: ImagesLike, *, similarity: float = 0.8) -> Ints:
    """Propose which images were made from one photograph.

    Splits by image are optimistic where several images show the same photograph. This compares
    small, band-passed versions of all images, each with each, and puts those together that are
    alike, or that a chain of such pairs connects. It is a proposal: look at its largest groups
    before you rely on it.

    Parameters
    ----------
    images : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths
        Gray or RGB, of any sizes; floats span [0, 1]. Of other numbers of channels the first, or
        the first three, count.
    similarity : float in (0, 1], default=0.8
        Least correlation of two versions that are taken to show one photograph.

    Returns
    -------
    groups : ndarray of int of shape (n_images,)
        To be passed as ``groups``, numbered in the order of their first images. An image of one
        gray level is on its own.

    Raises
    ------
    ValueError
        If there are no images, or one is invalid; the message names it.

    See Also
    --------
    ReferenceShuffleSplit : Splits by group.

    Notes
    -----
    Images that are cut, turned or mirrored against each other are not found. Images of one
    product or scan are often alike without being the same: there, no threshold separates them,
    and only whoever took them can tell.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_sample_photos, make_damage_kinds
    >>> from sk_hyperimage.model_selection import propose_groups
    >>> photographs = load_sample_photos(crop_size=128).images[:3]
    >>> damaged = make_damage_kinds(photographs, kinds=["blocks"], n_levels=2, random_state=0)
    >>> propose_groups(damaged.images).tolist()
    [0, 0, 1, 1, 2, 2]
    """
    samples = images if isinstance(images, Samples) else collect_images(images, mixed=True)
    seen = normalize(np.stack([_band(samples.item(index)) for index in range(len(samples))]))
    pairs = []
    for rows in gen_batches(len(seen), IMAGES_AT_A_TIME):
        first, second = np.nonzero(seen[rows] @ seen.T >= similarity)
        pairs.append((first + rows.start, second))
    first, second = np.concatenate(pairs, axis=1)
    alike = coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=[len(seen)] * 2)
    return connected_components(alike, directed=False)[1]


def _band(image: Floats) -> Floats:
    """What a small version shows between the finest and the coarsest, (n_pixels,), of mean zero.

    All zeros where that is nothing.
    """
    from skimage.transform import resize

    colors = image[..., : 3 if image.shape[2] >= 3 else 1]
    levels = gray_levels(colors).astype(np.float64)
    small = resize(levels, THUMBNAIL, anti_aliasing=True)
    band = small - gaussian_filter(small, COARSE_SIGMA)
    band -= band.mean()
    return band.ravel() if small.std() >= LEAST_DEVIATION else np.zeros(band.size)
