"""Defects of magnetic tiles: boxes of five kinds, and which photographs show a defect at all.

The light detector learns from boxes around the parts of every mask, in windows of the photographs,
since defects are small. Beside it are the regions of its own map of cells, without any box that a
cell tells, and gradients of whole photographs with a support vector machine, which learns from
labels alone. No tile is in training and test.
"""

import csv
from pathlib import Path

import numpy as np
from skimage.feature import hog
from skimage.measure import label, regionprops
from skimage.morphology import dilation, disk
from skimage.transform import resize
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from tables import mean_and_spread, save

from sk_hyperimage.images import read_image, regions_from_map
from sk_hyperimage.metrics import mean_average_precision
from sk_hyperimage.model_selection import cross_validate_splits
from sk_hyperimage.neural_network import RegionDetector

KINDS = ("blowhole", "break", "crack", "fray", "uneven")
# Photographs differ in size; all are scaled to that of the middle one.
SIDE = 320
# Pixels around the parts of a mask, which joins those of one defect.
MARGIN = 4
MOST_BOXES = 8
# Windows to train on: their side, how many show each kind and how many are drawn anywhere, the
# share of an intact photograph among these, and what brightness is multiplied by.
WINDOW = 96
N_OF_KIND, N_ANYWHERE, INTACT = 300, 1500, 0.8
BRIGHTNESS = 0.7, 1.4
LEAST_SIDE = 4  # of the part of a box that a window shows
DETECTOR, HOG = "Light detector", "HOG + SVM"


def run(options):
    """The detector and its peers on the same splits."""
    images, boxes, is_defect, groups = read_tiles(options.data)
    splits = list(
        StratifiedGroupKFold(options.splits, shuffle=True, random_state=0).split(
            images, is_defect, groups
        )
    )
    detector = OfWindows(
        RegionDetector(
            learning_rate_init=0.004,
            batch_size=16,
            max_epochs=options.epochs,
            augmentation="symmetries",
            device=options.device,
            random_state=0,
        ),
        random_state=0,
    )
    gradients = make_pipeline(
        FunctionTransformer(oriented_gradients),
        StandardScaler(),
        SVC(C=10, class_weight="balanced"),
    )
    shared = {"groups": groups, "cv": splits, "verbose": 1}
    found = cross_validate_splits(
        detector,
        images,
        boxes,
        scoring=defects_found,
        score_params={"is_defect": is_defect},
        store=options.store and f"{options.store}/{DETECTOR}",
        **shared,
    )
    told = cross_validate_splits(
        gradients,
        images,
        is_defect,
        scoring="roc_auc",
        store=options.store and f"{options.store}/{HOG}",
        **shared,
    )
    rows = [
        {
            "Model": f"{DETECTOR}, its boxes",
            "mAP, IoU .5": mean_and_spread(found["test_boxes .5"]),
            "mAP, IoU .25": mean_and_spread(found["test_boxes .25"]),
            "AUC": mean_and_spread(found["test_auc of boxes"]),
        },
        {
            "Model": "Regions of its map",
            "mAP, IoU .5": mean_and_spread(found["test_regions .5"]),
            "mAP, IoU .25": mean_and_spread(found["test_regions .25"]),
            "AUC": mean_and_spread(found["test_auc of map"]),
        },
        {
            "Model": HOG,
            "mAP, IoU .5": "",
            "mAP, IoU .25": "",
            "AUC": mean_and_spread(told["test_score"]),
        },
    ]
    lead = found["test_auc of map"] - told["test_score"]
    record = {
        "photographs, defective": [len(images), int(is_defect.sum())],
        "splits": len(splits),
        "epochs": options.epochs,
        "AUC of the map over HOG + SVM": f"{mean_and_spread(lead)}, better in {(lead > 0).sum()}",
    }
    save("detection_tiles", rows, record, options.output)


class OfWindows(BaseEstimator):
    """A detector that learns from windows of images, in which all kinds appear alike often."""

    def __init__(self, detector, random_state=None):
        self.detector = detector
        self.random_state = random_state

    def fit(self, X, y):
        rng = np.random.default_rng(self.random_state)
        is_box = ~np.isnan(y[..., 0])
        kinds = np.where(is_box[:, 0], y[:, 0, 4], -1)
        shown = [
            (rng.choice(np.flatnonzero(kinds == kind)), True)
            for kind in np.unique(kinds[kinds >= 0])
            for _ in range(N_OF_KIND)
        ]
        anywhere = [
            (rng.choice(np.flatnonzero((kinds < 0) == (rng.random() < INTACT))), False)
            for _ in range(N_ANYWHERE)
        ]
        cut = [window(X[i], y[i][is_box[i]], at_box, rng) for i, at_box in shown + anywhere]
        images, boxes = map(np.stack, zip(*cut, strict=True))
        self.detector_ = clone(self.detector).fit(images, boxes)
        self.classes_ = self.detector_.classes_
        return self

    def predict(self, X):
        return self.detector_.predict(X)

    def predict_maps(self, X):
        return self.detector_.predict_maps(X)


