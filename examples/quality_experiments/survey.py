"""The models without a reference that the survey of paper 4 compares, small enough for two cores.

Networks of 3 x 3 and 5 x 5 convolutions have a quarter of their published filters, and learn for
minutes what the papers' learn for days. None was tuned. The trunk of Bosse et al. is trained in
all ways that the survey draws (Figure 4). It sees local contrast: colors as they are leave it at
chance in so short a time.
"""

from functools import lru_cache, partial

import data
from models import FAST_PATCHES, Competitor, mean_of_patches
from sklearn.pipeline import Pipeline, make_pipeline

from sk_hyperimage.datasets import make_damage_kinds
from sk_hyperimage.ensemble import HyperImageRegressor, PatchPoolingRegressor, surveyed_model
from sk_hyperimage.feature_extraction import PatchExtractor, patch_scores, pretrain_on_damage
from sk_hyperimage.neural_network import DIQA, CNNRegressor
from sk_hyperimage.preprocessing import (
    ColorConverter,
    LocalContrastNormalizer,
    LowFrequencySubtractor,
)

TRUNK = (
    "2xC(8) MP(2) 2xC(16) MP(2) 2xC(32) MP(2) 2xC(64) MP(2) 2xC(128) MP(2) "
    "Mean FC(128) Drop(0.5) FC(1,linear)"
)
BIECON = (
    "2x(C(16,5) MP(2)) FC(256) Drop(0.5) FC(128) Drop(0.5) FC(128) Drop(0.5) FC(128) Drop(0.5) "
    "FC(128) FC(1,linear)"
)
CONVOLUTIONS = "C(12) C(12,3,2) C(16) C(16,3,2) C(16) C(16) C(32) C(32)"
IMAGE_WISE = f"{CONVOLUTIONS} Mean FC(32) FC(32) FC(1,linear)"

CELLS = PatchExtractor(32, overlap=0)
SQUARES = PatchExtractor(112, overlap=0)
DESCRIPTION = -3  # the layer of TRUNK whose 128 numbers describe a patch
TRAINING = FAST_PATCHES | {"batch_size": 100}
IMAGES, PATCHES_OF_EACH = 4, 25  # in an update of the trunk through what aggregates it

EACH_PATCH = "DIQaM, Eq. 1: each patch"
AGGREGATED = {
    "DIQaM pooled, Eq. 2: mean": "C(128,1) Drop(0.5) Mean FC(1,linear)",
    "WaDIQaM, Eq. 2: weighted mean": "C(256,1) Drop(0.5) WeightedMean(128) FC(1,linear)",
}
OTHER_WAYS = {
    "Its trunk, Eq. 3: moments": "MeanStd Drop(0.5) FC(128) FC(1,linear)",
    "Its trunk, Eq. 3: weighted mean": "WeightedMean FC(128) FC(128) FC(1,linear)",
    "Its trunk, Eq. 3: perceptron": "FC(128) Drop(0.5) FC(1,linear)",
}
# Photographs, of a folder the last, on which first stages learn scores that are computed.
N_PHOTOGRAPHS, PROXY_EPOCHS = 64, 20
SIMILARITY = partial(patch_scores, score="ssim")
ERRORS = partial(patch_scores, score="psnr", cell_size=4)


def each_patch(setting):
    """Each patch learns the score of its image; then, apart from it, a stage two of statistics."""
    trunk = CNNRegressor(TRUNK, max_epochs=setting.epochs[0], device=setting.device, **TRAINING)
    model = HyperImageRegressor(
        LocalContrastNormalizer(), CELLS, trunk, layer=DESCRIPTION, random_state=0
    )
    methods = {EACH_PATCH: mean_of_patches, "The same, then the default stage two": "predict"}
    return Competitor(model, methods)


def aggregated(name, stage_two, setting):
    """The trunk learns through what aggregates its descriptions."""
    model = HyperImageRegressor(
        LocalContrastNormalizer(),
        CELLS,
        CNNRegressor(TRUNK, max_epochs=0, device=setting.device),
        CNNRegressor(
            stage_two,
            max_epochs=0,
            device=setting.device,
            **TRAINING | {"batch_size": IMAGES},
        ),
        layer=DESCRIPTION,
        fine_tune_epochs=setting.epochs[1],
        fine_tune_learning_rate_init=TRAINING["learning_rate_init"],
        fine_tune_patches=None if stage_two.startswith("FC") else PATCHES_OF_EACH,
        random_state=0,
    )
    return Competitor(model, {name: "predict"})


