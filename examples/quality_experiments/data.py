"""The images of every experiment, pristine ones among them to train on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from resynthesized import LEVELS, resynthesized

from sk_hyperimage.datasets import (
    load_live,
    load_live_challenge,
    load_quality_csv,
    load_sample_photos,
    load_tid2013,
    make_damage_kinds,
    make_local_damage,
)
from sk_hyperimage.model_selection import ReferenceShuffleSplit

PRISTINE = "pristine"

# Numbers of TID2013's kinds: those that LIVE has as well, and the two most local ones.
SHARED_WITH_LIVE = (1, 8, 10, 11)
MOST_LOCAL = (14, 15)

GLOBAL_KINDS = ("additive noise", "blur", "jpeg", "jpeg2000")
LOCAL_KINDS = ("pattern", "blocks")


@dataclass(frozen=True)
class Images:
    """Images, their scores and references if any; pristine images are never tested on."""

    images: np.ndarray
    references: np.ndarray | None
    target: np.ndarray
    groups: np.ndarray
    kind: np.ndarray
    image_size: tuple[int, int]

    def splits(self, n_splits):
        """Parts that share no reference: random ones, or each reference tested in turn."""
        if n_splits is None:
            parts = self._references_in_turn()
        else:
            splitter = ReferenceShuffleSplit(n_splits, random_state=0)
            parts = splitter.split_with_validation(groups=self.groups)
        is_tested = self.kind != PRISTINE
        return [(train, validation, test[is_tested[test]]) for train, validation, test in parts]

    def _references_in_turn(self):
        """The reference after the tested one validates."""
        names = np.unique(self.groups)
        for tested, validating in zip(names, np.roll(names, -1), strict=True):
            parts = [
                ~np.isin(self.groups, [tested, validating]),
                self.groups == validating,
                self.groups == tested,
            ]
            yield tuple(np.flatnonzero(part) for part in parts)


def live(root):
    """LIVE, whose copies of references were rated, too."""
    data = load_live(root, include_pristine=True)
    return _images(data, data.images, data.references, image_size=(512, 768))


def tid2013(root, kinds=None):
    """TID2013, or some of its kinds of distortion."""
    return _with_references(load_tid2013(root, kinds=kinds), image_size=(384, 512))


def live_subset(root, mappings=None):
    """A table of images of LIVE with scores; `mapping` names the way they were combined."""
    table = Path(root, "labels.csv")
    data = load_quality_csv(
        table,
        higher_is_better=False,
        score_column="dmos",
        reference_column="reference",
        kind_column="distortion",
    )
    if mappings is not None:
        import csv

        with open(table, newline="") as file:
            kept = np.array([row["mapping"] in mappings for row in csv.DictReader(file)])
        for name in ("images", "references", "target", "groups", "kind"):
            data[name] = data[name][kept]
    return _with_references(data, image_size=(512, 768))


def live_challenge(root):
    """LIVE in the Wild, or a part of it with a table of its scores: photographs as they are."""
    if Path(root, "labels.csv").exists():
        data = load_quality_csv(
            Path(root, "labels.csv"),
            higher_is_better=True,
            image_column="file",
            score_column="mos",
            score_range=(0, 100),
        )
    else:
        data = load_live_challenge(root)
    kind = np.full(len(data.target), "authentic")
    return Images(data.images, None, data.target, data.groups, kind, image_size=(500, 500))


def damaged_photographs(folder, n_photographs=90, size=160):
    """Photographs in a folder, or those that come with dependencies, damaged in six ways.

    The target is a computed proxy, not human opinion.
    """
    photographs = (
        load_sample_photos(size).images if folder is None else squares(folder, n_photographs, size)
    )
    data = make_damage_kinds(
        photographs,
        kinds=[*GLOBAL_KINDS, *LOCAL_KINDS],
        n_levels=2,
        include_pristine=True,
        random_state=0,
    )
    return _images(data, data.images, photographs[data.groups], image_size=(size, size))


def locally_damaged(folder, n_photographs=60, size=256):
    """Photographs at their own scale, damaged in random regions; the target is mean SSIM."""
    photographs = squares(folder, n_photographs, size, scaled=False)
    made = make_local_damage(photographs, n_per_reference=8, random_state=0)
    kind = np.full(len(made.target), "in regions")
    return Images(made.images, None, made.target, made.groups, kind, image_size=(size, size))


def tid_like(folder, scores, kinds, levels=LEVELS):
    """Some kinds of TID2013, made again from Kodak's photographs, with their human scores."""
    images, target, groups, kind = resynthesized(folder, scores, kinds, levels)
    return Images(images, None, target, groups, kind, image_size=(384, 512))


def squares(folder, n_photographs, size, scaled=True):
    """The first photographs of a folder by name, scaled to the size and cut to their center."""
    from skimage.io import imread
    from skimage.transform import resize

    paths = sorted(
        path for path in Path(folder).rglob("*") if path.suffix.lower() in (".jpg", ".png", ".bmp")
    )
    squares = []
    for path in paths[:n_photographs]:
        photograph = imread(path)
        scale = size / min(photograph.shape[:2]) if scaled else 1
        shape = [max(size, round(side * scale)) for side in photograph.shape[:2]]
        resized = resize(photograph, shape, anti_aliasing=True)
        top, left = ((side - size) // 2 for side in shape)
        squares.append(np.rint(255 * resized[top : top + size, left : left + size]))
    if len(squares) < 5:
        raise FileNotFoundError(f"{str(folder)!r} holds {len(squares)} photographs; 5 are needed")
    return np.stack(squares).astype(np.uint8)


def _with_references(data, image_size):
    """Every reference joins the images, with the best score of the data.

    They were not rated; they serve training only.
    """
    names, first = np.unique(data.groups, return_index=True)
    best = data.target.max() if data.higher_is_better else data.target.min()
    return Images(
        images=np.concatenate([data.images, data.references[first]]),
        references=np.concatenate([data.references, data.references[first]]),
        target=np.concatenate([data.target, np.full(len(names), best)]),
        groups=np.concatenate([data.groups, names]),
        kind=np.concatenate([data.kind, np.full(len(names), PRISTINE)]),
        image_size=image_size,
    )


def _images(data, images, references, image_size):
    return Images(images, references, data.target, data.groups, data.kind, image_size)
