"""From images to patch grids and on to hyper-images; the features of classical methods."""

from sk_hyperimage.feature_extraction._brisque import BrisqueFeatures
from sk_hyperimage.feature_extraction._cornia import CorniaFeatures
from sk_hyperimage.feature_extraction._encoder import HyperImageEncoder
from sk_hyperimage.feature_extraction._markov import MarkovDCTFeatures
from sk_hyperimage.feature_extraction._patches import PatchExtractor
from sk_hyperimage.feature_extraction.supervision._along_contours import AlongContours
from sk_hyperimage.feature_extraction.supervision._base import Supervision, TrainingPatches
from sk_hyperimage.feature_extraction.supervision._contours import contour_points
from sk_hyperimage.feature_extraction.supervision._inherited import InheritedTargets
from sk_hyperimage.feature_extraction.supervision._patch_selection import (
    patch_ssim,
    select_patches,
)

__all__ = [
    "AlongContours",
    "BrisqueFeatures",
    "CorniaFeatures",
    "HyperImageEncoder",
    "InheritedTargets",
    "MarkovDCTFeatures",
    "PatchExtractor",
    "Supervision",
    "TrainingPatches",
    "contour_points",
    "patch_ssim",
    "select_patches",
]
