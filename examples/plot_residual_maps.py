"""
Where a photograph was blurred or resized
=========================================

A region that was put into a photograph has often been filtered or scaled to fit in. Such traces
are in the residuals, in what remains of pixels when their neighbors have predicted them. This page
repeats Figure 6 of Cozzolino, Poggi and Verdoliva (2017) with photographs at hand: a splice that
was blurred a little, a copy-move that was made larger by an eighth, and maps of two detectors.
"""

# %%
# Two detectors
# -------------
# Both learn from patches of photographs and the same patches after the manipulation. The first
# one counts combinations of residuals and reads the counts by a linear support vector machine. The
# second one is the same as a network, all layers of which are then trained on.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sk_hyperimage.datasets import load_sample_photos, make_forgeries, make_manipulations
from sk_hyperimage.ensemble import PatchPoolingClassifier, ResidualCNNClassifier
from sk_hyperimage.feature_extraction import PatchExtractor, ResidualCooccurrences
from sk_hyperimage.inspection import PatchMapDisplay, patch_maps
from sk_hyperimage.metrics import localization_scores

PATCH_SIZE = 48
photos = load_sample_photos(crop_size=300)
unseen = photos.groups == "coffee"


def detectors(kind, level):
    """The two detectors of one manipulation, by name."""
    data = make_manipulations(
        photos.images[~unseen],
        kinds=[kind],
        levels=[level],
        patch_size=PATCH_SIZE,
        n_patches=7,
        groups=photos.groups[~unseen],
        random_state=0,
    )
    classifier = make_pipeline(StandardScaler(), LinearSVC(C=0.01))
    svm = make_pipeline(ResidualCooccurrences(), classifier)
    cnn = ResidualCNNClassifier(
        classifier=classifier, max_epochs=3, validation_fraction=0.2, random_state=0
    )
    return {
        "SVM": svm.fit(data.images, data.target),
        "CNN": cnn.fit(data.images, data.target, groups=data.groups),
    }


# %%
# Two kinds of forgeries
# ----------------------
# They are made of parts of a photograph that training has not seen, three of each part. A fitted
# detector of patches slides over images of any size.

made = {
    kind: make_forgeries(
        photos.images[unseen],
        n_per_reference=3,
        kinds=[kind],
        manipulation=manipulation,
        jpeg_quality=None,
        random_state=1,
    )
    for kind, manipulation in {"splice": ("blur", 1), "copy-move": ("resizing", 2)}.items()
}


def maps_of(detector, data):
    """Maps of all images at a stride of 8 pixels."""
    pooled = PatchPoolingClassifier(FrozenEstimator(detector))
    sliding = make_pipeline(PatchExtractor(PATCH_SIZE), pooled).fit(data.images, data.target)
    return patch_maps(sliding, data.images, stride=8)


maps = {
    "splice": {
        name: maps_of(model, made["splice"]) for name, model in detectors("blur", 1).items()
    },
    "copy-move": {
        name: maps_of(model, made["copy-move"]) for name, model in detectors("resizing", 2).items()
    },
}

# %%
# Maps side by side
# -----------------
# The first forgery of each kind, the pasted region outlined in red, and scores of all six. Compare
# maps by these: decisions of the machine are on a scale of their own, so its maps are paler.
# Average precision depends on the order of the pixels only, and falls with strong false alarms.

figure, axes = plt.subplots(2, 4, figsize=(8.5, 4.6), layout="constrained")
for row, (kind, data) in zip(axes, made.items(), strict=True):
    row[0].imshow(data.images[0])
    row[1].imshow(data.images[1])
    row[1].contour(data.masks[1], levels=[0.5], colors="tab:red", linewidths=1)
    row[0].set_ylabel(kind)
    for axis, (name, of_detector) in zip(row[2:], maps[kind].items(), strict=True):
        PatchMapDisplay(of_detector[1]).plot(axis, colorbar=False)
        axes[0, list(row).index(axis)].set_title(name)
        scores = localization_scores(data.masks, of_detector)
        auc, precision = np.nanmean(scores.auc), np.nanmean(scores.average_precision)
        print(f"{kind:9} {name}: pixel AUC {auc:.2f}, average precision {precision:.2f}")
for axis, title in zip(axes[0], ["authentic", "forged"], strict=False):
    axis.set_title(title)
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])

# %%
# The detectors have seen ten parts of six photographs, so both are far from what they can be:
# structures that they have not met light up as well. Which of the two is better depends on the
# photographs; :doc:`/results/manipulation` has scores of many more.

plt.show()
