"""Fully connected layer."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from torch import nn

from sk_hyperimage.neural_network.layers._layer import Layer, Shape
from sk_hyperimage.neural_network.layers._weighted import ACTIVATIONS, activated, he_normal

if TYPE_CHECKING:
    from sk_hyperimage.neural_network.layers._notation import Arguments


@dataclass(frozen=True)
class Dense(Layer):
    """Fully connected layer; it flattens what comes in."""

    word = "FC"
    has_weights = True

    n_units: int
    activation: str = "relu"

    @classmethod
    def read(cls, arguments: Arguments) -> Dense:
        """From the number of units and the activation."""
        (n_units,) = arguments.whole_numbers(1, 1)
        return cls(n_units, **arguments.words(activation=ACTIVATIONS))  # type: ignore[arg-type]

    def output_shape(self, shape: Shape) -> Shape:
        """The units."""
        return (self.n_units,)

    def n_parameters(self, shape: Shape) -> int:
        """Weights of every unit over all inputs, and its bias."""
        return self.n_units * (math.prod(shape) + 1)

    def module(self, shape: Shape) -> nn.Sequential:
        """A product with the flattened input."""
        dense = he_normal(nn.Linear(math.prod(shape), self.n_units))
        return activated(self.activation, flatten=nn.Flatten(), dense=dense)

    def with_outputs(self, n_outputs: int) -> Dense:
        """As many units, linear: losses work on what comes before an activation function."""
        return replace(self, n_units=n_outputs, activation="linear")
