"""From an image to its score, by a small model that is trained here."""

import matplotlib.pyplot as plt
import numpy as np

from sk_hyperimage.datasets import load_sample_photos, make_local_damage
from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.inspection import HyperImageDisplay, PatchGridDisplay
from sk_hyperimage.neural_network import CNNRegressor

photos = load_sample_photos().images[::4]
data = make_local_damage(photos, n_per_reference=4, random_state=0)
training = {"solver": "adam", "learning_rate": "cosine", "learning_rate_init": 2e-3}
model = HyperImageRegressor(
    extractor=PatchExtractor(patch_size=20, overlap=0),
    patch_estimator=CNNRegressor(
        "C(16,5,1,relu,valid) MP(2) C(24) MP(2) FC(32) FC(1,linear)", max_epochs=4, **training
    ),
    final_estimator=CNNRegressor("C(16) MP(4) FC(1,linear)", max_epochs=20, **training),
    random_state=0,
)
model.fit(data.images, data.target, groups=data.groups)

noisy = np.flatnonzero(np.isin(data.kind, ["additive noise", "impulse noise"]) & (data.level >= 4))
image = data.images[noisy[data.masks[noisy].mean(axis=(1, 2)).argmax()]]
predicted = model.predict(image[None])[0]

figure, axes = plt.subplots(1, 5, figsize=(9.5, 2.8), width_ratios=[5, 2, 5, 2, 2])
PatchGridDisplay.from_estimator(model, image, ax=axes[0])
HyperImageDisplay.from_estimator(model, image, ax=axes[2])
n_rows, n_cols, n_features = model.encode(image[None]).shape[1:]
axes[0].set_title("image and patches")
axes[2].set_title(f"hyper-image, {n_rows} x {n_cols} x {n_features}")
axes[4].text(0.5, 0.5, f"{predicted:.2f}", ha="center", va="center", fontsize=24)
axes[4].set_title("score")
for axis, stage in zip(axes[[1, 3]], ["first stage", "second stage"], strict=True):
    axis.annotate("", (1, 0.5), (0, 0.5), arrowprops={"arrowstyle": "->", "linewidth": 1.5})
    axis.text(0.5, 0.54, stage, ha="center")
for axis in axes[[1, 3, 4]]:
    axis.axis("off")
