"""Patches cut on a GPU, from images that stay there as long as its memory allows."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import torch

from sk_hyperimage.images import PatchGrids, PatchSequence, Samples

# Share of the memory that is free when training begins; networks need the rest.
GPU_MEMORY_SHARE = 1 / 4


def as_tensor(batch: np.ndarray) -> torch.Tensor:
    """A batch as a tensor; memory that torch could not write to is copied first."""
    return torch.from_numpy(np.require(batch, requirements=["C", "W"]))


def on_device(samples: Samples, device: str) -> DevicePatches | DeviceGrids | None:
    """Patches to be cut on a GPU; None elsewhere, and for samples that are not cut from images."""
    if torch.device(device).type != "cuda":
        return None
    if isinstance(samples, PatchSequence):
        return DevicePatches.filling(samples.grids, device)
    if isinstance(samples, PatchGrids):
        return DeviceGrids(DevicePatches.filling(samples, device))
    return None


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
        dtype = torch.from_numpy(np.empty(0, dtype=grids.dtype)).dtype
        self.images = torch.zeros(shape, dtype=dtype, device=device)
        n_rows, n_cols = grid.grid_shape
        self.first_rows = np.zeros((n_slots, n_rows), dtype=np.int64)
        self.first_cols = np.zeros((n_slots, n_cols), dtype=np.int64)
        self._slots: OrderedDict[int, int] = OrderedDict()  # of images, the last used at the end

    @classmethod
    def filling(cls, grids: PatchGrids, device: str) -> DevicePatches:
        """With as many slots as a share of a GPU's free memory holds."""
        n_free_bytes, _ = torch.cuda.mem_get_info(device)
        image_bytes = np.prod(grids.grid.max_shape) * grids.shape[-1] * grids.dtype.itemsize
        n_slots = int(n_free_bytes * GPU_MEMORY_SHARE) // int(image_bytes)
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
            slots = np.array([self._slot(int(image)) for image in some])
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

    def _slot(self, index: int) -> int:
        """Place of an image on the device; it is copied there if needed."""
        if index in self._slots:
            self._slots.move_to_end(index)
            return self._slots[index]
        full = len(self._slots) == len(self.images)
        slot = self._slots.popitem(last=False)[1] if full else len(self._slots)
        image = self.grids.image(index)
        height, width = image.shape[:2]
        self.images[slot, :height, :width] = as_tensor(image)
        windows = self.grids.grid.windows((height, width))
        self.first_rows[slot], self.first_cols[slot] = windows.rows.ravel(), windows.cols.ravel()
        self._slots[index] = slot
        return slot


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
