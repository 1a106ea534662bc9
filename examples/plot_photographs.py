"""
Local damage on photographs
===========================

A two-stage model learns to score locally damaged photographs from a few hundred of them. It is
compared with patch averaging on references that neither has seen, and maps show the damage that it
finds. ``make demo`` runs this example, which takes a few minutes on two cores.
"""

# %%
# The images
# ----------
# Disjoint crops of photographs that come with scikit-image and scikit-learn serve as references.
# Each is damaged several times in random regions, in one of six ways and at one of five levels.
# The target is the mean structural similarity (SSIM) to the pristine crop: a computed proxy, not
# human opinion.

import sys

import matplotlib.pyplot as plt
import numpy as np
from sklearn import config_context
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import cross_validate
from sklearn.pipeline import Pipeline

from sk_hyperimage.datasets import load_sample_photos, make_local_damage
from sk_hyperimage.ensemble import PatchPoolingRegressor
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.inspection import patch_maps
from sk_hyperimage.metrics import quality_scorers
from sk_hyperimage.model_selection import ReferenceShuffleSplit
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.preprocessing import LocalContrastNormalizer

photos = load_sample_photos(crop_size=160)
data = make_local_damage(photos.images, n_per_reference=8, random_state=0)
print(f"{len(data.images)} images of {len(photos.images)} references")

# %%
# The two models
# --------------
# Both cut the normalized images into patches that overlap by half, and share a network that is
# trained on them. One averages the scores of the patches. The other tiles their descriptions into
# a hyper-image, which a second network reads. The pristine images are available in training, so
# patches need not inherit the score of their image: the similarity inside each patch is a better
# target. For prediction the models see damaged images only. Most patches are intact, so the
# first stage is trained on squared errors; absolute errors are lowest when every patch gets the
# score of the median patch, which is an intact one.

TRAINER = {"solver": "adam", "learning_rate": "cosine", "learning_rate_init": 1e-3}
PATCH_NETWORK = CNNRegressor(
    "C(16) MP(2) C(32) MP(2) 2xC(48) MP(2) FC(100) Drop(0.5) FC(100) Drop(0.5) FC(1,linear)",
    loss="squared_error",
    batch_size=100,
    max_epochs=6,
    random_state=0,
    **TRAINER,
)
STAGE_TWO = CNNRegressor(
    "2xC(32) MP(2) 2xC(64) MP(4) FC(100) Drop(0.5) FC(100,tanh) Drop(0.5) FC(1,linear)",
    batch_size=20,
    max_epochs=60,
    augmentation="flips",
    random_state=0,
    **TRAINER,
)
EXTRACTOR = PatchExtractor(patch_size=32, overlap=0.5)
patch_targets = np.stack(
    [grid.mean(axis=(2, 3, 4)) for grid in EXTRACTOR.fit_transform(data.similarity)]
)
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

# %%
# Maps of the damage
# ------------------
# The predictions of the first split's patch network, on test images of that split.

_, test = next(splitter.split(groups=data.groups))
shown = test[np.argsort(data.target[test])[[10, 25, 40]]]
maps = patch_maps(averaging[0], data.images[shown])

figure, axes = plt.subplots(len(shown), 3, figsize=(7.5, 7.5), layout="constrained")
for row, index, predicted in zip(axes, shown, maps, strict=True):
    row[0].imshow(data.images[index])
    row[0].set_ylabel(f"{data.kind[index]}, level {data.level[index]}")
    row[1].imshow(predicted, vmin=0, vmax=1)
    shade = row[2].imshow(data.similarity[index], vmin=0, vmax=1)
for axis, title in zip(axes[0], ["image", "predicted map", "truth (SSIM)"], strict=True):
    axis.set_title(title)
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
figure.colorbar(shade, ax=axes, shrink=0.5, label="similarity to the pristine image")

if DEMO:
    figure.savefig(sys.argv[1], dpi=100)
    print(f"the picture is in {sys.argv[1]}")

plt.show()
