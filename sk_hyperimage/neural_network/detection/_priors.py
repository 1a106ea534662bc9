"""Default boxes of SSD300: where they lie, which true box each is to find, and how that is coded.

Liu et al., "SSD: single shot multibox detector", ECCV 2016, Section 2.2.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import torch

# Cells along a side of the six maps, pixels between their centers, and whether their boxes have
# the ratios 3 and 1/3 besides 1, 2 and 1/2.
MAPS = (
    (38, 8, False),
    (19, 16, True),
    (10, 32, True),
    (5, 64, True),
    (3, 100, False),
    (1, 300, False),
)
SIDE = 300
# Sides of square boxes, in pixels; those of a second square lie between two of them.
SIZES = (30, 60, 111, 162, 213, 264, 315)
# Variances of the code: they make all four numbers about as large as each other.
OF_CENTER, OF_SIZE = 0.1, 0.2


def boxes_per_cell(elongated: bool) -> int:
    """Default boxes around the center of a cell."""
    return 6 if elongated else 4


@cache
def default_boxes() -> torch.Tensor:
    """All default boxes, (8732, 4): row and column of the center, rows, columns, in pixels."""
    boxes = []
    for (n_cells, step, elongated), (least, most) in zip(MAPS, pairwise(SIZES), strict=True):
        between = (least * most) ** 0.5
        sizes = [(least, least), (between, between)]
        for ratio in (2, 3) if elongated else (2,):
            long, short = least * ratio**0.5, least / ratio**0.5
            sizes += [(short, long), (long, short)]
        centers = [(k + 0.5) * step for k in range(n_cells)]
        boxes += [(row, col, *size) for row in centers for col in centers for size in sizes]
    return torch.tensor(boxes, dtype=torch.float64)


def corners(boxes: torch.Tensor) -> torch.Tensor:
    """row0, col0, row1, col1 of boxes (..., 4) that are given by their centers."""
    half = boxes[..., 2:] / 2
    return torch.cat([boxes[..., :2] - half, boxes[..., :2] + half], dim=-1)


def coded(boxes: torch.Tensor, priors: torch.Tensor) -> torch.Tensor:
    """Boxes (..., 4), by their corners, relative to default boxes, by their centers."""
    sizes = boxes[..., 2:] - boxes[..., :2]
    centers = (boxes[..., :2] + boxes[..., 2:]) / 2
    offsets = (centers - priors[..., :2]) / priors[..., 2:] / OF_CENTER
    return torch.cat([offsets, (sizes / priors[..., 2:]).log() / OF_SIZE], dim=-1)


def decoded(codes: torch.Tensor, priors: torch.Tensor) -> torch.Tensor:
    """The inverse of `coded`."""
    centers = codes[..., :2] * OF_CENTER * priors[..., 2:] + priors[..., :2]
    sizes = (codes[..., 2:] * OF_SIZE).exp() * priors[..., 2:]
    return corners(torch.cat([centers, sizes], dim=-1))


def matched(boxes: torch.Tensor, priors: torch.Tensor, least: float) -> torch.Tensor:
    """The true box that each default box is to find, (n, n_priors); -1 for none.

    Each true box gets the default box that fits it best; the other default boxes go to the true
    box that they overlap most, if the intersection over union is more than `least`.

    Parameters
    ----------
    boxes : tensor of shape (n, n_boxes, 4)
        By their corners; those without area are none.
    priors : tensor of shape (n_priors, 4)
        By their centers.
    least : float
    """
    shared = all_overlaps(boxes, corners(priors))  # (n, n_boxes, n_priors)
    most, found = shared.max(dim=1)
    found = torch.where(most > least, found, -1)
    is_box = (boxes[..., 2:] > boxes[..., :2]).all(dim=2)
    for image, box in is_box.nonzero().tolist():
        found[image, shared[image, box].argmax()] = box
    return found


def all_overlaps(boxes: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Intersection over union of boxes (n, b, 4) with others (p, 4), (n, b, p)."""
    first = torch.maximum(boxes[:, :, None, :2], others[:, :2])
    last = torch.minimum(boxes[:, :, None, 2:], others[:, 2:])
    common = (last - first).clamp(min=0).prod(dim=3)
    areas = (boxes[..., 2:] - boxes[..., :2]).prod(dim=2)
    return common / (areas[..., None] + (others[:, 2:] - others[:, :2]).prod(dim=1) - common)
