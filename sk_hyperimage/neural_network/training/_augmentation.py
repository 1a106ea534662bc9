"""Random symmetries of the square, applied to batches of images, hyper-images or patch grids."""

from __future__ import annotations

import numpy as np
import torch

# How many of the eight symmetries each choice draws from: the code of a symmetry is
# (transpose, flip rows, flip columns) in binary.
AUGMENTATIONS = {"horizontal": 2, "flips": 4, "symmetries": 8}


def drawn_symmetries(n: int, augmentation: str, rng: np.random.Generator) -> np.ndarray:
    """Codes of random symmetries, (n,).

    Parameters
    ----------
    n : int
    augmentation : {"horizontal", "flips", "symmetries"}
        Left-right flips; also up-down; also transposition, which needs square samples.
    rng : numpy.random.Generator
    """
    return rng.integers(AUGMENTATIONS[augmentation], size=n)


def moved(batch: torch.Tensor, codes: np.ndarray) -> torch.Tensor:
    """Move every sample of a batch by the symmetry of its code.

    Parameters
    ----------
    batch : tensor of shape (n, H, W, C), (n, U, V, h, w, C) or (n, 2, h, w, C)
        A patch grid is flipped as its image would be: the grid and every patch in it. Both
        patches of a pair are flipped alike.
    codes : ndarray of int of shape (n,)

    Returns
    -------
    batch : tensor of the same shape, always a copy
    """
    out = torch.empty_like(batch, memory_format=torch.contiguous_format)
    for code in np.unique(codes):
        chosen = torch.from_numpy(np.flatnonzero(codes == code)).to(batch.device)
        out[chosen] = _apply(batch[chosen], int(code))
    return out


def check_augmentation(augmentation: str, sample_shape: tuple[int, ...]) -> None:
    """Raise ValueError where samples of this shape have no such symmetry."""
    for rows in _row_axes(len(sample_shape)):
        if augmentation == "symmetries" and sample_shape[rows] != sample_shape[rows + 1]:
            raise ValueError(
                f"augmentation='symmetries' transposes samples and needs square ones, got samples "
                f"of shape {sample_shape}; use 'flips'"
            )


def _row_axes(n_axes: int) -> range:
    """Axes of a sample that hold rows; columns follow, and channels, and a pair comes first."""
    return range(1 - n_axes % 2, n_axes - 1, 2)


def _apply(batch: torch.Tensor, code: int) -> torch.Tensor:
    for axis in _row_axes(batch.ndim - 1):
        rows, cols = axis + 1, axis + 2  # after that of the samples
        if code & 4:
            batch = batch.swapaxes(rows, cols)
        if code & 2:
            batch = batch.flip(rows)
        if code & 1:
            batch = batch.flip(cols)
    return batch