def window(image, boxes, at_box, rng):
    """A window at one of the boxes or anywhere, brighter or darker, and the boxes in it."""
    start = rng.uniform(0, SIDE - WINDOW, 2)
    if at_box:
        box = boxes[rng.integers(len(boxes))]
        start = rng.uniform(box[:2], box[2:4]) - rng.uniform(0.15, 0.85, 2) * WINDOW
    start = np.rint(start).clip(0, SIDE - WINDOW).astype(int)
    rows, cols = (slice(first, first + WINDOW) for first in start)
    pixels = np.rint(image[rows, cols] * rng.uniform(*BRIGHTNESS)).clip(0, 255)
    moved = (boxes[:, :4] - np.tile(start, 2)).clip(0, WINDOW)
    seen = ((moved[:, 2:] - moved[:, :2]) >= LEAST_SIDE).all(axis=1)
    inside = np.full((MOST_BOXES, 5), np.nan)
    inside[: seen.sum()] = np.column_stack([moved, boxes[:, 4]])[seen]
    return pixels.astype(np.uint8), inside


def read_tiles(folder):
    """Photographs of one size, boxes around their defects, whether there are any, and tiles."""
    with open(Path(folder, "index.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    images, boxes = [], np.full((len(rows), MOST_BOXES, 5), np.nan)
    for row, of_image in zip(rows, boxes, strict=True):
        photograph = np.atleast_3d(read_image(Path(folder, row["file"])))[..., 0]
        scaled = resize(photograph, (SIDE, SIDE), anti_aliasing=True, preserve_range=True)
        images.append(np.rint(scaled).astype(np.uint8))
        if row["mask"]:
            mask = np.atleast_3d(read_image(Path(folder, row["mask"]))).any(axis=2)
            around = boxes_around(mask)[:MOST_BOXES]
            of_image[: len(around), :4] = around
            of_image[: len(around), 4] = KINDS.index(row["kind"])
    is_defect = np.array([row["kind"] != "free" for row in rows]).astype(int)
    return np.stack(images), boxes, is_defect, np.array([row["group"] for row in rows])


def boxes_around(mask):
    """Boxes around the parts of a mask, the largest first, in pixels of the scaled image."""
    parts = regionprops(label(dilation(mask, disk(MARGIN))))
    parts = sorted(parts, key=lambda part: -part.area)
    scale = np.tile(np.divide(SIDE, mask.shape), 2)
    return np.array([part.bbox for part in parts]).reshape(-1, 4) * scale


def oriented_gradients(images):
    """Histograms of oriented gradients of 128 x 128 pixels, in cells of 16 x 16."""
    return np.stack(
        [
            hog(resize(image, (128, 128), anti_aliasing=True), pixels_per_cell=(16, 16))
            for image in images
        ]
    )


def defects_found(model, images, boxes, is_defect):
    """Mean average precisions and areas under the curve, by boxes and by the map of cells."""
    found = model.predict(images)
    maps = model.predict_maps(images)
    regions = regions_of(maps, model.classes_)
    scores = {
        f"{name} {str(threshold)[1:]}": mean_average_precision(
            boxes, of, iou_threshold=threshold, labels=range(len(KINDS))
        )
        for name, of in (("boxes", found), ("regions", regions))
        for threshold in (0.5, 0.25)
    }
    best = np.nan_to_num(found[:, 0, -1])
    most = (1 - maps[..., -1]).max(axis=(1, 2))
    return scores | {
        "auc of boxes": roc_auc_score(is_defect, best),
        "auc of map": roc_auc_score(is_defect, most),
    }


def regions_of(maps, labels, most=100):
    """Boxes around connected cells that are damaged rather than not, as of `predict`."""
    stride = SIDE // maps.shape[1]
    boxes = np.full((len(maps), most, 6), np.nan)
    for of_map, of_image in zip(maps, boxes, strict=True):
        regions = regions_from_map(of_map, threshold=0.2, background=len(labels))
        columns = [stride * regions[side] for side in ("row0", "col0", "row1", "col1")]
        table = np.column_stack([*columns, labels[regions["label"]], regions["score"]])[:most]
        of_image[: len(table)] = table
    return boxes
