"""Pictures of models and of what they predict, drawn with matplotlib."""

from sk_hyperimage.inspection._hyper_image import HyperImageDisplay
from sk_hyperimage.inspection._influence import influence_grids, influence_maps
from sk_hyperimage.inspection._influence_display import InfluenceMapDisplay
from sk_hyperimage.inspection._learning_curve import LearningCurveDisplay
from sk_hyperimage.inspection._patch_grid import PatchGridDisplay
from sk_hyperimage.inspection._patch_map import PatchMapDisplay
from sk_hyperimage.inspection._score_scatter import ScoreScatterDisplay
from sk_hyperimage.inspection._tampering_maps import overlay, tampering_maps

__all__ = [
    "HyperImageDisplay",
    "InfluenceMapDisplay",
    "LearningCurveDisplay",
    "PatchGridDisplay",
    "PatchMapDisplay",
    "ScoreScatterDisplay",
    "influence_grids",
    "influence_maps",
    "overlay",
    "tampering_maps",
]
