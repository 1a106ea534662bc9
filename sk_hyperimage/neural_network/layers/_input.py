"""Declaration of the input."""

from __future__ import annotations

from dataclasses import dataclass

from sk_hyperimage.neural_network.layers._arguments import Arguments
from sk_hyperimage.neural_network.layers._layer import Layer, Shape


@dataclass(frozen=True)
class Input(Layer):
    """The input that an architecture is meant for; checked, not built."""

    word = "Input"
    only_first = True

    shape: Shape

    def __str__(self) -> str:
        return f"Input({','.join(map(str, self.shape))})"

    @classmethod
    def read(cls, arguments: Arguments) -> Input:
        return cls(tuple(arguments.whole_numbers(2, 3)))

    def output_shape(self, shape: Shape) -> Shape:
        expected = self.shape if len(self.shape) == 3 else (*self.shape, 1)
        if shape != expected:
            raise ValueError(f"layers begin with {self} but the samples have shape {shape}")
        return shape

    def module(self, shape: Shape) -> None:
        return None
