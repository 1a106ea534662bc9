"""
Local and global damage on photographs
======================================

A two-stage model learns to score damaged photographs from a few hundred of them. It is compared
with patch averaging on references that neither has seen, and maps show the damage that it finds.
``make demo`` runs this example, which takes a few minutes on two cores.
"""

# %%
# The images
# ----------
# Disjoint crops of photographs that come with scikit-image and scikit-learn serve as references.
# Each is damaged all over in four ways (noise, blur, JPEG, JPEG 2000) and in places in two
# (fragments copied nearby, blocks of another color), at two of five levels: the mixture of the
# paper's Experiment 3. The target is the mean deviation similarity index (MDSI) to the pristine
# crop, lower being better: a computed proxy, not human opinion.

import sys

import matplotlib.pyplot as plt
import numpy as np
from sklearn import config_context
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import cross_validate
from sklearn.pipeline import Pipeline

from sk_hyperimage import architectures
from sk_hyperimage.datasets import load_sample_photos, make_damage_kinds
from sk_hyperimage.ensemble import PatchPoolingRegressor
from sk_hyperimage.feature_extraction import (
    HyperImageEncoder,
    PatchExtractor,
    patch_ssim,
    select_patches,
)
from sk_hyperimage.inspection import patch_maps
from sk_hyperimage.metrics import quality_scorers, ssim
from sk_hyperimage.model_selection import ReferenceShuffleSplit
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.preprocessing import LocalContrastNormalizer

photos = load_sample_photos(crop_size=160)
GLOBAL, LOCAL = ["additive noise", "blur", "jpeg", "jpeg2000"], ["pattern", "blocks"]
data = make_damage_kinds(
    photos.images, kinds=GLOBAL + LOCAL, n_levels=2, include_pristine=True, random_state=0
)
references = photos.images[data.groups]
print(f"{len(data.images)} images of {len(photos.images)} references")

# %%
# The two models
# --------------
# Both cut the normalized images into patches that overlap by half, and share a network that is
# trained on them. One averages the scores of the patches. The other tiles their descriptions into
# a hyper-image, which a second network reads. Patches inherit the score of their image, so those
# that local damage leaves intact would learn that they are damaged. The pristine images are
# available in training, and tell which patches to train on: those that differ from them most. For
# prediction the models see damaged images only.

TRAINER = {"solver": "adam", "learning_rate": "cosine", "random_state": 0}
PATCH_NETWORK = CNNRegressor(
    architectures.KANG2014, learning_rate_init=1e-3, batch_size=64, max_epochs=10, **TRAINER
)
STAGE_TWO = CNNRegressor(
    "C(64,1) 2xC(64) MP(2) C(64) MP(4) FC(200) Drop(0.5) FC(1,linear)",
    learning_rate_init=3e-4,
    batch_size=20,
    max_epochs=50,
    augmentation="symmetries",
    **TRAINER,
)
EXTRACTOR = PatchExtractor(patch_size=32, overlap=0.5)
similarity = patch_ssim(data.images, references, extractor=EXTRACTOR)
patch_targets = select_patches(similarity, data.target, max_per_image=15, random_state=0)
patches = [
    ("normalize", LocalContrastNormalizer()),
    ("patches", EXTRACTOR),
]
two_stage = Pipeline(
    [*patches, ("encode", HyperImageEncoder(PATCH_NETWORK)), ("regress", STAGE_TWO)]
)


def patch_averaging(two_stage):
    """The model that averages the patches of a fitted two-stage model."""
    network = FrozenEstimator(two_stage["encode"].patch_estimator_)
    return Pipeline([*patches, ("pool", PatchPoolingRegressor(network))])


# %%
# Results on unseen references
# ----------------------------
# Every split holds out a fifth of the references for the test, and the models hold out a quarter
# of the rest for validation. This page shows the first of the three splits of ``make demo``.

DEMO = len(sys.argv) > 1  # make demo names a file for the picture
splitter = ReferenceShuffleSplit(n_splits=3 if DEMO else 1, random_state=0)
scorers = {name: quality_scorers()[name] for name in ("srocc", "plcc")}
with config_context(enable_metadata_routing=True):
    cross_validated = cross_validate(
        two_stage,
        data.images,
        data.target,
        params={"groups": data.groups, "patch_targets": patch_targets},
        cv=splitter,
        scoring=scorers,
        return_estimator=True,
    )
averaging, averaged = [], {f"test_{name}": [] for name in scorers}
for model, (train, test) in zip(
    cross_validated["estimator"], splitter.split(groups=data.groups), strict=True
):
    averaging.append(patch_averaging(model).fit(data.images[train], data.target[train]))
    for name, scorer in scorers.items():
        score = scorer(averaging[-1], data.images[test], data.target[test])
        averaged[f"test_{name}"].append(score)

for name, scores in {"patch averaging": averaged, "two-stage": cross_validated}.items():
    srocc, plcc = scores["test_srocc"], scores["test_plcc"]
    print(
        f"{name:16} SROCC {np.mean(srocc):.3f} +- {np.std(srocc):.3f}, "
        f"PLCC {np.mean(plcc):.3f} +- {np.std(plcc):.3f}, splits: {len(srocc)}"
    )
gain = cross_validated["test_srocc"] - np.array(averaged["test_srocc"])
print(f"gain in SROCC    {gain.mean():.3f} +- {gain.std():.3f}, better in {(gain > 0).sum()}")

# %%
# Maps of the damage
# ------------------
# The predictions of the first split's patch network, on test images of that split. They saw no
# pristine image; the truth beside them is how unlike it the damaged image is, place by place.
# Blur and blocks show in the maps, and copied fragments hardly do.

_, test = next(splitter.split(groups=data.groups))
of_kinds = [test[data.kind[test] == kind] for kind in ("pattern", "blocks", "blur")]
shown = [of_kind[data.level[of_kind].argmax()] for of_kind in of_kinds]
maps = patch_maps(averaging[0], data.images[shown])

figure, axes = plt.subplots(len(shown), 3, figsize=(7.5, 7.5), layout="constrained")
for row, index, predicted in zip(axes, shown, maps, strict=True):
    unlike = 1 - ssim(references[index], data.images[index], full=True)[1]
    row[0].imshow(data.images[index])
    row[0].set_ylabel(f"{data.kind[index]}, level {data.level[index]}")
    row[1].imshow(predicted, vmin=np.min(maps), vmax=np.max(maps))
    row[2].imshow(unlike, vmin=0, vmax=1)
for axis, title in zip(axes[0], ["image", "predicted map", "truth (1 - SSIM)"], strict=True):
    axis.set_title(title)
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])

if DEMO:
    figure.savefig(sys.argv[1], dpi=100)
    print(f"the picture is in {sys.argv[1]}")

plt.show()
