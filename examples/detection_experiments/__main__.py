"""The light detector, trained and tested on two sorts of damaged regions (paper 3, Table 3).

    python examples/detection_experiments --data ~/photographs --test ~/others --store ~/store

distorts regions of photographs in eight ways, trains a detector on "basic" regions, on "difficult"
ones and on a mixture of as many images, and tests all three on both, made of other photographs. It
prints mean average precisions and writes them for the documentation. With ``--store`` a run that
was interrupted goes on where it stopped.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import paper

from sk_hyperimage.datasets import load_image_folder, make_distortion_detection
from sk_hyperimage.distortions import FLICKR_KINDS
from sk_hyperimage.metrics import mean_average_precision
from sk_hyperimage.model_selection import cross_validate_splits
from sk_hyperimage.neural_network import RegionDetector

RESULTS = Path(__file__).parents[2] / "docs" / "results"
SORTS = {
    "basic": {"n_regions": (1, 4), "region_size": (0.3, 0.7)},
    "difficult": {"n_regions": (5, 9), "region_size": (0.1, 0.3)},
}
THRESHOLDS = (0.5, 0.75, 0.9)
VALIDATED_SHARE = 10  # every tenth photograph


def main(arguments=None):
    options = parse(arguments)
    photographs = [load_image_folder(folder).images for folder in (options.data, options.test)]
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
    for cells in rows:
        print("   ".join(f"{name} {value}" for name, value in cells.items()))
    record = {
        "photographs to train, to test": [len(paths) for paths in photographs],
        "images of each": n_each,
        "epochs": options.epochs,
        "mean average precision": "of COCO, 101 points; the paper's rules of VOC are not stated",
    }
    save("detection_table3", rows, record, options.output)


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="detection_experiments",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", required=True, help="folder of photographs to train on")
    parser.add_argument("--test", required=True, help="folder of other photographs")
    parser.add_argument("--images", type=int, default=8, help="of each photograph and sort")
    parser.add_argument("--test-images", type=int, default=20, help="the same, to test on")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--sets", type=int, default=3, help="of the training sets, the first")
    parser.add_argument("--quick", action="store_true", help="two images of each, one epoch")
    parser.add_argument("--device", default="auto", help="cpu, cuda, ...")
    parser.add_argument("--store", help="folder for what is finished, to go on after interruption")
    parser.add_argument("--output", default=RESULTS, help="folder for the table")
    options = parser.parse_args(arguments)
    if options.quick:
        options.images = options.test_images = 2
        options.epochs = 1
    return options


def distorted(photographs, n_each, sort, seed):
    """Images with boxes; all are made now, since every epoch reads them."""
    data = make_distortion_detection(
        photographs, n_per_photograph=n_each, random_state=seed, **SORTS[sort]
    )
    data.images = np.stack([np.rint(255 * image).astype(np.uint8) for image in data.images])
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
    """Mean average precision by sort of test images and threshold, and by kind at the lowest."""
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
            scores[f"{name} {threshold}"] = np.nanmean(by_kind)
            if threshold == THRESHOLDS[0]:
                scores |= {f"{name} kind {k}": value for k, value in enumerate(by_kind)}
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


def save(name, rows, record, folder):
    """The table for the documentation, and how it was made beside it."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
