"""Maps of models and of their predictions, and displays of them, drawn with matplotlib."""

from sk_hyperimage.inspection._hyper_image_display import HyperImageDisplay
from sk_hyperimage.inspection._influence import influence_grids, influence_maps
from sk_hyperimage.inspection._influence_display import InfluenceMapDisplay
from sk_hyperimage.inspection._loss_curve import LossCurveDisplay
from sk_hyperimage.inspection._patch_grid_display import PatchGridDisplay
from sk_hyperimage.inspection._patch_map_display import PatchMapDisplay
from sk_hyperimage.inspection._patch_models import patch_maps
from sk_hyperimage.inspection._score_scatter import ScoreScatterDisplay

__all__ = [
    "HyperImageDisplay",
    "InfluenceMapDisplay",
    "LossCurveDisplay",
    "PatchGridDisplay",
    "PatchMapDisplay",
    "ScoreScatterDisplay",
    "influence_grids",
    "influence_maps",
    "patch_maps",
]
