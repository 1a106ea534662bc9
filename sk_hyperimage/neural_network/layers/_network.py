"""Torch modules from architectures, over channel-last batches."""

from __future__ import annotations

import abc
from collections.abc import Callable
from copy import deepcopy
from typing import cast

import numpy as np
import torch
from torch import nn

from sk_hyperimage.images import Windows
from sk_hyperimage.neural_network.layers._layer import Layer, Shape, trace_shapes
from sk_hyperimage.neural_network.layers._notation import parse
from sk_hyperimage.neural_network.layers._over_cells import OverCells

# One window, of any shape, at the origin.
WHOLE = Windows.lattice(np.zeros(1, int), np.zeros(1, int), (1, 1))


class Architecture(abc.ABC):
    """Base of networks that are more than a string, to be given as `layers`.

    A subclass makes the network when it is called. Unlike a function it can be saved with a model,
    where it is named in `trusted`. Make it a frozen dataclass, so that clones and equal parameters
    are recognized.

    See Also
    --------
    PretrainedVGG16 : One whose weights come from a file.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> from torch import nn
    >>> from sk_hyperimage.neural_network import Architecture, CNNRegressor
    >>> @dataclass(frozen=True)
    ... class Linear(Architecture):
    ...     bias: bool = True
    ...
    ...     def __call__(self, *, input_shape, n_outputs):
    ...         dense = nn.Linear(int(np.prod(input_shape)), n_outputs, bias=self.bias)
    ...         return nn.Sequential(nn.Flatten(), dense)
    >>> images = np.random.default_rng(0).random((20, 4, 4), dtype=np.float32)
    >>> model = CNNRegressor(Linear(bias=False), max_epochs=1, random_state=0)
    >>> sorted(model.fit(images, images.mean(axis=(1, 2))).weights_)
    ['1.weight']
    """

    @property
    def comes_trained(self) -> bool:
        """Whether training starts from weights worth keeping, with which what it makes competes.

        Where samples are held out for validation, weights that do worse there than those the
        network came with are given up for these.
        """
        return False

    @abc.abstractmethod
    def __call__(self, *, input_shape: Shape, n_outputs: int | None) -> nn.Module:
        """Make the network.

        Parameters
        ----------
        input_shape : tuple of int
            (n_rows, n_cols, n_channels) of a sample.
        n_outputs : int or None
            Width of the last layer; None for a network that describes, as its layers say.
        """

    def untrained(self, *, input_shape: Shape, n_outputs: int | None) -> nn.Module:
        """Make the network where the weights of a fitted model come next.

        So whatever reads weights from a file need not do so; parameters as in the call.
        """
        return self(input_shape=input_shape, n_outputs=n_outputs)


