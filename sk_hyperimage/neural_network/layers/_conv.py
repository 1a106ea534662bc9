"""Convolution."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from sk_hyperimage.neural_network.layers._arguments import Arguments
from sk_hyperimage.neural_network.layers._layer import Layer, Shape, Step
from sk_hyperimage.neural_network.layers._weighted import ACTIVATIONS, activated, he_normal


@dataclass(frozen=True)
class Conv(Layer):
    """Convolution, "same" or unpadded ("valid")."""

    word = "C"
    takes_images = True
    has_weights = True

    n_filters: int
    size: int = 3
    stride: int = 1
    activation: str = "relu"
    padding: str = "same"

    @classmethod
    def read(cls, arguments: Arguments) -> Conv:
        sizes = arguments.whole_numbers(1, 3)
        words = arguments.words(activation=ACTIVATIONS, padding=("same", "valid"))
        return cls(*sizes, **words)  # type: ignore[arg-type]

    def output_shape(self, shape: Shape) -> Shape:
        lost = 0 if self.padding == "same" else self.size - 1
        rows, cols = (-(-(side - lost) // self.stride) for side in shape[:2])
        return rows, cols, self.n_filters

    def n_parameters(self, shape: Shape) -> int:
        return self.n_filters * (self.size**2 * shape[-1] + 1)

    def module(self, shape: Shape) -> nn.Sequential:
        """The convolution, after padding of its own where that is not the same on all sides."""
        left, right, top, bottom = padding = self._padding(shape)
        symmetric = left == right and top == bottom
        convolution = nn.Conv2d(
            shape[2],
            self.n_filters,
            self.size,
            self.stride,
            padding=(top, left) if symmetric else 0,
        )
        convolution.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        pad: dict[str, nn.Module] = {} if symmetric else {"pad": nn.ZeroPad2d(padding)}
        return activated(self.activation, **pad, conv=he_normal(convolution))

    def step(self, shape: Shape) -> Step | None:
        """None with a border, which a patch has and the same pixels inside an image have not."""
        return None if any(self._padding(shape)) else (self.size, self.stride)

    def _padding(self, shape: Shape) -> tuple[int, int, int, int]:
        """Zeros left, right, above and below."""
        padding: list[int] = []
        for side in (shape[1], shape[0]):
            n_steps = -(-side // self.stride) - 1
            total = max(0, n_steps * self.stride + self.size - side)
            total *= self.padding == "same"
            padding += [total // 2, total - total // 2]
        left, right, top, bottom = padding
        return left, right, top, bottom