def patch_wise(name, setting):
    """A network of patches, with the kinds of damage beside the scores where it learns both."""
    kinds = name != "IQA-CNN"
    model = surveyed_model(name if kinds else "IQA-CNN+", device=setting.device, random_state=0)
    parameters = TRAINING | {"max_epochs": setting.epochs[0]}
    model.set_params(
        **{f"patchpoolingregressor__patch_estimator__{key}": of for key, of in parameters.items()}
    )
    return Competitor(model, {name: "predict"}, learns_kinds=kinds)


def image_wise(setting):
    """The survey's own network, on squares of 112 x 112 pixels as on LIVE."""
    network = CNNRegressor(
        IMAGE_WISE,
        loss="squared_error",
        augmentation="horizontal",
        max_epochs=setting.epochs[1],
        device=setting.device,
        random_state=0,
        **TRAINING | {"batch_size": 20},
    )
    normalizer = make_pipeline(ColorConverter("gray"), LowFrequencySubtractor())
    steps = [("normalize", normalizer), ("cut", SQUARES), ("pool", PatchPoolingRegressor(network))]
    return Competitor(Pipeline(steps), {"Image-wise": "predict"})


def with_proxy(name, stage_one, scores, setting):
    """A first stage that learned a computed score on photographs damaged here, then both."""
    weights = setting.memory.cache(proxy_weights)(
        name, stage_one, scores, setting.pristine, setting.device
    )
    model = proxy_model(name, stage_one, setting.device).set_params(
        patch_estimator__initial_weights=weights,
        patch_estimator__max_epochs=0,
        fine_tune_epochs=setting.epochs[1],
    )
    return Competitor(model, {name: "predict"})


def pretrained(setting):
    """The package's own first stage of that kind."""
    first_stage = pretrain_on_damage(undamaged(setting.pristine), random_state=0)
    model = HyperImageRegressor(
        patch_estimator=first_stage, layer=-1, device=setting.device, random_state=0
    )
    return Competitor(model, {"Two-stage, pre-trained on damage": "predict"})


def proxy_model(name, stage_one, device):
    """BIECON or DIQA, whose second stage is trained together with the first."""
    model = surveyed_model(name, device=device, random_state=0)
    of_stages = {"patch_estimator": TRAINING, "final_estimator": TRAINING | {"batch_size": IMAGES}}
    for stage, training in of_stages.items():
        model.set_params(**{f"{stage}__{key}": value for key, value in training.items()})
    return model.set_params(
        patch_estimator__layers=stage_one,
        patch_estimator__max_epochs=PROXY_EPOCHS,
        fine_tune_learning_rate_init=TRAINING["learning_rate_init"],
    )


@lru_cache
def undamaged(folder):
    """Photographs, none of which an experiment damages in a folder of three hundred."""
    return data.squares(folder, None, 160)[-N_PHOTOGRAPHS:]


def proxy_weights(name, stage_one, scores, pristine, device):
    """Weights of a first stage that has seen no score of anyone."""
    photographs = undamaged(pristine)
    made = make_damage_kinds(photographs, n_levels=2, include_pristine=True, random_state=0)
    model = proxy_model(name, stage_one, device).set_params(fine_tune_epochs=0)
    targets = scores(made.images, photographs[made.groups], extractor=model.extractor)
    model.fit(made.images, made.target, groups=made.groups, patch_targets=targets)
    return model.patch_estimator_.weights_


WITHOUT_KINDS = (
    pretrained,
    each_patch,
    *(partial(aggregated, *way) for way in AGGREGATED.items()),
    partial(patch_wise, "IQA-CNN"),
    image_wise,
    partial(with_proxy, "BIECON", BIECON, SIMILARITY),
    partial(with_proxy, "DIQA", DIQA(CONVOLUTIONS), ERRORS),
)
WITH_KINDS = (*WITHOUT_KINDS, partial(patch_wise, "IQA-CNN+"), partial(patch_wise, "IQA-CNN++"))
ALL_WAYS = tuple(partial(aggregated, *way) for way in OTHER_WAYS.items())
