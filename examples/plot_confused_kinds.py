"""
Which kind of damage is taken for which
=======================================

Ahn, Kang and Sohn (2017) ask a network which of eight kinds of damage a photograph has, and show
what it mixes up (their Figure 2). This page does the same with IQA-CNN+, trained from scratch in a
minute: few photographs and few epochs, so it errs often.
"""

# %%
# Photographs with one kind of damage each
# ----------------------------------------
# Crops of the photographs that come with the dependencies, each in eight ways at three levels.
# Crops of one photograph stay on one side of the split.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay, accuracy_score
from sklearn.model_selection import GroupShuffleSplit
from sklearn.pipeline import make_pipeline

from sk_hyperimage import architectures
from sk_hyperimage.datasets import load_sample_photos, make_distortion_classification
from sk_hyperimage.ensemble import PatchPoolingClassifier
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.neural_network import CNNClassifier
from sk_hyperimage.preprocessing import ColorConverter, LocalContrastNormalizer

photos = load_sample_photos(crop_size=128)
data = make_distortion_classification(
    photos.images[::2], crop_size=128, groups=photos.groups[::2], random_state=0
)
train, test = next(
    GroupShuffleSplit(1, test_size=0.3, random_state=0).split(data.target, groups=data.groups)
)
print(f"{len(train)} images to train on, {len(test)} to test on")

# %%
# A network of patches
# --------------------
# Probabilities of 16 patches are averaged.

network = CNNClassifier(
    architectures.KANG2014,
    solver="adam",
    learning_rate="cosine",
    learning_rate_init=1e-3,
    max_epochs=4,
    random_state=0,
)
model = make_pipeline(
    ColorConverter(),
    LocalContrastNormalizer(),
    PatchExtractor(32, overlap=0),
    PatchPoolingClassifier(network),
)
model.fit(data.images[train], data.target[train])
truth, found = data.target[test], model.predict(data.images[test])
print(f"accuracy {accuracy_score(truth, found):.2f}; chance is 0.12")

# %%
# The confusion matrix
# --------------------
# Rows are the kinds that images have, columns those that they are taken for.

figure, ax = plt.subplots(figsize=(7, 6), layout="constrained")
display = ConfusionMatrixDisplay.from_predictions(
    truth,
    found,
    display_labels=data.target_names,
    normalize="true",
    values_format=".1f",
    xticks_rotation=60,
    cmap="Blues",
    colorbar=False,
    ax=ax,
)

# %%
# What mistakes look like
# -----------------------
# One image of each of the six confusions that are most frequent. Faint damage is hard to name.

confusions = display.confusion_matrix - np.diag(np.diag(display.confusion_matrix))
most = np.argsort(-confusions, axis=None, kind="stable")[:6]
figure, axes = plt.subplots(2, 3, figsize=(9, 7), layout="constrained")
for ax, true, taken in zip(axes.flat, *np.unravel_index(most, confusions.shape), strict=True):
    index = test[np.flatnonzero((truth == true) & (found == taken))[0]]
    ax.imshow(data.images[index])
    ax.set_title(f"{data.target_names[true]},\ntaken for {data.target_names[taken]}", fontsize=10)
    ax.set(xticks=[], yticks=[])
plt.show()
