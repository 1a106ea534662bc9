"""Words over all cells of a map, however many: means, deviations, a mean with learned weights.

A hyper-image is a map, so these are the ways in which quality models of patches come to one answer
for an image (Kim et al. 2017, "Deep convolutional neural models for picture-quality prediction",
Figure 4 a to c).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from sk_hyperimage.neural_network.layers._arguments import Arguments
from sk_hyperimage.neural_network.layers._layer import Layer, Shape


@dataclass(frozen=True)
class Mean(Layer):
    """Mean of every channel over all cells."""

    word = "Mean"
    takes_images = True
    needs_arguments = False
    over_cells = True

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[-1],)

    def module(self, shape: Shape) -> OverCells:
        return OverCells()


@dataclass(frozen=True)
class MeanStd(Mean):
    """Mean of every channel over all cells, then the standard deviation of every channel."""

    word = "MeanStd"

    def output_shape(self, shape: Shape) -> Shape:
        return (2 * shape[-1],)

    def module(self, shape: Shape) -> OverCells:
        return MomentsOverCells()


@dataclass(frozen=True)
class WeightedMean(Layer):
    """Mean over all cells with weights that the network learns.

    The last `n_deciding` channels make the weight of a cell, and the others are averaged. With 0
    all channels do both.
    """

    word = "WeightedMean"
    takes_images = True
    has_weights = True
    needs_arguments = False
    over_cells = True

    n_deciding: int = 0

    def __str__(self) -> str:
        return f"{self.word}({self.n_deciding})" if self.n_deciding else self.word

    @classmethod
    def read(cls, arguments: Arguments) -> WeightedMean:
        return cls(*arguments.whole_numbers(0, 1))

    def output_shape(self, shape: Shape) -> Shape:
        if self.n_deciding >= shape[-1]:
            raise ValueError(
                f"the layer {self} at position {self.position} of layers leaves nothing to "
                f"average: it gets {shape[-1]} channels"
            )
        return (shape[-1] - self.n_deciding,)

    def n_parameters(self, shape: Shape) -> int:
        return (self.n_deciding or shape[-1]) + 1

    def module(self, shape: Shape) -> OverCells:
        return WeightedOverCells(shape[-1], self.n_deciding)


class OverCells(nn.Module):
    """Means (n, c) of maps (n, c, h, w)."""

    def shares(self, maps: torch.Tensor) -> torch.Tensor:
        """What each cell counts for, (n, h, w), with a sum of 1."""
        return torch.full_like(maps[:, 0], 1 / maps[0, 0].numel())

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Numbers that describe all cells."""
        return maps.mean(dim=(2, 3))


class MomentsOverCells(OverCells):
    """Means and, after them, standard deviations, (n, 2 c)."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Numbers that describe all cells."""
        # Squares of differences need more digits than bfloat16 has. The gradient of torch's
        # deviation is 0, not infinite, where all cells are alike.
        with torch.autocast(maps.device.type, enabled=False):
            cells = maps.flatten(2).to(torch.promote_types(maps.dtype, torch.float32))
            return torch.cat([cells.mean(dim=2), cells.std(dim=2, correction=0)], dim=1)


class WeightedOverCells(OverCells):
    """Means of some channels, weighted by what others, or the same, say of each cell.

    A weight is ``relu(w . channels + b) + EPS`` (Bosse et al. 2018, "Deep neural networks for
    no-reference and full-reference image quality assessment"). At first w is 0 and b is 1, so that
    training begins with the plain mean: drawn at random, all weights may begin as the ReLU's 0,
    which has no gradient.

    Parameters
    ----------
    n_channels, n_deciding : int
    """

    EPS = 1e-6

    def __init__(self, n_channels: int, n_deciding: int):
        super().__init__()
        self.first = n_channels - n_deciding if n_deciding else 0
        self.averaged = self.first or n_channels
        self.weigh = nn.Conv2d(n_channels - self.first, 1, 1)
        nn.init.zeros_(self.weigh.weight)
        nn.init.ones_(self.weigh.bias)  # type: ignore[arg-type]

    def shares(self, maps: torch.Tensor) -> torch.Tensor:
        """What each cell counts for, (n, h, w), with a sum of 1."""
        with torch.autocast(maps.device.type, enabled=False):
            deciding = maps[:, self.first :].to(self.weigh.weight.dtype)
            weights = torch.relu(self.weigh(deciding))[:, 0] + self.EPS
            return weights / weights.sum(dim=(1, 2), keepdim=True)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Numbers that describe all cells."""
        shares = self.shares(maps)
        return (maps[:, : self.averaged].to(shares.dtype) * shares[:, None]).sum(dim=(2, 3))

    def extra_repr(self) -> str:
        return f"n_averaged={self.averaged}"
