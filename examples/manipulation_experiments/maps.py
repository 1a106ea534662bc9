"""Maps in the manner of Figure 6, and what the paper says of them as numbers.

The figure shows a splice blurred with 0.5 and a copy-move resized by 1.125, and no scores. With
the CNN "a sharp heat map is obtained", that of the SVM "is more fuzzy, with a higher risk of
false alarms".
"""

import numpy as np
import paper
from skimage.io import imread
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from sk_hyperimage.datasets import make_forgeries
from sk_hyperimage.ensemble import PatchPoolingClassifier
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.inspection import patch_maps
from sk_hyperimage.metrics import localization_scores

TASKS = ("blur-0.5", "resizing-1.125")
STRIDE = 8
# Share of the pixels of authentic photographs, of training, that are above the threshold.
FALSE_ALARMS = 0.05
# Rows and columns of the middle of a photograph that is looked at, at most.
LARGEST_SIDE = 512

HEADINGS = {
    "auc": "Pixel AUC",
    "average_precision": "Pixel AP",
    "found": "Found",
    "false alarms": "False alarms",
}


def scores(model, X, y, photographs, paths, task):
    """Scores of the maps of forgeries that are made of the photographs of a part of a split.

    "found" is the share of the pixels of tampered regions above a threshold, "false alarms" that
    of authentic photographs. The threshold is chosen on photographs that are not of this part.
    """
    tested = np.unique(photographs)
    others = np.setdiff1d(np.arange(len(paths)), tested)
    side = min(LARGEST_SIDE, *(min(imread(path).shape[:2]) for path in paths))
    authentic, known = (
        np.stack([middle(imread(paths[index]), side) for index in part])
        for part in (tested, others)
    )
    data = make_forgeries(
        authentic,
        kinds=None if len(authentic) > 1 else ["copy-move"],  # a validation part may be that small
        manipulation=paper.TASKS[task],
        jpeg_quality=None,
        random_state=0,
    )
    # A fitted model of patches slides over photographs as it is.
    sliding = make_pipeline(
        PatchExtractor(X.shape[1]), PatchPoolingClassifier(FrozenEstimator(model))
    ).fit(data.images, data.target)
    threshold = np.quantile(patch_maps(sliding, known, stride=STRIDE), 1 - FALSE_ALARMS)
    maps = np.stack(patch_maps(sliding, data.images, stride=STRIDE))
    of_regions = localization_scores(data.masks, maps)
    forged = np.flatnonzero(data.target)
    return {
        "auc": np.nanmean(of_regions.auc),
        "average_precision": np.nanmean(of_regions.average_precision),
        "found": np.mean([(maps[k] > threshold)[data.masks[k]].mean() for k in forged]),
        "false alarms": (maps[data.target == 0] > threshold).mean(),
    }


def middle(photograph, side):
    """Its middle, as it is: scaling would be a manipulation."""
    top, left = ((n - side) // 2 for n in photograph.shape[:2])
    return photograph[top : top + side, left : left + side]
