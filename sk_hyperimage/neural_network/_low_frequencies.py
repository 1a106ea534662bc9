"""Gray images and their low frequencies, as networks of Kim and Lee see them."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

LUMA = (0.299, 0.587, 0.114)
# Weights of neighbors along one axis.
WINDOW = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)
# Pixels a side of the cells of a map, and how many cells from the border zeros beyond it reach.
CELL, BORDER = 4, 4


class Gray(nn.Module):
    """Luma of RGB images (n, 3, h, w), and gray images as they are, (n, 1, h, w).

    Parameters
    ----------
    n_channels : {1, 3}
    """

    luma: torch.Tensor

    def __init__(self, n_channels: int):
        super().__init__()
        luma = torch.tensor(LUMA if n_channels == 3 else (1.0,))
        self.register_buffer("luma", luma.reshape(1, n_channels, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Gray images."""
        return functional.conv2d(images, self.luma)


class LowFrequencies(nn.Module):
    """Images halved several times and doubled as often, with binomial windows.

    Parameters
    ----------
    n_halvings : int
    """

    window: torch.Tensor

    def __init__(self, n_halvings: int):
        super().__init__()
        self.n_halvings = n_halvings
        window = torch.tensor(np.outer(WINDOW, WINDOW), dtype=torch.float32)
        self.register_buffer("window", window[None, None], persistent=False)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """What is left of images (n, 1, h, w)."""
        shapes = []
        for _ in range(self.n_halvings):
            shapes.append(image.shape[2:])
            image = self._smoothed(image)[:, :, ::2, ::2]
        for shape in reversed(shapes):
            known = _spread(torch.cat([image, torch.ones_like(image[:1])]), shape)
            # Divided by the weights of what is known, so that a constant stays constant.
            smoothed = self._smoothed(known)
            image = smoothed[:-1] / smoothed[-1:]
        return image

    def _smoothed(self, image: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(functional.pad(image, (2, 2, 2, 2), "replicate"), self.window)


def _spread(image: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """Images of twice as many rows and columns, about, the new ones being 0."""
    rows = torch.stack([image, torch.zeros_like(image)], dim=3).flatten(2, 3)[:, :, : shape[0]]
    return torch.stack([rows, torch.zeros_like(rows)], dim=4).flatten(3, 4)[..., : shape[1]]


def over_cells(pixels: torch.Tensor) -> torch.Tensor:
    """Means over cells, those at the lower and right border smaller if need be."""
    return functional.avg_pool2d(pixels, CELL, ceil_mode=True, count_include_pad=False)


def inner(shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of a map of cells that are not of the border, one of each at least."""
    rows, cols = (
        slice(border, side - border) for side in shape for border in [min(BORDER, (side - 1) // 2)]
    )
    return rows, cols
