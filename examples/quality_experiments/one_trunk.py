"""One network of patches, trained in all the ways that the survey of paper 4 draws (Figure 4).

The trunk is that of Bosse et al. with a quarter of their filters, so that two cores train it. All
ways see as many patches in an update and in an epoch, and none was tuned.
"""

from models import Competitor, mean_of_patches

from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.neural_network import CNNRegressor

TRUNK = (
    "2xC(8) MP(2) 2xC(16) MP(2) 2xC(32) MP(2) 2xC(64) MP(2) 2xC(128) MP(2) "
    "Mean FC(128) Drop(0.5) FC(1,linear)"
)
DESCRIPTION = -3  # the layer whose 128 numbers describe a patch
RATE = 1e-3
TRAINING = {"solver": "adam", "learning_rate": "cosine"}
PATCHES, IMAGES = 100, 4  # in an update; an image of 160 x 160 pixels has 25 patches

EQUATION_1 = "Eq. 1: each patch"
AGGREGATED = {
    "Eq. 2: mean": "C(128,1) Drop(0.5) Mean FC(1,linear)",
    "Eq. 2: weighted mean": "C(256,1) Drop(0.5) WeightedMean(128) FC(1,linear)",
    "Eq. 3: moments": "MeanStd Drop(0.5) FC(128) FC(1,linear)",
    "Eq. 3: weighted mean": "WeightedMean FC(128) FC(128) FC(1,linear)",
    "Eq. 3: perceptron": "FC(128) Drop(0.5) FC(1,linear)",
}


def each_patch(setting):
    """Each patch learns the score of its image; then, apart from it, a stage two of statistics."""
    epochs = setting.epochs[0]
    trunk = CNNRegressor(
        TRUNK,
        max_epochs=epochs,
        batch_size=PATCHES,
        learning_rate_init=RATE,
        device=setting.device,
        **TRAINING,
    )
    model = HyperImageRegressor(
        "passthrough", setting.extractor, trunk, layer=DESCRIPTION, random_state=0
    )
    methods = {EQUATION_1: mean_of_patches, "The same, then the default stage two": "predict"}
    return Competitor(model, methods)


def aggregated(name):
    """The trunk learns through what aggregates its descriptions."""

    def competitor(setting):
        model = HyperImageRegressor(
            "passthrough",
            setting.extractor,
            CNNRegressor(TRUNK, max_epochs=0, device=setting.device),
            CNNRegressor(
                AGGREGATED[name],
                max_epochs=0,
                batch_size=IMAGES,
                device=setting.device,
                **TRAINING,
            ),
            layer=DESCRIPTION,
            fine_tune_epochs=setting.epochs[0],
            fine_tune_learning_rate_init=RATE,
            random_state=0,
        )
        return Competitor(model, {name: "predict"})

    return competitor


COMPETITORS = (*map(aggregated, AGGREGATED), each_patch)
