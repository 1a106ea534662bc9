"""What every room shares: reading images, lazy sequences of them, validation."""

from sk_hyperimage.utils._collection import ImageCollection
from sk_hyperimage.utils._images import as_float_image, read_image
from sk_hyperimage.utils._lazy import ArraySamples, LazySamples
from sk_hyperimage.utils._validation import (
    check_images,
    check_labels,
    check_patch_grids,
    check_target,
    check_weights,
    n_dimensions,
)

__all__ = [
    "ArraySamples",
    "ImageCollection",
    "LazySamples",
    "as_float_image",
    "check_images",
    "check_labels",
    "check_patch_grids",
    "check_target",
    "check_weights",
    "n_dimensions",
    "read_image",
]
