"""From patches to images: descriptions of all patches, and networks that are trained on images."""

from sk_hyperimage.neural_network.aggregation._dense import embed_grids
from sk_hyperimage.neural_network.aggregation._first_stage import first_stage
from sk_hyperimage.neural_network.aggregation._over_patches import fine_tune

__all__ = ["embed_grids", "fine_tune", "first_stage"]
