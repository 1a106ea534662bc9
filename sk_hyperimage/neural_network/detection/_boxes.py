"""What all detectors share: the task of finding boxes, and networks made for it."""

from __future__ import annotations

import abc
from dataclasses import dataclass

import numpy as np
import torch

from sk_hyperimage._typing import Floats
from sk_hyperimage.neural_network._tasks import Task
from sk_hyperimage.neural_network.detection._suppression import suppress
from sk_hyperimage.neural_network.layers import Architecture, Shape

# Columns of a box, the kind after its sides.
SIDES, KIND = slice(0, 4), 4
# Candidates of an image that are compared with each other.
N_CANDIDATES = 400


@dataclass(frozen=True)
class Boxes(Task):
    """Boxes of several kinds in every image.

    Targets are rows ``row0, col0, row1, col1, code`` of an image, the code being the position of
    a kind among all; rows of zeros, which have no area, fill up images of fewer boxes.

    Parameters
    ----------
    n_kinds : int
    max_detections : int
        Boxes found in an image at most.
    score_threshold : float
        Boxes of a lower score are none.
    """

    n_kinds: int
    max_detections: int
    score_threshold: float

    n_outputs = None  # their number is that of the places of an image
    meaning = "kinds and boxes for every place of an image"

    def encode(self, y: np.ndarray, dtype: np.dtype) -> np.ndarray:
        """Boxes (n, n_boxes, 5) without NaN, one row at least."""
        boxes = np.nan_to_num(y, nan=0.0)
        if boxes.shape[1] == 0:
            boxes = np.zeros((len(boxes), 1, boxes.shape[2]))
        return boxes.astype(dtype)

    def moved(self, target: np.ndarray, codes: np.ndarray, sample_shape: Shape) -> np.ndarray:
        """The boxes of flipped and transposed images."""
        boxes = target.copy()
        n_rows, n_cols = sample_shape[:2]
        transposed, upside_down, mirrored = ((codes & bit) > 0 for bit in (4, 2, 1))
        boxes[transposed] = boxes[transposed][..., [1, 0, 3, 2, KIND]]
        for chosen, first, side in ((upside_down, 0, n_rows), (mirrored, 1, n_cols)):
            boxes[chosen, :, first], boxes[chosen, :, first + 2] = (
                side - boxes[chosen, :, first + 2],
                side - boxes[chosen, :, first],
            )
        return boxes

    @abc.abstractmethod
    def decode(self, outputs: np.ndarray) -> Floats:
        """Boxes found, (n, max_detections, 6), the best first and then rows of NaN.

        Columns are those of targets, and the score. Boxes may reach beyond the image.
        """

    def found(
        self,
        boxes: Floats,
        scores: Floats,
        *,
        overlap: float,
        agreeing: float | None = None,
    ) -> Floats:
        """The best boxes of every image, those around the same region suppressed.

        Parameters
        ----------
        boxes : ndarray of shape (n, n_places, 4)
        scores : ndarray of shape (n, n_places, n_kinds)
        overlap, agreeing : float
            As for `suppress`.

        Returns
        -------
        found : ndarray of shape (n, max_detections, 6)
            As of `decode`.
        """
        found = np.full((len(boxes), self.max_detections, 6), np.nan)
        for rows, of_image, scored in zip(found, boxes, scores, strict=True):
            places, codes = np.nonzero(scored > self.score_threshold)
            best = np.argsort(-scored[places, codes], kind="stable")[:N_CANDIDATES]
            places, codes = places[best], codes[best]
            kept, sides = suppress(
                of_image[places],
                scored[places, codes],
                codes,
                overlap=overlap,
                agreeing=agreeing,
                n_most=self.max_detections,
            )
            rows[: len(kept)] = np.column_stack([sides, codes[kept], scored[places, codes][kept]])
        return found

    def kind_maps(self, outputs: torch.Tensor) -> torch.Tensor:
        """Probability of every kind, and of none as the last, at places: (n, U, V, n_kinds + 1).

        Raises
        ------
        ValueError
            If such networks do not tell.
        """
        raise ValueError("this network finds boxes only: it has no map of kinds")


class DetectionArchitecture(Architecture):
    """Base of networks that find regions, to be given to a RegionDetector as `layers`.

    It is called with the number of kinds as `n_outputs`, and says what the outputs mean.
    """

    @abc.abstractmethod
    def task(self, n_kinds: int, max_detections: int, score_threshold: float) -> Boxes:
        """Meaning of the outputs of its networks."""
