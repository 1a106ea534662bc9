"""Constrained convolution: filters that predict a pixel from its neighbors and take it off."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from sk_hyperimage.neural_network.layers._arguments import Arguments
from sk_hyperimage.neural_network.layers._layer import Layer, Shape, Step


@dataclass(frozen=True)
class ConstrainedConv(Layer):
    """Unpadded, linear convolution without biases whose filters are prediction errors.

    The weight of the center is -1 and the others sum to 1, in every channel of every filter: a
    flat image becomes 0, whatever is learned (Bayar and Stamm 2016, "A deep learning approach to
    universal image manipulation detection using a new convolutional layer", Algorithm 1).
    """

    word = "CC"
    takes_images = True
    has_weights = True

    n_filters: int
    size: int = 5

    @classmethod
    def read(cls, arguments: Arguments) -> ConstrainedConv:
        (n_filters,) = arguments.whole_numbers(1, 1)
        token = arguments.tokens[0]
        sizes = arguments.whole_numbers(0, 1)
        if any(size % 2 == 0 or size < 3 for size in sizes):
            arguments.refuse(token, "an odd size of at least 3, of which there is a center")
        return cls(n_filters, *sizes)

    def output_shape(self, shape: Shape) -> Shape:
        rows, cols = (side - self.size + 1 for side in shape[:2])
        return rows, cols, self.n_filters

    def n_parameters(self, shape: Shape) -> int:
        return self.n_filters * shape[-1] * (self.size**2 - 1)

    def module(self, shape: Shape) -> nn.Module:
        return ConstrainedConvolution(shape[2], self.n_filters, self.size)

    def step(self, shape: Shape) -> Step:
        return self.size, 1


class ConstrainedConvolution(nn.Module):
    """A convolution whose kernels are computed from free weights whenever they are needed.

    Kernels that are repaired after an update would be wrong between the update and the repair:
    in weights that are kept as the best, and in the last ones. Here no weights break the
    constraint.

    The free weights are moved to the nearest ones that sum to 1, as a shift by their mean. That is
    linear: the gradient is the one along the constraint, and kernels are as large as the free
    weights. A division by their sum, the authors' way to the same set of filters, explodes when
    weights of both signs nearly cancel.

    Parameters
    ----------
    n_channels, n_filters, size : int

    Attributes
    ----------
    free : torch.nn.Parameter of shape (n_filters, n_channels, size**2 - 1)
        All weights but the center. They start as uniform ones in [0, 1) divided by their sum,
        drawn from torch's random state: every filter begins as an average of neighbors.
    """

    def __init__(self, n_channels: int, n_filters: int, size: int):
        super().__init__()
        self.size = size
        drawn = torch.rand(n_filters, n_channels, size**2 - 1)
        self.free = nn.Parameter(drawn / drawn.sum(dim=2, keepdim=True))

    @property
    def weight(self) -> torch.Tensor:
        """The kernels, (n_filters, n_channels, size, size)."""
        share = 1 / self.free.shape[2]
        others = self.free - self.free.mean(dim=2, keepdim=True) + share
        before, after = others.chunk(2, dim=2)
        center = others.new_full((*others.shape[:2], 1), -1)
        return torch.cat([before, center, after], dim=2).unflatten(2, (self.size, self.size))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Prediction errors (n, n_filters, h - size + 1, w - size + 1) of maps (n, c, h, w)."""
        # In bfloat16 pixels are rounded more coarsely than what neighbors leave of them.
        with torch.autocast(maps.device.type, enabled=False):
            kernels = self.weight
            return nn.functional.conv2d(maps.to(kernels.dtype), kernels)

    def extra_repr(self) -> str:
        n_filters, n_channels, _ = self.free.shape
        return f"{n_channels}, {n_filters}, size={self.size}"
