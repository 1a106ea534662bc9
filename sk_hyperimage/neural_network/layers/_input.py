"""Declaration of the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sk_hyperimage.neural_network.layers._layer import Layer, Shape

if TYPE_CHECKING:
    from sk_hyperimage.neural_network.layers._notation import Arguments


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
        """From rows, columns and, if there is more than one, channels."""
        return cls(tuple(arguments.whole_numbers(2, 3)))

    def output_shape(self, shape: Shape) -> Shape:
        """The same shape, if it is the declared one."""
        expected = self.shape if len(self.shape) == 3 else (*self.shape, 1)
        if shape != expected:
            raise ValueError(f"layers begin with {self} but the samples have shape {shape}")
        return shape

    def module(self, shape: Shape) -> None:
        """Nothing."""
