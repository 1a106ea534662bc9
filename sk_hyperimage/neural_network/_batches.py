"""What one epoch of training sees: samples, targets and weights in whole batches."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch.utils.data import Dataset

from sk_hyperimage.neural_network._augmentation import random_symmetries
from sk_hyperimage.neural_network._prefetch import prefetched
from sk_hyperimage.utils import ArraySamples, LazySamples


class Part(Dataset):
    """The rows of the samples that one part of training (learning, validation) sees."""

    def __init__(
        self, samples: LazySamples, target: np.ndarray, weight: np.ndarray, rows: np.ndarray
    ):
        # Rows of weight zero must count neither in the loss nor in the number of updates.
        self.rows = rows[weight[rows] > 0]
        if len(self.rows) == 0:
            raise ValueError("sample_weight leaves no sample to train or to validate on")
        self.samples = samples
        self.target = target
        self.weight = (weight / weight[self.rows].mean()).astype(samples.dtype)

    def __len__(self) -> int:
        return len(self.rows)


class Batches:
    """Whole batches of a part, in order, or shuffled and augmented where an `rng` is given."""

    def __init__(
        self,
        part: Part,
        batch_size: int,
        rng: np.random.Generator | None = None,
        augmentation: str | None = None,
    ):
        self.part = part
        self.batch_size = batch_size
        self.rng = rng
        self.augmentation = augmentation

    def __len__(self) -> int:
        return math.ceil(len(self.part) / self.batch_size)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]]:
        part = self.part
        order = part.rows if self.rng is None else part.samples.epoch_order(part.rows, self.rng)
        starts = range(0, len(order), self.batch_size)
        rows_of_batches = [order[start : start + self.batch_size] for start in starts]
        batches = batches_of(part.samples, rows_of_batches)
        for rows, batch in zip(rows_of_batches, batches, strict=True):
            if self.rng is not None and self.augmentation is not None:
                batch = random_symmetries(batch, self.augmentation, self.rng)
            yield (
                as_tensor(batch),
                (
                    torch.from_numpy(part.target[rows]),
                    torch.from_numpy(part.weight[rows]),
                ),
            )


def batches_of(
    samples: LazySamples, rows_of_batches: Sequence[np.ndarray]
) -> Iterator[np.ndarray]:
    """Batches of samples, made ahead of their use where it takes more than indexing an array."""
    if isinstance(samples, ArraySamples):
        return map(samples.take, rows_of_batches)
    return prefetched(samples.take, rows_of_batches)


def as_tensor(batch: np.ndarray) -> torch.Tensor:
    """A batch as a tensor; memory that torch could not write to is copied first."""
    return torch.from_numpy(np.require(batch, requirements=["C", "W"]))
