"""Boxes from default boxes: the kind of each, and how it is to be moved and scaled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from sk_hyperimage._typing import Floats
from sk_hyperimage.neural_network.detection._boxes import KIND, SIDES, Boxes
from sk_hyperimage.neural_network.detection._priors import coded, decoded, default_boxes, matched


@dataclass(frozen=True)
class PriorBoxes(Boxes):
    """Boxes told by default boxes, as in SSD.

    Outputs (n, 8732, n_kinds + 5) are, of every default box: logits of the kinds and of none, and
    the code of the box. The loss is that of Liu et al. 2016, Section 2.2: smooth L1 of the codes
    of default boxes that are matched, log loss of their kinds and of three times as many others,
    those of the highest loss in each image; all divided by the number of matched boxes in the
    batch.
    """

    LEAST_OVERLAP = 0.5
    NEGATIVES = 3
    SUPPRESSED = 0.45

    def losses(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Errors of codes and log loss of kinds."""
        logits, codes = outputs.split([self.n_kinds + 1, 4], dim=2)
        priors = default_boxes().to(outputs)
        places = matched(target[..., SIDES], priors, self.LEAST_OVERLAP)
        positive = places >= 0
        rows = target.gather(1, places.clamp(min=0)[..., None].expand(-1, -1, target.shape[2]))
        kinds = torch.where(positive, rows[..., KIND].long(), self.n_kinds)
        of_kinds = functional.cross_entropy(logits.mT, kinds, reduction="none")
        n_positive = positive.sum(dim=1, keepdim=True)
        hardness = of_kinds.detach().masked_fill(positive, -1)
        rank = hardness.argsort(dim=1, descending=True).argsort(dim=1)
        counted = positive | (rank < self.NEGATIVES * n_positive)
        # Rows of zeros have no logarithm, and no default box to find them.
        wanted = coded(torch.where(positive[..., None], rows[..., SIDES], 1.0), priors)
        wanted = torch.where(positive[..., None], wanted, codes.detach())
        of_codes = functional.smooth_l1_loss(codes, wanted, reduction="none").sum(dim=(1, 2))
        share = len(outputs) / n_positive.sum().clamp(min=1)
        return ((of_kinds * counted).sum(dim=1) + of_codes) * share

    def decode(self, outputs: np.ndarray) -> Floats:
        """Default boxes of a likely kind, moved and scaled, without those around a better one."""
        given = torch.from_numpy(outputs).double()
        logits, codes = given.split([self.n_kinds + 1, 4], dim=2)
        boxes = decoded(codes, default_boxes()).numpy()
        scores = logits.softmax(dim=2)[..., :-1].numpy()
        return self.found(boxes, scores, overlap=self.SUPPRESSED)