class LayeredNet(nn.Module):
    """A chain of layers; batches are (n, n_rows, n_cols, n_channels) outside.

    Parameters
    ----------
    layers : tuple of Layer
    input_shape : tuple of int
    before : torch.nn.Module, default=None
        Ahead of all layers; it has no weights and keeps the shape.

    Attributes
    ----------
    layers : torch.nn.ModuleList
        Modules of the layers that have one.
    kinds : list of Layer
        Their layers.
    shapes : list of tuple of int
        Shape that comes into each of them.
    n_frozen : int
        How many of them, the first, learn nothing.
    """

    def __init__(
        self, layers: tuple[Layer, ...], input_shape: Shape, before: nn.Module | None = None
    ):
        super().__init__()
        modules = [] if before is None else [before]
        self.n_frozen = 0
        self.kinds = [Layer() for _ in modules]
        self.shapes = [input_shape for _ in modules]
        for layer, shape in zip(layers, trace_shapes(layers, input_shape), strict=False):
            module = layer.module(shape)
            if module is not None:
                modules.append(module)
                self.kinds.append(layer)
                self.shapes.append(shape)
            if layer.freezes:
                self.n_frozen = len(modules)
        for frozen in modules[: self.n_frozen]:
            frozen.requires_grad_(False)
        self.layers = nn.ModuleList(modules)
        self.describing = [
            index
            for index, kind in enumerate(self.kinds)
            if kind.has_weights or kind.over_cells or kind.path_change < 0
        ]
        # Of each module's output: 2 where images of a pair are samples by themselves.
        self.n_paths = [
            1 + sum(kind.path_change for kind in self.kinds[: index + 1])
            for index in range(len(self.kinds))
        ]
        # Convolutions without a border whose outputs are pooled next.
        self.pooled = {
            index
            for index, (module, kind, after) in enumerate(
                zip(modules, self.kinds, self.kinds[1:], strict=False)
            )
            if after.selects
            and after.step(self.shapes[index + 1]) is not None
            and kind.step(self.shapes[index]) is not None
            and isinstance(module, nn.Sequential)
            and type(module[-1]) in (nn.Identity, nn.ReLU)
        }
        # Pooling that goes before the ReLU ahead of it, exactly: the pooled maps are small.
        self.swapped = {
            index
            for index, (before, kind) in enumerate(zip(modules, self.kinds[1:], strict=False), 1)
            if kind.selects and isinstance(before, nn.Sequential) and type(before[-1]) is nn.ReLU
        }

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Outputs of shape (n, n_outputs)."""
        return self.run(batch.permute(0, 3, 1, 2), 0, len(self.layers))

    def embed(self, batch: torch.Tensor, layer: int) -> torch.Tensor:
        """Activations of the `layer`-th layer with weights; later layers are not computed."""
        return self.activations(batch.permute(0, 3, 1, 2), 0, layer)

    def activations(self, maps: torch.Tensor, start: int, layer: int) -> torch.Tensor:
        """As `embed`, from what comes into module `start`.

        Between the two images of a pair and where they meet again, channels are those of the
        image and then those of the reference, as in pairs of images.
        """
        depth = self.depth(layer)
        maps = self.run(maps, start, depth)
        if self.n_paths[depth - 1] == 2:
            maps = torch.cat(maps.chunk(2), dim=1)
        return channels_last(maps)

    def depth(self, layer: int) -> int:
        """Number of modules up to the `layer`-th with weights."""
        if not -len(self.describing) <= layer < len(self.describing):
            raise ValueError(
                f"layer={layer} is out of range: the network has {len(self.describing)} layers "
                f"with weights"
            )
        return self.describing[layer] + 1

    @property
    def frozen_description(self) -> int | None:
        """The last layer that gives units and learns nothing; None if there is none."""
        frozen = [
            layer
            for layer, index in enumerate(self.describing)
            if index < self.n_frozen and len(self.shapes[index + 1]) == 1
        ]
        return frozen[-1] if frozen else None

    @property
    def takes_any_grid(self) -> bool:
        """Whether samples may have any number of rows and columns.

        They may where a word over cells comes first, or after layers that see single cells only.
        """
        for kind, shape in zip(self.kinds, self.shapes, strict=True):
            if kind.over_cells:
                return True
            if kind.pools or kind.step(shape) != (1, 1):
                return False
        return False

    def cell_shares(self, batch: torch.Tensor) -> torch.Tensor:
        """What each cell counts for in the first word over cells, (n, rows, cols) of its input."""
        index = next(i for i, kind in enumerate(self.kinds) if kind.over_cells)
        maps = self.run(batch.permute(0, 3, 1, 2), 0, index)
        # Of the two images of a pair that are averaged by themselves, those of the first.
        return cast(OverCells, self.layers[index]).shares(maps).chunk(self.n_paths[index])[0]

    def run(self, maps: torch.Tensor, start: int, stop: int) -> torch.Tensor:
        """Modules `start` to `stop`, one after the other, on maps (n, c, h, w).

        Of a channel-last batch these are in torch's channels_last memory format already.
        """
        index = start
        while index < stop:
            if index + 1 < stop and self.pools_at_once(index, maps, self.shapes[index + 1][:2]):
                maps = self.pooled_convolution(index, maps, WHOLE)
                index += 2
                continue
            module = self.layers[index]
            if index + 1 < stop and index + 1 in self.swapped:
                module = module[:-1]  # type: ignore[index]
            maps = module(maps)
            if index > start and index in self.swapped:
                maps = torch.relu(maps)
            index += 1
        return maps

    def pools_at_once(self, index: int, maps: torch.Tensor, shape: tuple[int, ...]) -> bool:
        """Whether to train convolution `index` through the extremes of windows alone.

        Parameters
        ----------
        index : int
        maps : tensor of shape (n, c, h, w)
            What comes into the convolution.
        shape : tuple of int
            Rows and columns of a window in its output.
        """
        is_trained = torch.is_grad_enabled() and index >= self.n_frozen
        if index not in self.pooled or maps.requires_grad or not is_trained:
            return False
        return self.kinds[index + 1].output_shape((*shape, 1))[:2] == (1, 1)

    def pooled_convolution(self, index: int, maps: torch.Tensor, windows: Windows) -> torch.Tensor:
        """Convolution `index` and the pooling after it, (n * U * V, n_channels, 1, 1)."""
        convolution, activation = cast(nn.Sequential, self.layers[index])
        pooling = self.kinds[index + 1]
        pooled = pooling.reduce_convolution(cast(nn.Conv2d, convolution), maps, windows)
        return activation(pooled)[:, :, None, None]


def channels_last(activations: torch.Tensor) -> torch.Tensor:
    """Activations with the channels of maps as the last axis."""
    return activations.permute(0, 2, 3, 1) if activations.ndim == 4 else activations


def build_module(
    layers: str, input_shape: Shape, n_outputs: int | None = None, before: nn.Module | None = None
) -> LayeredNet:
    """Build the network that a string describes.

    Parameters
    ----------
    layers : str
        In the paper's notation.
    input_shape : tuple of int
        (n_rows, n_cols, n_channels) of a sample.
    n_outputs : int, default=None
        Width of the last layer, in place of its own; the layer must be dense and is made linear,
        because losses work on what comes before its activation function.
    before : torch.nn.Module, default=None
        Ahead of all layers; it has no weights and keeps the shape.

    Returns
    -------
    module : LayeredNet
        With He-normal weights drawn from torch's random state, and zero biases.
    """
    parsed = parse(layers)
    if n_outputs is not None:
        parsed = (*parsed[:-1], parsed[-1].with_outputs(n_outputs))
    return LayeredNet(parsed, tuple(input_shape), before)


def make_module(
    layers: str | nn.Module | Architecture | Callable[..., nn.Module],
    input_shape: Shape,
    n_outputs: int | None,
    *,
    fitted: bool = False,
) -> nn.Module:
    """Make the module that `layers` describes.

    Parameters
    ----------
    layers : str, torch.nn.Module, Architecture or callable
        A string in the paper's notation; a module, which is copied; or an architecture, class or
        function, called as ``layers(input_shape=..., n_outputs=...)``.
    input_shape : tuple of int
        (n_rows, n_cols, n_channels) of a sample.
    n_outputs : int or None
        Width of the last layer; None for a network that describes, as its layers say.
    fitted : bool, default=False
        Whether the weights of a fitted model come next.
    """
    if isinstance(layers, str):
        return build_module(layers, input_shape, n_outputs)
    if isinstance(layers, nn.Module):
        return deepcopy(layers)
    if isinstance(layers, Architecture) and fitted:
        return layers.untrained(input_shape=input_shape, n_outputs=n_outputs)
    if callable(layers):
        made = layers(input_shape=input_shape, n_outputs=n_outputs)
        if isinstance(made, nn.Module):
            return made
        raise TypeError(f"layers must return a torch.nn.Module when it is called, got {made!r}")
    raise TypeError(
        f"layers must be a string in the paper's notation, a torch.nn.Module, or a callable that "
        f"returns one; got {layers!r}"
    )


def comes_trained(layers: object) -> bool:
    """Whether an architecture brings weights that compete with what training makes of them."""
    return isinstance(layers, Architecture) and layers.comes_trained
