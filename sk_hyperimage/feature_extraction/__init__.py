"""From images to patch grids and on to hyper-images; the features of classical methods."""

from sk_hyperimage.feature_extraction._brisque import BrisqueFeatures
from sk_hyperimage.feature_extraction._cornia import CorniaFeatures
from sk_hyperimage.feature_extraction._encoder import HyperImageEncoder
from sk_hyperimage.feature_extraction._geometry import GridGeometry
from sk_hyperimage.feature_extraction._grids import PatchGrids, PatchSequence
from sk_hyperimage.feature_extraction._patch_selection import patch_ssim, select_patches
from sk_hyperimage.feature_extraction._patches import PatchExtractor

__all__ = [
    "BrisqueFeatures",
    "CorniaFeatures",
    "GridGeometry",
    "HyperImageEncoder",
    "PatchExtractor",
    "PatchGrids",
    "PatchSequence",
    "patch_ssim",
    "select_patches",
]
