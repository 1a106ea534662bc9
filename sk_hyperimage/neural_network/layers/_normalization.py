"""Normalization of maps: over batches, and of a pixel by what other channels have there."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from sk_hyperimage.neural_network.layers._arguments import Arguments
from sk_hyperimage.neural_network.layers._layer import Layer, Shape, Step
from sk_hyperimage.neural_network.layers._weighted import ACTIVATIONS, activated


@dataclass(frozen=True)
class LocalResponseNorm(Layer):
    """Division by ``(2 + 1e-4 * sum)**0.75``, the sum of squares over channels nearby.

    Krizhevsky et al. 2012, "ImageNet classification with deep convolutional neural networks",
    Section 3.3, with the constants there. Its n = 5 are 2 channels to each side, ``LRN(2)``; the
    networks in use took it for the radius, as TensorFlow's `depth_radius` is.
    """

    word = "LRN"
    takes_images = True
    needs_arguments = False

    radius: int = 5

    @classmethod
    def read(cls, arguments: Arguments) -> LocalResponseNorm:
        return cls(*arguments.whole_numbers(0, 1))

    def module(self, shape: Shape) -> nn.Module:
        return ResponseNormalization(self.radius)

    def step(self, shape: Shape) -> Step:
        return 1, 1


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Batch normalization of every channel, and an activation function after it.

    Ioffe and Szegedy 2015, "Batch normalization". Patches never share it: its means in training
    are those of patches.
    """

    word = "BN"
    takes_images = True
    has_weights = True
    needs_arguments = False

    activation: str = "linear"

    @classmethod
    def read(cls, arguments: Arguments) -> BatchNorm:
        return cls(**arguments.words(activation=ACTIVATIONS))  # type: ignore[arg-type]

    def n_parameters(self, shape: Shape) -> int:
        return 2 * shape[-1]

    def module(self, shape: Shape) -> nn.Sequential:
        return activated(self.activation, norm=nn.BatchNorm2d(shape[2]))


class ResponseNormalization(nn.Module):
    """Local response normalization over `radius` channels to each side.

    The sums are a convolution, which takes a third of the time of torch's own module, pooling.
    """

    ALPHA, BETA, K = 1e-4, 0.75, 2.0

    def __init__(self, radius: int):
        super().__init__()
        self.radius = radius

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Normalized maps (n, c, h, w)."""
        channel = torch.arange(maps.shape[1], device=maps.device)
        near = (channel[:, None] - channel).abs() <= self.radius
        sums = nn.functional.conv2d(maps.square(), near.to(maps)[:, :, None, None])
        return maps * (self.K + self.ALPHA * sums).pow(-self.BETA)
