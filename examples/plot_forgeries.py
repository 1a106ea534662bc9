"""
Finding the forged part of a photograph
=======================================

A forgery is small, and its traces lie along the rim of the region that was put in. The first
stage therefore learns from pairs of patches along that rim: one from the tampered photograph,
one from the same place in the authentic one. After training it needs only the photograph in
question, and scores every patch by how tampered it looks.
"""

# %%
# Forgeries with their masks
# --------------------------
# Regions of photographs are put into others, or elsewhere into themselves, blended and compressed.

import matplotlib.pyplot as plt
import numpy as np
from sklearn import config_context
from sklearn.pipeline import Pipeline

from sk_hyperimage.datasets import load_sample_photos, make_forgeries, tampered_region
from sk_hyperimage.feature_extraction import (
    AlongContours,
    HyperImageEncoder,
    PatchExtractor,
    contour_points,
)
from sk_hyperimage.inspection import PatchMapDisplay, patch_maps
from sk_hyperimage.metrics import localization_scores
from sk_hyperimage.neural_network import CNNClassifier, PatchRanker
from sk_hyperimage.preprocessing import LocalContrastNormalizer

crops = load_sample_photos()
held_out = np.isin(crops.groups, ["coffee", "motorcycle", "rocket"])
train = make_forgeries(crops.images[~held_out], n_per_reference=3, random_state=0)
test = make_forgeries(crops.images[held_out], random_state=1)
print(train.DESCR)

# %%
# Without a mask, the authentic photograph can be subtracted from the tampered one and the
# difference cleaned up. Patches are centered on points along the contour.

authentic, tampered = train.images[:2]
region = tampered_region(authentic, tampered)
rows, cols = contour_points(region, n_points=15, patch_size=32, random_state=0).T

figure, axes = plt.subplots(1, 3, figsize=(7.5, 2.8), layout="constrained")
axes[0].imshow(authentic)
axes[1].imshow(tampered)
axes[2].imshow(region, cmap="gray")
axes[2].plot(cols, rows, "o", color="tab:red", markersize=4)
for axis, title in zip(axes, ["authentic", "tampered", "region and points"], strict=True):
    axis.set(title=title, xticks=[], yticks=[])

# %%
# Two stages
# ----------
# The ranker learns that an authentic patch ranks above its tampered counterpart. The second
# stage learns to classify images by the ranker's descriptions of all their patches. Masks and
# pairs travel beside the images. The networks here are smaller than the paper's, so that this
# page takes seconds.

training = {"solver": "adam", "learning_rate": "cosine", "learning_rate_init": 1e-3}
ranker = PatchRanker(
    "C(32,5,1,relu,valid) MP(2) 2xC(32) MP(2) C(64) MP(2) FC(64) Drop(0.5)",
    max_epochs=12,
    random_state=0,
    **training,
)
model = Pipeline(
    [
        ("normalize", LocalContrastNormalizer()),
        ("patches", PatchExtractor(32, overlap=0.75)),
        ("encode", HyperImageEncoder(ranker, supervision=AlongContours(), random_state=0)),
        (
            "classify",
            CNNClassifier(
                "C(32,1) MP(4) C(32) MP(4) FC(32) Drop(0.5) FC(1,sigmoid)",
                class_weight="balanced",
                max_epochs=20,
                random_state=0,
                **training,
            ),
        ),
    ]
)
with config_context(enable_metadata_routing=True):
    model.fit(
        train.images,
        train.target,
        masks=train.masks,
        pairs=train.pairs,
        groups=train.groups,
    )

# %%
# Maps of unseen photographs
# --------------------------
# A map spreads the ranker's scores of the patches over the pixels of the image. The ranker was
# trained on rims, so these stand out rather than the inside of a large region.

maps = patch_maps(model, test.images)
pixel_auc = localization_scores(test.masks, maps).auc
print(f"pixel AUC, mean of {np.isfinite(pixel_auc).sum()} images: {np.nanmean(pixel_auc):.2f}")

clearest = np.argsort(-np.nan_to_num(pixel_auc))[[0, 2, 4]]
figure, axes = plt.subplots(len(clearest), 3, figsize=(7.5, 7.5), layout="constrained")
for axis, index in zip(axes, clearest, strict=True):
    axis[0].imshow(test.images[index])
    axis[1].imshow(test.masks[index], cmap="gray")
    PatchMapDisplay(maps[index], test.images[index]).plot(axis[2], colorbar=False)
    axis[0].set_ylabel(test.kind[index])
for axis, title in zip(axes[0], ["tampered", "mask", "map"], strict=True):
    axis.set_title(title)
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
figure.suptitle("Three of the clearest; most are harder")

plt.show()
