"""Photographs distorted in boxes, each made when it is asked for, and the masks of the boxes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import numpy as np

from sk_hyperimage._typing import Bools, Floats, Ints
from sk_hyperimage.datasets.generators._photographs import name_of, named, photograph_at
from sk_hyperimage.distortions import FLICKR_KINDS
from sk_hyperimage.images import Samples
from sk_hyperimage.images._floats import as_floats
from sk_hyperimage.images._reading import shape_of
from sk_hyperimage.images._samples import Images
from sk_hyperimage.utils._boxes import N_TRUE, pad_boxes
from sk_hyperimage.utils._gathered import gathered


class Plan(NamedTuple):
    """What is to be done to one photograph.

    `boxes` are rows of row0, col0, row1, col1; each has a name in ``FLICKR_KINDS`` and a strength.
    """

    photograph: int
    seed: int
    boxes: Ints
    kinds: tuple[str, ...]
    strengths: tuple[float, ...]


class DistortedImages(Images):
    """Photographs distorted in boxes, computed anew whenever one is asked for.

    Parameters
    ----------
    photographs : sequence of images or paths
    plans : list of Plan
        One for each image.
    crop_size : int or None
        Sides of the middle of the photographs, which is all that is used of them. None: all.
    one_by_one : bool
        Whether what is inside a box is distorted as an image of its own, as the shots of a
        panorama. Otherwise it is taken from the distorted image, without a seam.
    """

    dtype = np.dtype(np.float32)

    def __init__(
        self, photographs: Any, plans: list[Plan], crop_size: int | None, one_by_one: bool = False
    ):
        self.photographs = photographs
        self.plans = plans
        self.crop_size = crop_size
        self.one_by_one = one_by_one

    def __len__(self) -> int:
        return len(self.plans)

    def subset(self, indices: Ints) -> DistortedImages:
        """The images at `indices`, still to be made."""
        plans = [self.plans[index] for index in indices]
        return DistortedImages(self.photographs, plans, self.crop_size, self.one_by_one)

    def content(self) -> tuple[object, ...]:
        """The photographs, and what is done to them."""
        return self.photographs, self.plans, self.crop_size, self.one_by_one

    def name(self, index: int) -> str:
        """Name of the image at `index` in error messages."""
        return f"X[{index}], of {name_of(self.photographs, self.plans[index].photograph)}"

    def image_shape(self, index: int) -> tuple[int, int, int]:
        """(n_rows, n_cols, 3) of one image, read from the header of a file."""
        return (*used_shape(self.photographs, self.plans[index].photograph, self.crop_size), 3)

    def item(self, index: int) -> Floats:
        """One image."""
        return as_floats(self.pixels(index))

    def pixels(self, index: int) -> np.ndarray:
        """One image of 8 bits."""
        plan = self.plans[index]
        photograph = photograph_at(self.photographs, plan.photograph)
        if self.crop_size is not None:
            top, left = ((side - self.crop_size) // 2 for side in photograph.shape[:2])
            photograph = photograph[top : top + self.crop_size, left : left + self.crop_size]
        image = photograph.copy()
        for place, (box, kind, strength) in enumerate(
            zip(plan.boxes.tolist(), plan.kinds, plan.strengths, strict=True)
        ):
            rng = np.random.RandomState([plan.seed, place])
            row0, col0, row1, col1 = box
            margin = 0 if self.one_by_one else FLICKR_KINDS[kind].reach
            top, left, bottom, right = 0, 0, *photograph.shape[:2]
            if margin is not None:  # the pixels around that count for those in the box
                top, left = max(0, row0 - margin), max(0, col0 - margin)
                bottom, right = row1 + margin, col1 + margin
            part = photograph[top:bottom, left:right]
            distorted = FLICKR_KINDS[kind].of_strength(part, strength, rng)
            image[row0:row1, col0:col1] = distorted[
                row0 - top : row1 - top, col0 - left : col1 - left
            ]
        return image

    def in_file(self, temp_folder: str) -> np.ndarray:
        """All images in a temporary file, (n_images, n_rows, n_cols, 3), uint8."""
        if self.crop_size is None:
            raise ValueError("a temp_folder needs images of one size: give a crop_size")
        return gathered(self._one_by_one(), len(self), temp_folder)

    def _one_by_one(self) -> Generator[np.ndarray, None, None]:
        for index in range(len(self)):
            yield self.pixels(index)[np.newaxis]


class BoxMasks(Samples):
    """The pixels inside of boxes, made when they are asked for.

    Parameters
    ----------
    images : DistortedImages
    """

    dtype = np.dtype(bool)

    def __init__(self, images: DistortedImages):
        self.images = images
        shape = images.sample_shape
        self.sample_shape = None if shape is None else shape[:2]

    def __len__(self) -> int:
        return len(self.images)

    def subset(self, indices: Ints) -> BoxMasks:
        """The masks at `indices`."""
        return BoxMasks(self.images.subset(indices))

    def content(self) -> tuple[object, ...]:
        """What the images are made of."""
        return self.images.content()

    def item(self, index: int) -> Bools:  # type: ignore[override]
        """One mask, (n_rows, n_cols)."""
        mask = np.zeros(self.images.image_shape(index)[:2], dtype=bool)
        for row0, col0, row1, col1 in self.images.plans[index].boxes:
            mask[row0:row1, col0:col1] = True
        return mask


def used_shape(photographs: Any, index: int, crop_size: int | None) -> tuple[int, int]:
    """Rows and columns that are used of a photograph; ValueError where it has fewer."""
    rows, cols = named(shape_of, photographs, index)[:2]
    if crop_size is None:
        return rows, cols
    if min(rows, cols) < crop_size:
        raise ValueError(
            f"{name_of(photographs, index)} has {rows} x {cols} pixels, fewer than "
            f"crop_size={crop_size}"
        )
    return crop_size, crop_size


def planned(
    photographs: Any,
    crop_size: int | None,
    seeds: Ints,
    n_images: int,
    drawn: Callable[[int, tuple[int, int], np.random.RandomState], tuple[Ints, Any, Any]],
) -> list[Plan]:
    """Plans of `n_images` of every photograph.

    `drawn` gives boxes, kinds and strengths for the image of some number, of some shape. What it
    draws depends on the seed of the photograph and on this number only.
    """
    plans = []
    for photograph, seed in enumerate(seeds):
        shape = used_shape(photographs, photograph, crop_size)
        for number in range(n_images):
            rng = np.random.RandomState([seed, number])
            boxes, kinds, strengths = drawn(number, shape, rng)
            plans.append(
                Plan(
                    photograph,
                    int(rng.randint(2**32, dtype=np.uint32)),
                    np.asarray(boxes),
                    tuple(map(str, kinds)),
                    tuple(map(float, strengths)),
                )
            )
    return plans


def boxes_of(plans: list[Plan], labels: list[list[int]]) -> Floats:
    """Boxes of all images as a target, (n_images, max_boxes, 5)."""
    return pad_boxes(
        [np.column_stack([p.boxes, some]) for p, some in zip(plans, labels, strict=True)], N_TRUE
    )
