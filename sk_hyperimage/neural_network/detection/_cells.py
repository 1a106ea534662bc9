"""Boxes from the cells of a map: the kind of each, and how far away the sides of its box are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from sk_hyperimage._typing import Floats
from sk_hyperimage.neural_network.detection._boxes import KIND, Boxes

# Distances of a cell to the sides of a box and, after these, the quality of that box.
N_GEOMETRY = 5
# Exponents of distances, in strides; beyond e ** 6 = 403 cells no image reaches.
EXPONENTS = (-4.0, 6.0)


@dataclass(frozen=True)
class CellBoxes(Boxes):
    """Boxes told by square cells, without anchors.

    Outputs (n, U, V, n_kinds + 6) are, of every cell: logits of the kinds and of none, logarithms
    of the distances of its center to the sides of the box that it lies in, above, left, below and
    right, in strides, and the logit of how well that box fits.

    The logits of kinds learn what share of the cell's area each kind has. So their mean over all
    cells answers for the whole image. Distances learn by the generalized intersection over union
    (Rezatofighi et al. 2019), the fit by the intersection over union that the box of the cell has
    (as Wu et al. 2020, "IoU-aware single-stage object detector"). Each counts in cells whose
    center lies in a box, of which the smallest is theirs, and in the cell of a box's center. Tian
    et al. 2019, "FCOS: fully convolutional one-stage object detection", is the model.

    Parameters
    ----------
    stride : int
        Pixels from one cell to the next.
    """

    stride: int

    OVERLAP = 0.4
    AGREEING = 0.65

    def losses(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Log loss of kinds, error of boxes, and log loss of their fit."""
        logits, geometry = outputs.split([self.n_kinds + 1, N_GEOMETRY], dim=3)
        shares = self._shares(target, *outputs.shape[1:3])
        of_kinds = -(shares * logits.log_softmax(dim=3)).sum(dim=3).mean(dim=(1, 2))
        true, weight = self._boxes_of_cells(target, *outputs.shape[1:3])
        shared, generalized = overlaps(self._boxes(geometry), true)
        of_fit = functional.binary_cross_entropy_with_logits(
            geometry[..., 4], shared.detach(), reduction="none"
        )
        return of_kinds + ((1 - generalized + of_fit) * weight).sum(dim=(1, 2))

    def decode(self, outputs: np.ndarray) -> Floats:
        """Boxes of cells whose kind and fit are likely, those of one region as one."""
        given = torch.from_numpy(outputs).double()
        boxes = self._boxes(given[..., self.n_kinds + 1 :]).flatten(1, 2).numpy()
        fit = given[..., -1:].sigmoid()
        scores = (self.kind_maps(given)[..., :-1] * fit).sqrt().flatten(1, 2).numpy()
        return self.found(boxes, scores, overlap=self.OVERLAP, agreeing=self.AGREEING)

    def kind_maps(self, outputs: torch.Tensor) -> torch.Tensor:
        """Probabilities at cells."""
        return outputs[..., : self.n_kinds + 1].softmax(dim=3)

    def _boxes(self, geometry: torch.Tensor) -> torch.Tensor:
        """Boxes (n, U, V, 4) of distances."""
        distances = geometry[..., :4].clamp(*EXPONENTS).exp() * self.stride
        rows, cols = (self._centers(geometry, axis) for axis in (1, 2))
        centers = torch.stack(torch.broadcast_tensors(rows[:, None], cols), dim=2)
        return torch.cat([centers - distances[..., :2], centers + distances[..., 2:]], dim=3)

    def _centers(self, maps: torch.Tensor, axis: int) -> torch.Tensor:
        places = torch.arange(maps.shape[axis], device=maps.device, dtype=maps.dtype)
        return (places + 0.5) * self.stride

    def _shares(self, boxes: torch.Tensor, n_rows: int, n_cols: int) -> torch.Tensor:
        """Share of every kind, and of none, in the area of cells, (n, U, V, n_kinds + 1)."""
        covered = []
        for axis, n_cells in enumerate((n_rows, n_cols)):
            edges = torch.arange(n_cells + 1, device=boxes.device) * self.stride
            first = torch.maximum(boxes[..., axis, None], edges[:-1].to(boxes))
            last = torch.minimum(boxes[..., axis + 2, None], edges[1:].to(boxes))
            covered.append((last - first).clamp(min=0) / self.stride)
        kinds = functional.one_hot(boxes[..., KIND].long(), self.n_kinds).to(boxes)
        shares = torch.einsum("nbu,nbv,nbk->nuvk", *covered, kinds)
        # Of boxes that overlap, the area in common is shared out.
        shares = shares / shares.sum(dim=3, keepdim=True).clamp(min=1)
        none = (1 - shares.sum(dim=3, keepdim=True)).clamp(min=0)
        return torch.cat([shares, none], dim=3)

    def _boxes_of_cells(
        self, boxes: torch.Tensor, n_rows: int, n_cols: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The box that each cell is to find, (n, U, V, 4), and what it counts for, (n, U, V)."""
        inside, at_center = [], []
        for axis, n_cells in enumerate((n_rows, n_cols)):
            cells = torch.arange(n_cells, device=boxes.device).to(boxes)
            centers = (cells + 0.5) * self.stride
            first, last = boxes[..., axis, None], boxes[..., axis + 2, None]
            inside.append((first < centers) & (centers < last))
            at_center.append(cells == ((first + last) / (2 * self.stride)).floor())
        area = (boxes[..., 2:4] - boxes[..., :2]).prod(dim=2)[:, :, None, None]
        finding = (area > 0) & (_crossed(inside) | _crossed(at_center))  # (n, B, U, V)
        smallest = torch.where(finding, area, torch.inf).argmin(dim=1)
        of_cells = boxes[..., :4].gather(1, smallest.flatten(1)[..., None].expand(-1, -1, 4))
        weight = finding.any(dim=1).to(boxes)
        weight = weight / weight.sum(dim=(1, 2), keepdim=True).clamp(min=1)
        return of_cells.unflatten(1, (n_rows, n_cols)), weight


def _crossed(of_axes: list[torch.Tensor]) -> torch.Tensor:
    """Where both hold, rows (n, B, U) and columns (n, B, V), in cells (n, B, U, V)."""
    rows, cols = of_axes
    return rows[..., :, None] & cols[..., None, :]


def overlaps(found: torch.Tensor, true: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Intersection over union of boxes (..., 4), and the generalized one, in [-1, 1]."""
    common = _area(torch.maximum(found, true)[..., :2], torch.minimum(found, true)[..., 2:])
    union = _area(found[..., :2], found[..., 2:]) + _area(true[..., :2], true[..., 2:]) - common
    hull = _area(torch.minimum(found, true)[..., :2], torch.maximum(found, true)[..., 2:])
    shared = common / union
    return shared, shared - (hull - union) / hull


def _area(first: torch.Tensor, last: torch.Tensor) -> torch.Tensor:
    return (last - first).clamp(min=0).prod(dim=-1)
