"""Samples, targets and weights in whole batches, as one epoch of training sees them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch.utils.data import Dataset

from sk_hyperimage.images import ArraySamples, Samples
from sk_hyperimage.neural_network.training._augmentation import drawn_symmetries, moved
from sk_hyperimage.neural_network.training._device_patches import as_tensor, on_device
from sk_hyperimage.utils._threads import prefetched


class Source:
    """Samples as tensors, made on the device where that is better.

    Parameters
    ----------
    samples : Samples
    device : str
    again : bool, default=False
        Whether the same samples are asked for several times.
    """

    def __init__(self, samples: Samples, device: str, *, again: bool = False):
        self.samples = samples
        self.there = on_device(samples, device, again=again)
        self.whole = _whole_tensor(samples)

    def take(self, rows: np.ndarray) -> torch.Tensor:
        """Some samples, on the device or still to be sent there."""
        if self.there is not None:
            return self.there.take(rows)
        if self.whole is not None:
            return self.whole[torch.from_numpy(rows)]  # all cores copy, where numpy uses one
        return as_tensor(self.samples.take(rows))

    def batches(self, rows_of_batches: Sequence[np.ndarray]) -> Iterator[torch.Tensor]:
        """Batches, made ahead of their use where that takes more than copying memory."""
        if self.there is None and self.samples.in_memory:
            return map(self.take, rows_of_batches)
        return prefetched(self.take, rows_of_batches)


class Part(Dataset):
    """The rows of the samples that one part of training (learning, validation) sees.

    Weights are those of the samples, (n,), or of all patches in them, (n, n_patches); targets
    likewise, with any axes after these.
    """

    def __init__(self, source: Source, target: np.ndarray, weight: np.ndarray, rows: np.ndarray):
        # Rows of weight zero must count neither in the loss nor in the number of updates.
        self.rows = rows[weight[rows].reshape(len(rows), -1).any(axis=1)]
        if len(self.rows) == 0:
            raise ValueError("sample_weight leaves no sample to train or to validate on")
        self.source = source
        self.target = target
        self.weight = (weight / weight[self.rows].mean()).astype(source.samples.dtype)

    def __len__(self) -> int:
        return len(self.rows)


class Batches:
    """Whole batches of a part, in order, or shuffled and augmented where an `rng` is given.

    Where targets have places in their samples, `move_target` moves them along: it is called with
    targets, the codes of their symmetries, and the shape of a sample before that.
    """

    def __init__(
        self,
        part: Part,
        batch_size: int,
        rng: np.random.Generator | None = None,
        augmentation: str | None = None,
        move_target: Callable[[np.ndarray, np.ndarray, tuple[int, ...]], np.ndarray] | None = None,
    ):
        self.part = part
        self.batch_size = batch_size
        self.rng = rng
        self.augmentation = augmentation
        self.move_target = move_target

    def __len__(self) -> int:
        return math.ceil(len(self.part) / self.batch_size)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]]:
        part = self.part
        order = part.rows
        if self.rng is not None:
            order = part.source.samples.epoch_order(order, self.rng)
        starts = range(0, len(order), self.batch_size)
        rows_of_batches = [order[start : start + self.batch_size] for start in starts]
        batches = part.source.batches(rows_of_batches)
        for rows, batch in zip(rows_of_batches, batches, strict=True):
            target = part.target[rows]
            if self.rng is not None and self.augmentation is not None:
                codes = drawn_symmetries(len(batch), self.augmentation, self.rng)
                if self.move_target is not None:
                    target = self.move_target(target, codes, tuple(batch.shape[1:]))
                batch = moved(batch, codes)
            yield (
                batch,
                (
                    torch.from_numpy(target),
                    torch.from_numpy(part.weight[rows]),
                ),
            )


def _whole_tensor(samples: Samples) -> torch.Tensor | None:
    """All samples as one tensor over the same memory, where they are floats it can hold."""
    if not isinstance(samples, ArraySamples) or samples.array.dtype != samples.dtype:
        return None
    flags = samples.array.flags
    return torch.from_numpy(samples.array) if flags.writeable and flags.c_contiguous else None
