"""Samples that stay on a GPU as long as its memory allows, and patches cut there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np
import torch
from joblib import cpu_count

from sk_hyperimage.images import ArraySamples, PatchGrids, PatchSequence, Samples
from sk_hyperimage.images._samples import Images
from sk_hyperimage.utils._threads import prefetched

Made = TypeVar("Made")

# Share of the memory that is free when training begins; networks need the rest.
GPU_MEMORY_SHARE = 1 / 4

# Threads that decode for a GPU, which reads images faster than one of them makes them; more than
# these wait for Python's lock. A processor computes at the same time.
GPU_DECODERS = 4
CPU_DECODERS = 2


def as_tensor(batch: np.ndarray) -> torch.Tensor:
    """A batch as a tensor; memory that torch could not write to is copied first."""
    return torch.from_numpy(np.require(batch, requirements=["C", "W"]))


def torch_dtype(samples: Samples) -> torch.dtype:
    """What torch calls the type of the samples."""
    return torch.from_numpy(np.empty(0, dtype=samples.dtype)).dtype


def made_ahead(
    make: Callable[[int], Made],
    indices: Iterable[int],
    samples: Samples,
    device: torch.device | str,
) -> Iterator[Made]:
    """What a function gives for some of the samples, in order, in threads if files are decoded."""
    if samples.in_memory:
        return map(make, indices)
    on_gpu = torch.device(device).type == "cuda"
    n_decoders = max(CPU_DECODERS, min(GPU_DECODERS, cpu_count())) if on_gpu else CPU_DECODERS
    return prefetched(make, indices, n_decoders)


def on_device(
    samples: Samples, device: str, *, again: bool
) -> DevicePatches | DeviceGrids | DeviceSamples | None:
    """Samples kept on a GPU, or cut there; None elsewhere, and for those that have to be sent.

    `again` says whether the same samples are asked for several times.
    """
    if torch.device(device).type != "cuda":
        return None
    if isinstance(samples, PatchSequence):
        return DevicePatches.filling(samples.grids, device)
    if isinstance(samples, PatchGrids):
        return DeviceGrids(DevicePatches.filling(samples, device))
    # Other samples may change: pairs are drawn anew for every epoch.
    if again and isinstance(samples, (ArraySamples, Images)) and samples.sample_shape is not None:
        n_bytes = len(samples) * int(np.prod(samples.sample_shape)) * samples.dtype.itemsize
        if n_bytes <= free_bytes(device):
            return DeviceSamples(samples, torch.device(device))
    return None


def free_bytes(device: str) -> int:
    """The share of a GPU's free memory that samples may take."""
    n_free_bytes, _ = torch.cuda.mem_get_info(device)
    return int(n_free_bytes * GPU_MEMORY_SHARE)


