"""Tasks of networks: targets of the loss, the loss itself, and predictions from outputs."""

from __future__ import annotations

import abc
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import expit, softmax
from torch.nn import functional

from sk_hyperimage._typing import Floats


class Task(abc.ABC):
    """Meaning of a network's outputs.

    Targets have one row a sample and any axes after that; outputs likewise, and losses come down
    to one number a sample.

    Attributes
    ----------
    n_outputs : int or None
        Width of the last layer; None leaves it as the architecture has it.
    meaning : str
        The outputs of a sample, in words.
    """

    n_outputs: int | None
    meaning: str

    @abc.abstractmethod
    def encode(self, y: np.ndarray, dtype: np.dtype) -> np.ndarray:
        """Target of the loss, (n, ...), for samples of a dtype."""

    def moved(
        self, target: np.ndarray, codes: np.ndarray, sample_shape: tuple[int, ...]
    ) -> np.ndarray:
        """Targets (n, ...) of samples moved by symmetries of the square, of these codes (n,).

        Most have no place in the sample and stay as they are.
        """
        return target

    @abc.abstractmethod
    def losses(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Loss of every sample, (n,)."""

    @abc.abstractmethod
    def decode(self, outputs: np.ndarray) -> Floats:
        """Predictions from outputs, in float64."""


@dataclass(frozen=True)
class Scores(Task):
    """One score a sample, standardized for training.

    Parameters
    ----------
    loss : {"absolute_error", "squared_error"}
    mean, scale : float
        Of the scores that the network is trained on.
    """

    loss: str
    mean: float
    scale: float

    n_outputs = 1
    meaning = "one score, standardized and so of either sign"

    def encode(self, y: np.ndarray, dtype: np.dtype) -> np.ndarray:
        """Standardized scores."""
        return ((y - self.mean) / self.scale).astype(dtype)

    def losses(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Errors of the standardized scores."""
        loss = functional.l1_loss if self.loss == "absolute_error" else functional.mse_loss
        return loss(outputs[:, 0], target, reduction="none")

    def decode(self, outputs: np.ndarray) -> Floats:
        """Scores in their own unit; infinite where that is too large for them."""
        with np.errstate(over="ignore"):
            return self.mean + self.scale * outputs[:, 0].astype(np.float64)


@dataclass(frozen=True, eq=False)
class Labels(Task):
    """One label per sample: a sigmoid for two classes, a softmax for more.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted.
    """

    classes: np.ndarray

    @property
    def n_outputs(self) -> int:  # type: ignore[override]
        """One for two classes, else one a class."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    @property
    def meaning(self) -> str:  # type: ignore[override]
        """Logits, whose sigmoid or softmax are the probabilities."""
        if self.n_outputs == 1:
            return f"the logit of class {self.classes.tolist()[1]!r}, before any sigmoid"
        return f"the logits of the {self.n_outputs} classes, before any softmax"

    def encode(self, y: np.ndarray, dtype: np.dtype) -> np.ndarray:
        """Positions of labels among the classes."""
        codes = np.searchsorted(self.classes, y)
        return codes.astype(dtype) if self.n_outputs == 1 else codes

    def losses(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Log loss, binary or multinomial."""
        if self.n_outputs > 1:
            return functional.cross_entropy(outputs, target, reduction="none")
        return functional.binary_cross_entropy_with_logits(outputs[:, 0], target, reduction="none")

    def decode(self, outputs: np.ndarray) -> Floats:
        """Probabilities of the classes, (n, n_classes)."""
        if self.n_outputs > 1:
            return softmax(outputs.astype(np.float64), axis=1)
        positive = expit(outputs[:, 0].astype(np.float64))
        return np.column_stack([1 - positive, positive])


@dataclass(frozen=True)
class Ranks(Task):
    """Difference d of two patches; the first (y = 1) or the second (y = -1) ranks higher.

    Parameters
    ----------
    margin : float
        d is to exceed it, on the side of y: the loss is ``max(0, margin - y d)``.
    """

    margin: float

    n_outputs = None
    meaning = "a difference of ranks"

    def encode(self, y: np.ndarray, dtype: np.dtype) -> np.ndarray:
        """The margin with the sign of y."""
        return (self.margin * y).astype(dtype)

    def losses(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """None once d is past the margin, on y's side."""
        return torch.relu(target.abs() - target.sign() * outputs[:, 0])

    def decode(self, outputs: np.ndarray) -> Floats:
        """Ranks of single patches, or differences of two."""
        return outputs[:, 0].astype(np.float64)
