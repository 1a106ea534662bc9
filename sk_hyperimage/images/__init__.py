"""Images, pairs of them and their patches: sequences that are made when they are needed."""

from sk_hyperimage.images._collection import ImageCollection
from sk_hyperimage.images._floats import as_float_image
from sk_hyperimage.images._grid import Grid
from sk_hyperimage.images._map_regions import regions_from_map
from sk_hyperimage.images._pairs import pair_images
from sk_hyperimage.images._patch_grids import PatchGrids, PatchSequence
from sk_hyperimage.images._reading import read_image
from sk_hyperimage.images._samples import ArraySamples, Samples
from sk_hyperimage.images._windows import Windows

__all__ = [
    "ArraySamples",
    "Grid",
    "ImageCollection",
    "PatchGrids",
    "PatchSequence",
    "Samples",
    "Windows",
    "as_float_image",
    "pair_images",
    "read_image",
    "regions_from_map",
]