class DeviceSamples:
    """Samples of one shape, sent to a device when they are first asked for.

    Parameters
    ----------
    samples : ArraySamples or Images
    device : torch.device
    """

    def __init__(self, samples: Samples, device: torch.device):
        self.samples = samples
        self.device = device
        shape = (len(samples), *samples.sample_shape)  # type: ignore[misc]
        self.tensor = torch.empty(shape, dtype=torch_dtype(samples), device=device)
        self.sent = np.zeros(len(samples), dtype=bool)

    def take(self, indices: np.ndarray) -> torch.Tensor:
        """Samples at `indices`, (n_indices, ...)."""
        missing = np.unique(indices[~self.sent[indices]])
        if len(missing):
            self.tensor[self._there(missing)] = as_tensor(self._made(missing)).to(self.device)
            self.sent[missing] = True
        return self.tensor[self._there(indices)]

    def _made(self, indices: np.ndarray) -> np.ndarray:
        if self.samples.in_memory:
            return self.samples.take(indices)
        shape = (len(indices), *self.tensor.shape[1:])
        made = np.empty(shape, dtype=self.samples.dtype)
        items = made_ahead(self.samples.item, indices.tolist(), self.samples, self.device)
        for place, item in zip(made, items, strict=True):
            place[...] = item
        return made

    def _there(self, indices: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(indices).to(self.device)


class DevicePatches:
    """The patches of many grids in one row, as a `PatchSequence`, in a device's memory.

    Parameters
    ----------
    grids : PatchGrids
    device : torch.device
    n_slots : int
        Images that are kept on the device.
    """

    def __init__(self, grids: PatchGrids, device: torch.device, n_slots: int):
        self.grids = grids
        self.device = device
        grid, n_channels = grids.grid, grids.shape[-1]
        shape = (n_slots, *grid.max_shape, n_channels)
        self.images = torch.zeros(shape, dtype=torch_dtype(grids), device=device)
        n_rows, n_cols = grid.grid_shape
        self.first_rows = np.zeros((n_slots, n_rows), dtype=np.int64)
        self.first_cols = np.zeros((n_slots, n_cols), dtype=np.int64)
        self._slots: OrderedDict[int, int] = OrderedDict()  # of images, the last used at the end

    @classmethod
    def filling(cls, grids: PatchGrids, device: str) -> DevicePatches:
        """With as many slots as a share of a GPU's free memory holds."""
        image_bytes = np.prod(grids.grid.max_shape) * grids.shape[-1] * grids.dtype.itemsize
        n_slots = free_bytes(device) // int(image_bytes)
        return cls(grids, torch.device(device), min(max(1, n_slots), len(grids)))

    def take(self, indices: np.ndarray) -> torch.Tensor:
        """Patches at `indices`, (n_indices, patch rows, patch columns, n_channels)."""
        n_rows, n_cols = self.grids.grid.grid_shape
        images, positions = np.divmod(indices, n_rows * n_cols)
        u, v = np.divmod(positions, n_cols)
        distinct, which = np.unique(images, return_inverse=True)
        patches = None
        for start in range(0, len(distinct), len(self.images)):
            some = distinct[start : start + len(self.images)]
            slots = self._slots_of(some.tolist())
            here = np.flatnonzero((which >= start) & (which < start + len(some)))
            slot = slots[which[here] - start]
            cut = self._cut(slot, self.first_rows[slot, u[here]], self.first_cols[slot, v[here]])
            if len(some) == len(distinct):
                return cut
            if patches is None:
                patches = cut.new_empty((len(indices), *cut.shape[1:]))
            patches[torch.from_numpy(here).to(self.device)] = cut
        return patches  # type: ignore[return-value]

    def _cut(self, slots: np.ndarray, rows: np.ndarray, cols: np.ndarray) -> torch.Tensor:
        """One patch for each slot, first row and first column, in one operation."""
        height, width = self.grids.grid.patch_shape
        slot, row, col = torch.from_numpy(np.stack([slots, rows, cols])).to(self.device)
        row = row[:, None] + torch.arange(height, device=self.device)
        col = col[:, None] + torch.arange(width, device=self.device)
        return self.images[slot[:, None, None], row[:, :, None], col[:, None, :]]

    def _slots_of(self, indices: list[int]) -> np.ndarray:
        """Places of images on the device, no more than it keeps; they are sent there if needed."""
        missing = [index for index in indices if index not in self._slots]
        for index in set(indices).difference(missing):
            self._slots.move_to_end(index)  # or a missing one might take its place
        images = made_ahead(self.grids.image, missing, self.grids, self.device)
        for index, image in zip(missing, images, strict=True):
            self._send(index, image)
        return np.array([self._slots[index] for index in indices])

    def _send(self, index: int, image: np.ndarray) -> None:
        """Put an image in the place of the one that was used longest ago."""
        full = len(self._slots) == len(self.images)
        slot = self._slots.popitem(last=False)[1] if full else len(self._slots)
        height, width = image.shape[:2]
        self.images[slot, :height, :width] = as_tensor(image)
        windows = self.grids.grid.windows((height, width))
        self.first_rows[slot], self.first_cols[slot] = windows.rows.ravel(), windows.cols.ravel()
        self._slots[index] = slot


class DeviceGrids:
    """Whole patch grids, of patches cut on a device."""

    def __init__(self, patches: DevicePatches):
        self.patches = patches

    def take(self, indices: np.ndarray) -> torch.Tensor:
        """Grids of shape (n_indices, U, V, patch rows, patch columns, n_channels)."""
        shape = self.patches.grids.shape[1:]
        each = np.arange(shape[0] * shape[1])
        rows = np.asarray(indices)[:, np.newaxis] * len(each) + each
        return self.patches.take(rows.ravel()).reshape(len(indices), *shape)
