"""Fully connected layer."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from torch import nn

from sk_hyperimage.neural_network.layers._arguments import Arguments
from sk_hyperimage.neural_network.layers._layer import Layer, Shape
from sk_hyperimage.neural_network.layers._weighted import ACTIVATIONS, activated, he_normal


@dataclass(frozen=True)
class Dense(Layer):
    """Fully connected layer; it flattens what comes in."""

    word = "FC"
    has_weights = True

    n_units: int
    activation: str = "relu"

    @classmethod
    def read(cls, arguments: Arguments) -> Dense:
        (n_units,) = arguments.whole_numbers(1, 1)
        return cls(n_units, **arguments.words(activation=ACTIVATIONS))  # type: ignore[arg-type]

    def output_shape(self, shape: Shape) -> Shape:
        return (self.n_units,)

    def n_parameters(self, shape: Shape) -> int:
        return self.n_units * (math.prod(shape) + 1)

    def module(self, shape: Shape) -> nn.Sequential:
        dense = he_normal(nn.Linear(math.prod(shape), self.n_units))
        return activated(self.activation, flatten=nn.Flatten(), dense=dense)

    def with_outputs(self, n_outputs: int) -> Dense:
        return replace(self, n_units=n_outputs, activation="linear")
