"""placeholder."""

from sk_hyperimage.neural_network.aggregation import _joint


def shares_layers(estimator, grids, layer):
    shares = getattr(estimator, "shares_layers", None)
    return shares is not None and shares(grids, -2 if layer is None else layer)


def embed_grids(estimator, grids, layer):
    return estimator.embed_grids(grids, -2 if layer is None else layer)


def fine_tune(*args, layer, **kwargs):
    return _joint.fine_tune(*args, layer=-2 if layer is None else layer, **kwargs)
