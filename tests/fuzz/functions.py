"""Odd arguments for the public functions."""

import numpy as np

from fuzz.oddities import odd_array, odd_images, odd_target, odd_value
from sk_hyperimage import datasets, feature_extraction, metrics
from sk_hyperimage.feature_extraction import (
    PatchExtractor,
    patch_scores,
    patch_ssim,
    select_patches,
)
from sk_hyperimage.images import regions_from_map
from sk_hyperimage.model_selection import ReferenceShuffleSplit


def score(rng):
    names = [n for n in metrics.__all__ if n.endswith("_score")]
    function = getattr(metrics, str(rng.choice(names)))
    y_true = odd_target(rng) if rng.random() < 0.7 else rng.random(8)
    y_pred = odd_target(rng) if rng.random() < 0.7 else rng.random(8)
    # A score is NaN, with a warning, where it is not defined.
    return function.__name__, lambda: np.nan_to_num(function(y_true, y_pred))


def contour_points(rng):
    mask = odd_array(rng) if rng.random() < 0.6 else rng.random((20, 20)) > 0.5
    options = {"n_points": odd_value(rng)} if rng.random() < 0.5 else {}
    options |= {"patch_size": odd_value(rng)} if rng.random() < 0.5 else {"patch_size": 3}
    return "contour_points", lambda: feature_extraction.contour_points(mask, **options)


def tampered_region(rng):
    first, second = (odd_array(rng) for _ in range(2))
    return "tampered_region", lambda: datasets.tampered_region(first, second)


def similarity(rng):
    X = odd_images(rng)
    references = X if rng.random() < 0.5 else odd_images(rng)
    return "patch_ssim", lambda: patch_ssim(X, references, extractor=PatchExtractor(3, 0))


def scores_of_cells(rng):
    X = odd_images(rng)
    references = X if rng.random() < 0.5 else odd_images(rng)
    name = str(rng.choice(["score", "cell_size"]))
    options = {"extractor": PatchExtractor(3, 0)} | {name: odd_value(rng)}
    return "patch_scores", lambda: patch_scores(X, references, **options)


def selection(rng):
    similarities = odd_array(rng) if rng.random() < 0.7 else rng.random((8, 2, 2))
    y = odd_target(rng) if rng.random() < 0.7 else rng.random(8)
    name = str(rng.choice(["threshold", "max_per_image", "balance", "random_state"]))
    options = {name: odd_value(rng)} if rng.random() < 0.5 else {}

    def run():
        targets = np.asarray(select_patches(similarities, y, **options))
        return np.nan_to_num(targets.astype(float))  # NaN leaves a patch out

    return "select_patches", run


def split(rng):
    groups = odd_target(rng)
    name = str(rng.choice(["n_splits", "test_size", "validation_size", "random_state"]))
    value = odd_value(rng) if rng.random() < 0.6 else None

    def run():
        options = {"n_splits": 3} if value is None else {name: value}
        splitter = ReferenceShuffleSplit(**options)
        parts = next(iter(splitter.split(np.zeros((8, 1)), groups=groups)))
        return np.concatenate([np.ravel(part) for part in parts])

    return f"ReferenceShuffleSplit({name})", run


def detections(rng):
    boxes = np.tile([0.0, 0, 4, 4, 1], (8, 2, 1))
    y_true = odd_array(rng) if rng.random() < 0.5 else boxes
    y_pred = odd_array(rng) if rng.random() < 0.5 else np.dstack([boxes, rng.random((8, 2))])
    options = {"iou_threshold": odd_value(rng)} if rng.random() < 0.3 else {}

    def run():
        options["interpolation"] = "all"
        return np.nan_to_num(metrics.mean_average_precision(y_true, y_pred, **options))

    return "mean_average_precision", run


def map_regions(rng):
    map_ = odd_array(rng) if rng.random() < 0.7 else rng.random((9, 9))

    def run():
        return np.concatenate(list(regions_from_map(map_).values()))

    return "regions_from_map", run


FUNCTIONS = [score, contour_points, tampered_region, similarity, selection, split]
FUNCTIONS += [detections, map_regions, scores_of_cells]


def case(rng, folder):
    """Call a function with odd arguments."""
    text, run = FUNCTIONS[rng.integers(len(FUNCTIONS))](rng)
    return run, text, None
