from . import (
    architectures,
    datasets,
    ensemble,
    feature_extraction,
    metrics,
    model_selection,
    neural_network,
    preprocessing,
)

__version__: str
