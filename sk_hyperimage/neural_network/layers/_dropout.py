"""Dropout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import nn

from sk_hyperimage.neural_network.layers._layer import Layer, Shape, Step

if TYPE_CHECKING:
    from sk_hyperimage.neural_network.layers._notation import Arguments


@dataclass(frozen=True)
class Dropout(Layer):
    """Dropout."""

    word = "Drop"

    rate: float

    @classmethod
    def read(cls, arguments: Arguments) -> Dropout:
        """From the share of values that training sets to zero."""
        return cls(arguments.rate())

    def module(self, shape: Shape) -> nn.Dropout:
        """Torch's own."""
        return nn.Dropout(self.rate)

    def step(self, shape: Shape) -> Step:
        """Every value alone."""
        return 1, 1
