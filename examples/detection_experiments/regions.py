"""A detector of damaged regions, trained and tested on two sorts of them (Table 3, Figure 3).

"basic" regions are large and few, "difficult" ones small and many; a third set of as many images
mixes both. Tests are of other photographs.
"""

from itertools import pairwise

import numpy as np
import paper
from data import photographs_of, whole_numbers
from tables import save

from sk_hyperimage.datasets import make_distortion_detection
from sk_hyperimage.distortions import FLICKR_KINDS
from sk_hyperimage.metrics import detection_by_size, mean_average_precision
from sk_hyperimage.model_selection import cross_validate_splits
from sk_hyperimage.neural_network import RegionDetector

SORTS = {
    "basic": {"n_regions": (1, 4), "region_size": (0.3, 0.7)},
    "difficult": {"n_regions": (5, 9), "region_size": (0.1, 0.3)},
}
THRESHOLDS = (0.5, 0.75, 0.9)
# Edges of the sides of regions, in pixels of 300, in which the paper's Figure 3 tells them apart.
SIDES = {"basic": (90, 130, 170, 210), "difficult": (30, 50, 70, 90)}
VALIDATED_SHARE = 10  # every tenth photograph


def run(options):
    """Train on every sort of regions, and test on both."""
    photographs = photographs_of(options)
    n_each = (options.images, options.test_images)
    parts = [
        {sort: distorted(paths, n, sort, seed) for sort in SORTS}
        for seed, (paths, n) in enumerate(zip(photographs, n_each, strict=True))
    ]
    images = np.concatenate([data.images for part in parts for data in part.values()])
    boxes = padded([data.target for part in parts for data in part.values()])
    photograph = np.concatenate([data.photographs for part in parts for data in part.values()])
    sort_of = np.concatenate(
        [np.full(len(data.photographs), sort) for part in parts for sort, data in part.items()]
    )
    n_to_train = sum(len(data.photographs) for data in parts[0].values())
    is_test = np.arange(len(boxes)) >= n_to_train
    groups = photograph + is_test * len(photographs[0])
    splits = training_sets(sort_of, is_test, groups)
    splits = dict(list(splits.items())[: options.sets])
    print(f"{[len(train) for train, _, _ in splits.values()]} images to train on")
    scores = cross_validate_splits(
        RegionDetector(
            max_epochs=options.epochs,
            augmentation="symmetries",
            device=options.device,
            random_state=0,
        ),
        images,
        boxes,
        groups=groups,
        cv=list(splits.values()),
        scoring=precisions,
        score_params={"sort": sort_of},
        store=options.store,
        verbose=1,
    )
    names = parts[0]["basic"].target_names
    rows = [row(trained_on, scores, k, names) for k, trained_on in enumerate(splits)]
    record = {
        "photographs to train, to test": [len(paths) for paths in photographs],
        "images of each": n_each,
        "epochs": options.epochs,
        "mean average precision": "of COCO, 101 points; the paper's rules of VOC are not stated",
    }
    save("detection_table3", rows, record, options.output)
    by_size = [row_by_size(trained_on, scores, k) for k, trained_on in enumerate(splits)]
    save("detection_by_size", by_size, record, options.output)


def distorted(photographs, n_each, sort, seed):
    """Images with boxes; all are made now, since every epoch reads them."""
    data = make_distortion_detection(
        photographs, n_per_photograph=n_each, random_state=seed, **SORTS[sort]
    )
    data.images = whole_numbers(data.images)
    return data


def padded(boxes):
    """One array of boxes of images that have up to different numbers of them."""
    most = max(of_part.shape[1] for of_part in boxes)
    return np.concatenate(
        [
            np.pad(of_part, [(0, 0), (0, most - of_part.shape[1]), (0, 0)], constant_values=np.nan)
            for of_part in boxes
        ]
    )


def training_sets(sort_of, is_test, groups):
    """Images to train on, held-out ones of other photographs, and all to test on."""
    is_odd = np.arange(len(sort_of)) % 2 == 1
    chosen = {sort: sort_of == sort for sort in SORTS}
    chosen["mixture"] = (sort_of == "basic") != is_odd
    known = np.unique(groups[~is_test])
    is_held_out = np.isin(groups, known[::VALIDATED_SHARE])
    return {
        name: tuple(
            np.flatnonzero(rows)
            for rows in (of & ~is_test & ~is_held_out, of & ~is_test & is_held_out, is_test)
        )
        for name, of in chosen.items()
    }


def precisions(model, images, boxes, sort):
    """Mean average precision by sort of test images, and by threshold, kind and size of region.

    By kind at the lowest threshold, by size at 0.9, as the paper has it.
    """
    found = model.predict(images)
    scores = {}
    for name in SORTS:
        of = sort == name
        for threshold in THRESHOLDS:
            by_kind = mean_average_precision(
                boxes[of],
                found[of],
                iou_threshold=threshold,
                labels=range(len(FLICKR_KINDS)),
                average=None,
            )
            # Held-out images are all of the sort that is trained on.
            scores[f"{name} {threshold}"] = np.nanmean(by_kind) if of.any() else np.nan
            if threshold == THRESHOLDS[0]:
                scores |= {f"{name} kind {k}": value for k, value in enumerate(by_kind)}
        by_size = detection_by_size(boxes[of], found[of], sides=SIDES[name])
        scores |= {f"{name} size {k}": v for k, v in enumerate(by_size.average_precision)}
    return scores


def row(trained_on, scores, k, names):
    cells = {"Trained on": trained_on}
    for sort in SORTS:
        for threshold in THRESHOLDS:
            published = paper.TABLE3.get((trained_on, sort, threshold), "")
            cells[f"{sort}, paper, {threshold}"] = published
            cells[f"{sort}, {threshold}"] = f"{scores[f'test_{sort} {threshold}'][k]:.3f}"
    for code, name in enumerate(names):
        cells[name] = f"{scores[f'test_basic kind {code}'][k]:.3f}"
    return cells


def row_by_size(trained_on, scores, k):
    cells = {"Trained on": trained_on}
    for sort, sides in SIDES.items():
        for size, (least, most) in enumerate(pairwise(sides)):
            cells[f"{sort}, {least} to {most}"] = f"{scores[f'test_{sort} size {size}'][k]:.3f}"
    return cells
