"""From patches to images: descriptions of all patches, and networks that are trained on images."""

from sk_hyperimage.neural_network.aggregation._dense import embed_grids, shares_layers
from sk_hyperimage.neural_network.aggregation._over_patches import fine_tune

__all__ = ["embed_grids", "fine_tune", "shares_layers"]
