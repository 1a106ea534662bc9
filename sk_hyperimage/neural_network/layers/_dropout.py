"""Dropout."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from sk_hyperimage.neural_network.layers._arguments import Arguments
from sk_hyperimage.neural_network.layers._layer import Layer, Shape, Step


@dataclass(frozen=True)
class Dropout(Layer):
    """Dropout."""

    word = "Drop"

    rate: float

    @classmethod
    def read(cls, arguments: Arguments) -> Dropout:
        return cls(arguments.rate())

    def module(self, shape: Shape) -> nn.Dropout:
        return nn.Dropout(self.rate)

    def step(self, shape: Shape) -> Step:
        return 1, 1
