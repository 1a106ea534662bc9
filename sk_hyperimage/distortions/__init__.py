"""Damage and manipulation of images: registries of kinds, regions, pasting, compression."""

from sk_hyperimage.distortions._compression import compressed
from sk_hyperimage.distortions._flickr import FLICKR_KINDS
from sk_hyperimage.distortions._kinds import KINDS, Kind
from sk_hyperimage.distortions._manipulations import MANIPULATIONS
from sk_hyperimage.distortions._pasting import copy_move, splice
from sk_hyperimage.distortions._regions import blob, ellipse, random_shapes, rectangle
from sk_hyperimage.distortions._uneven_compression import compress_unevenly

__all__ = [
    "FLICKR_KINDS",
    "KINDS",
    "MANIPULATIONS",
    "Kind",
    "blob",
    "compress_unevenly",
    "compressed",
    "copy_move",
    "ellipse",
    "random_shapes",
    "rectangle",
    "splice",
]
