"""From images to patch grids, and from patch grids to hyper-images."""

from sk_hyperimage.feature_extraction._encoder import HyperImageEncoder
from sk_hyperimage.feature_extraction._geometry import GridGeometry
from sk_hyperimage.feature_extraction._grids import PatchGrids, PatchSequence
from sk_hyperimage.feature_extraction._patches import PatchExtractor

__all__ = [
    "GridGeometry",
    "HyperImageEncoder",
    "PatchExtractor",
    "PatchGrids",
    "PatchSequence",
]
