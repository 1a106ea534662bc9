"""Random symmetries of the square, applied to batches of images, hyper-images or patch grids."""

from __future__ import annotations

import numpy as np
import torch

# How many of the eight symmetries each choice draws from: the code of a symmetry is
# (transpose, flip rows, flip columns) in binary.
AUGMENTATIONS = {"horizontal": 2, "flips": 4, "symmetries": 8}


def random_symmetries(
    batch: torch.Tensor, augmentation: str, rng: np.random.Generator
) -> torch.Tensor:
    """Give every sample of a batch a random symmetry of its own.

    Parameters
    ----------
    batch : tensor of shape (n, H, W, C) or (n, U, V, h, w, C)
        A patch grid is flipped as its image would be: the grid and every patch in it.
    augmentation : {"horizontal", "flips", "symmetries"}
        Left-right flips; also up-down; also transposition, which needs square samples.
    rng : numpy.random.Generator

    Returns
    -------
    batch : tensor of the same shape, always a copy
    """
    codes = rng.integers(AUGMENTATIONS[augmentation], size=len(batch))
    out = torch.empty_like(batch, memory_format=torch.contiguous_format)
    for code in np.unique(codes):
        chosen = torch.from_numpy(np.flatnonzero(codes == code)).to(batch.device)
        out[chosen] = _apply(batch[chosen], int(code))
    return out


def check_augmentation(augmentation: str, sample_shape: tuple[int, ...]) -> None:
    """Raise ValueError where samples of this shape have no such symmetry."""
    for rows in range(0, len(sample_shape) - 1, 2):
        if augmentation == "symmetries" and sample_shape[rows] != sample_shape[rows + 1]:
            raise ValueError(
                f"augmentation='symmetries' transposes samples and needs square ones, got samples "
                f"of shape {sample_shape}; use 'flips'"
            )


def _apply(batch: torch.Tensor, code: int) -> torch.Tensor:
    for rows in range(1, batch.ndim - 1, 2):
        cols = rows + 1
        if code & 4:
            batch = batch.swapaxes(rows, cols)
        if code & 2:
            batch = batch.flip(rows)
        if code & 1:
            batch = batch.flip(cols)
    return batch
