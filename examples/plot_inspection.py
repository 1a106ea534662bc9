"""
Looking into a model
====================

A two-stage model in pictures: its training, its predictions for images and for patches, and the
influence of every part of an image on the prediction.
"""

# %%
# A task with known answers
# -------------------------
# In the synthetic task of the hyper-image paper, an artifact lowers the score more the higher its
# contrast is and the nearer it is to the center. A single patch shows its contrast, but not its
# position. Images and epochs are few here, so that the page is built in seconds.

import matplotlib.pyplot as plt
import numpy as np

from sk_hyperimage.datasets import make_synthetic_artifacts
from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.inspection import (
    HyperImageDisplay,
    InfluenceMapDisplay,
    LossCurveDisplay,
    PatchGridDisplay,
    PatchMapDisplay,
    ScoreScatterDisplay,
    patch_maps,
)
from sk_hyperimage.neural_network import CNNRegressor

data = make_synthetic_artifacts(600, image_size=96, random_state=0)
train, test = np.arange(500), np.arange(500, 600)

TRAINER = {"solver": "adam", "learning_rate": "cosine", "learning_rate_init": 2e-3}
model = HyperImageRegressor(
    "passthrough",
    PatchExtractor(patch_size=24, overlap=2 / 3),
    CNNRegressor(
        "C(12,5,2,relu,valid) MP(2) C(24) MP(2) FC(24) FC(1,linear)",
        batch_size=200,
        max_epochs=3,
        **TRAINER,
    ),
    CNNRegressor(
        "C(24) MP(2) C(24) MP(2) FC(32) FC(1,linear)",
        batch_size=20,
        max_epochs=30,
        augmentation="symmetries",
        **TRAINER,
    ),
    random_state=0,
)
model.fit(data.images[train], data.target[train])

# %%
# Was it trained long enough?
# ---------------------------
# Losses of both stages, in standard deviations of the score. Each stage keeps the weights of its
# best epoch.

LossCurveDisplay.from_estimator(model)

# %%
# How good are its predictions?
# -----------------------------
# Unseen images, colored by the number of artifacts.

scatter = ScoreScatterDisplay.from_estimator(
    model, data.images[test], data.target[test], labels=data.n_artifacts[test]
)
scatter.ax_.set_ylabel("true score")

# %%
# What does it look at?
# ---------------------
# Neighboring patches overlap by two thirds; the thick outline shows the size of one.

shown = 562  # of its two similar artifacts, one is nearer to the center
image = data.images[shown]
PatchGridDisplay.from_estimator(model, image)

# %%
# What does the first stage predict?
# ----------------------------------
# It scores and describes each patch by itself, regardless of its position. A map of the patches of
# the grid shows their edges; with ``stride=1``, that of the patches at all pixels does not. In the
# hyper-image, patches of similar colors have similar descriptions.

figure, axes = plt.subplots(1, 4, figsize=(13.5, 3.4), layout="constrained")
PatchMapDisplay.from_estimator(model, image, ax=axes[:2], colorbar=False)
PatchMapDisplay(*patch_maps(model, [image], stride=1)).plot(axes[2])
HyperImageDisplay.from_estimator(model, image, ax=axes[3])
titles = ["image", "first stage", "at every pixel", "hyper-image"]
for axis, title in zip(axes, titles, strict=True):
    axis.set_title(title)

# %%
# What moved the prediction?
# --------------------------
# Compared with the average description of a patch, red positions raise the predicted score and
# blue ones lower it. Gradient times input extrapolates from a small change; occlusion replaces
# one position after the other. The true term of each artifact is printed on it.

usual = model.encode(data.images[train]).mean(axis=(0, 1, 2))
print(f"predicted {model.predict([image])[0]:.2f}, true score {data.target[shown]:.2f}")

figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
axes[0].imshow(image, cmap="gray", vmin=0, vmax=1)
for (row, col), term in zip(data.positions[shown][:2], data.terms[shown], strict=False):
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    axes[0].text(col + 8, row + 8, f"{term:.2f}", ha="center", va="center", bbox=box)
for axis, method in zip(axes[1:], ["gradient", "occlusion"], strict=True):
    InfluenceMapDisplay.from_estimator(model, image, method=method, baseline=usual, ax=axis)
    axis.set_title(method)
axes[0].set(xticks=[], yticks=[], title="image, and true terms")

plt.show()
