"""Base of all kinds of layers, and the shapes along a chain of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import ClassVar, Self

import torch
from torch import nn

from sk_hyperimage.images import Windows
from sk_hyperimage.neural_network.layers._arguments import Arguments

# (n_rows, n_cols, n_channels) of maps, or (n_units,).
Shape = tuple[int, ...]
# Size and stride.
Step = tuple[int, int]

# Beyond memory rather than beyond use: weights of the network, and values of one layer's output
# for one sample. In float32 a billion of them is 4 GB, and training needs that several times.
MAX_PARAMETERS = 2**30
MAX_OUTPUT_VALUES = 2**31


@dataclass(frozen=True)
class Layer:
    """One layer of an architecture; a subclass is a kind of layer.

    The fields of a subclass are its arguments in the notation, in their order.

    Parameters
    ----------
    position : int, default=0
        Where the layer stands in its string.

    Attributes
    ----------
    word : str
        Its name in the notation.
    takes_images : bool
        Whether its input must be maps rather than units.
    has_weights : bool
        Whether it counts among the layers that can describe a sample.
    only_first : bool
        Whether it can stand at the beginning only.
    needs_arguments : bool
        Whether its name must be followed by parentheses.
    pools : bool
        Whether it can leave one value per channel of a whole window, see `reduce`.
    selects : bool
        Whether its outputs are among its inputs, so that it exactly changes places with a ReLU.
    over_cells : bool
        Whether it reads all rows and columns, however many, and leaves units. It counts among the
        layers that can describe a sample even if it has no weights.
    freezes : bool
        Whether the weights of all layers ahead of it stay as they start.
    path_change : int
        1 where the two images of a pair go separate ways from here on, as twice as many samples;
        -1 where they meet again, in a layer that can describe a sample; else 0.
    """

    word: ClassVar[str]
    takes_images: ClassVar[bool] = False
    has_weights: ClassVar[bool] = False
    only_first: ClassVar[bool] = False
    needs_arguments: ClassVar[bool] = True
    pools: ClassVar[bool] = False
    selects: ClassVar[bool] = False
    over_cells: ClassVar[bool] = False
    freezes: ClassVar[bool] = False
    path_change: ClassVar[int] = 0

    position: int = field(default=0, compare=False, kw_only=True)

    def __str__(self) -> str:
        values = [getattr(self, part.name) for part in fields(self) if part.name != "position"]
        return f"{self.word}({','.join(map(str, values))})" if values else self.word

    @classmethod
    def read(cls, arguments: Arguments) -> Self:
        """Make a layer of what stands between its parentheses; here, of nothing."""
        return cls()

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of the output for an input of this shape."""
        return shape

    def n_parameters(self, shape: Shape) -> int:
        """Number of weights and biases for an input of this shape."""
        return 0

    def module(self, shape: Shape) -> nn.Module | None:
        """Torch module over maps (n, c, h, w) of this shape; None if there is nothing to do."""
        raise NotImplementedError

    def with_outputs(self, n_outputs: int) -> Layer:
        """Make it the last layer, linear and of another width.

        Raises
        ------
        ValueError
            If a layer of this kind cannot be the last one.
        """
        raise ValueError(f"layers must end in a dense layer such as FC(1,linear), not {self}")

    def step(self, shape: Shape) -> Step | None:
        """Size and stride, if outputs depend on nothing but that many inputs; else None."""
        return None

    def reduce(self, maps: torch.Tensor, windows: Windows) -> torch.Tensor:
        """Pool every window of maps (n, c, h, w) to one place, (n * U * V, n_channels)."""
        raise NotImplementedError

    def reduce_convolution(
        self, convolution: nn.Conv2d, maps: torch.Tensor, windows: Windows
    ) -> torch.Tensor:
        """As `reduce` of a convolution's output, trained without computing all its gradients."""
        raise NotImplementedError


def trace_shapes(layers: Iterable[Layer], input_shape: Shape) -> list[Shape]:
    """Shape that comes into each layer, and what comes out of the last.

    Raises
    ------
    ValueError
        If a layer shrinks its input to nothing, takes images and gets a vector, or needs more
        memory than any machine that it is meant for has.
    """
    shapes = [tuple(input_shape)]
    n_parameters = 0
    for layer in layers:
        shape = shapes[-1]
        if layer.takes_images and len(shape) != 3:
            raise ValueError(
                f"the layer {layer} at position {layer.position} of layers takes images but "
                f"gets the {shape[0]} units of a dense layer"
            )
        output = layer.output_shape(shape)
        if min(output) < 1:
            raise ValueError(
                f"the layer {layer} at position {layer.position} of layers shrinks its input to "
                f"nothing: there the shape is {shape} (n_rows, n_cols, n_channels), for samples "
                f"of shape {tuple(input_shape)}. Use larger samples or fewer pooling layers"
            )
        n_parameters += layer.n_parameters(shape)
        if n_parameters > MAX_PARAMETERS or math.prod(output) > MAX_OUTPUT_VALUES:
            raise ValueError(
                f"the layer {layer} at position {layer.position} of layers makes the network too "
                f"large for samples of shape {tuple(input_shape)}: {n_parameters} weights so far "
                f"(at most {MAX_PARAMETERS}) and {math.prod(output)} outputs (at most "
                f"{MAX_OUTPUT_VALUES}); the limits are MAX_PARAMETERS and MAX_OUTPUT_VALUES in "
                f"{__name__}"
            )
        shapes.append(output)
    return shapes
