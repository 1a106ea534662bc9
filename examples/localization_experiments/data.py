"""The images of every experiment, and splits into training, validation and test parts."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from skimage.io import imread
from skimage.transform import resize
from sklearn.model_selection import GroupShuffleSplit

from sk_hyperimage.datasets import load_casia1, load_casia2, make_forgeries, tampered_region
from sk_hyperimage.distortions import compressed
from sk_hyperimage.images import read_image

TEST_SHARE = 1 / 6  # of the paper, as large as the validation part


@dataclass(frozen=True)
class Images:
    """Authentic and tampered images; masks and pairs serve training and the test of maps only."""

    images: Any
    target: np.ndarray
    masks: Sequence[Any]
    pairs: np.ndarray
    groups: np.ndarray
    donors: np.ndarray

    def splits(self, n_splits):
        """Parts of two thirds, a sixth and a sixth that share no group."""
        to_test = GroupShuffleSplit(n_splits, test_size=TEST_SHARE, random_state=0)
        for seed, (rest, test) in enumerate(to_test.split(self.target, groups=self.groups)):
            to_validate = GroupShuffleSplit(
                1, test_size=TEST_SHARE / (1 - TEST_SHARE), random_state=seed
            )
            train, validation = next(to_validate.split(rest, groups=self.groups[rest]))
            yield rest[train], rest[validation], self._unseen(test, rest)

    def _unseen(self, test, rest):
        """The test images of which training shows no photograph, be it as donor of a region."""
        known = np.union1d(self.groups[rest], self.donors[rest])
        seen = np.isin(self.groups[test], known) | np.isin(self.donors[test], known)
        return test[~seen]


def made(folder, n_photographs=200, shape=(256, 384)):
    """Forgeries of the first photographs of a folder by name, cut to their center, not scaled."""
    paths = sorted(
        path for path in Path(folder).rglob("*") if path.suffix.lower() in (".jpg", ".png", ".bmp")
    )
    cuts = [_center(imread(path), shape, path) for path in paths[:n_photographs]]
    if len(cuts) < 12:
        raise FileNotFoundError(f"{str(folder)!r} holds {len(cuts)} photographs; 12 are needed")
    data = make_forgeries(np.stack(cuts), n_per_reference=3, random_state=0)
    return Images(data.images, data.target, data.masks, data.pairs, data.groups, data.groups)


def casia2(folder, by_source):
    """CASIA-2, split by source photographs, or at random as in the paper."""
    data = load_casia2(folder)
    every = np.arange(len(data.target))
    groups, donors = (data.groups, data.donors) if by_source else (every, every)
    return Images(data.images, data.target, _masks(data), data.pairs, groups, donors)


def casia1(folder, reencodes=False, scale=1.0):
    """CASIA-1 in its published layout, or a part of it with an index of its files.

    Files as they are, or all pictures compressed alike, and scaled after it.
    """
    index = Path(folder, "index.csv")
    if index.exists():
        with open(index, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        images = np.array([str(Path(folder, row["file"])) for row in rows])
        masks = [Path(folder, row["mask"]) if row["mask"] else None for row in rows]
        target = np.array([int(row["tampered"]) for row in rows])
        groups = donors = np.array([row["group"] for row in rows])
    else:
        data = load_casia1(folder)
        images, masks, target = data.images, data.masks, data.target
        groups, donors = data.groups, data.donors
    if reencodes:
        images = _objects(_compressed_and_scaled(path, scale) for path in images)
        masks = [None if mask is None else _scaled_mask(mask, scale) for mask in masks]
    return Images(images, target, _objects(masks), groups, groups, donors)


def magnetic_tiles(folder):
    """Photographs of tiles, intact or with one of five kinds of defect, from an index of them.

    A group joins the photographs of one tile.
    """
    with open(Path(folder, "index.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    images = np.array([str(Path(folder, row["file"])) for row in rows])
    masks = [Path(folder, row["mask"]) if row["mask"] else None for row in rows]
    target = np.array([row["kind"] != "free" for row in rows]).astype(int)
    groups = np.array([row["group"] for row in rows])
    return Images(images, target, _objects(masks), groups, groups, groups)


def _compressed_and_scaled(path, scale):
    picture = compressed(read_image(path), format="JPEG", quality=90).astype(np.uint8)
    if scale == 1:
        return picture
    shape = [round(side * scale) for side in picture.shape[:2]]
    return np.rint(255 * resize(picture, shape, anti_aliasing=True)).astype(np.uint8)


def _scaled_mask(path, scale):
    mask = np.atleast_3d(read_image(path)).any(axis=2)
    return resize(mask, [round(side * scale) for side in mask.shape], order=0)


def _objects(items):
    """One-dimensional, even where all items have one shape."""
    items = list(items)
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _masks(data):
    """Masks of the ground truth; where there is none, what subtraction finds, or None."""
    original = {
        pair: path
        for pair, path, tampered in zip(data.pairs, data.images, data.target, strict=True)
        if not tampered
    }
    masks = data.masks.copy()
    missing = [
        index
        for index in np.flatnonzero(data.target)
        if masks[index] is None and data.pairs[index] is not None
    ]
    found = Parallel(-1)(
        delayed(_difference)(original[data.pairs[index]], data.images[index]) for index in missing
    )
    for index, region in zip(missing, found, strict=True):
        masks[index] = region
    return masks


def _difference(authentic, tampered):
    try:
        return tampered_region(authentic, tampered)
    except ValueError:  # they are shifted against each other, or hardly differ
        return None


def _center(photograph, shape, path):
    """The middle of a photograph, which is laid on its side if need be."""
    if (photograph.shape[0] > photograph.shape[1]) != (shape[0] > shape[1]):
        photograph = np.rot90(photograph)
    top, left = ((side - n) // 2 for side, n in zip(photograph.shape, shape, strict=False))
    if min(top, left) < 0:
        raise ValueError(f"{str(path)!r} is smaller than {shape[0]} x {shape[1]} pixels")
    return photograph[top : top + shape[0], left : left + shape[1]]
