"""AlexNet, VGG-16 and Network in Network: convolutions in a row, then dense layers."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional

from sk_hyperimage.neural_network.trunks._trunk import Stage, Trunk


class Conv(NamedTuple):
    """A convolution with a ReLU.

    Attributes
    ----------
    pooled : bool
        Whether max-pooling goes before it.
    skipped : int
        Further modules without weights that torchvision's numbers count before it.
    """

    name: str
    n_filters: int
    size: int = 3
    stride: int = 1
    padding: int = 1
    pooled: bool = False
    skipped: int = 0


class Plan(NamedTuple):
    """A network of convolutions in a row.

    Attributes
    ----------
    convolutions : tuple of Conv
    pool : dict
        Arguments of max-pooling.
    cells : int
        Rows and columns to which the maps are averaged before the first dense layer.
    dense : dict of str to int
        Dense layers by their names, and torchvision's numbers for them. Without them the last
        convolution, averaged over all places, gives the outputs.
    n_units : int
        Of each dense layer but the last.
    """

    convolutions: tuple[Conv, ...]
    pool: dict[str, Any]
    cells: int = 1
    dense: dict[str, int] = {}
    n_units: int = 4096


# Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014: without the
# two groups and the local response normalization of the network of 2012.
ALEXNET = Plan(
    (
        Conv("conv1", 64, 11, 4, 2),
        Conv("conv2", 192, 5, 1, 2, pooled=True),
        Conv("conv3", 384, pooled=True),
        Conv("conv4", 256),
        Conv("conv5", 256),
    ),
    pool={"kernel_size": 3, "stride": 2},
    cells=6,
    dense={"fc6": 1, "fc7": 4, "fc8": 6},
)

# Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition",
# ICLR 2015, configuration D.
VGG16 = Plan(
    tuple(
        Conv(f"conv{block}_{k}", width, pooled=block > 1 and k == 1)
        for block, (width, depth) in enumerate(
            [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], start=1
        )
        for k in range(1, depth + 1)
    ),
    pool={"kernel_size": 2, "stride": 2},
    cells=7,
    dense={"fc6": 0, "fc7": 3, "fc8": 6},
)

# Lin, Chen and Yan, "Network in network", ICLR 2014: their ImageNet model, with the names of
# their Caffe file for its layers. Number 21 is dropout.
NIN = Plan(
    (
        Conv("conv1", 96, 11, 4, 0),
        Conv("cccp1", 96, 1, 1, 0),
        Conv("cccp2", 96, 1, 1, 0),
        Conv("conv2", 256, 5, 1, 2, pooled=True),
        Conv("cccp3", 256, 1, 1, 0),
        Conv("cccp4", 256, 1, 1, 0),
        Conv("conv3", 384, pooled=True),
        Conv("cccp5", 384, 1, 1, 0),
        Conv("cccp6", 384, 1, 1, 0),
        Conv("conv4", 1024, pooled=True, skipped=1),
        Conv("cccp7", 1024, 1, 1, 0),
        Conv("cccp8", 1000, 1, 1, 0),
    ),
    pool={"kernel_size": 3, "stride": 2, "ceil_mode": True},
)


class PlainTrunk(Trunk):
    """The network of a plan.

    Parameters
    ----------
    plan : Plan
    n_outputs : int or None
        Of the last layer, which has no activation function; None leaves it out.
    before : torch.nn.Module or None
    dropout : float
    """

    def __init__(
        self, plan: Plan, n_outputs: int | None, before: nn.Module | None, dropout: float
    ):
        super().__init__(before, dropout)
        self.plan = plan
        self.n_outputs = n_outputs
        self.features = nn.ModuleDict()
        n_channels, number = 3, -2
        for conv in self._convolutions():
            number += 2 + conv.pooled + conv.skipped
            self.features[str(number)] = nn.Conv2d(
                n_channels, conv.n_filters, conv.size, conv.stride, conv.padding
            )
            n_channels = conv.n_filters
        if plan.dense:
            self.classifier = nn.ModuleDict()
            widths = [n_channels * plan.cells**2, *self._dense().values()]
            for name, n_inputs, width in zip(self._dense(), widths, widths[1:], strict=False):
                self.classifier[str(plan.dense[name])] = nn.Linear(n_inputs, width)

    def _convolutions(self) -> list[Conv]:
        """The convolutions, the last with the outputs where they give these."""
        *inner, last = self.plan.convolutions
        if self.plan.dense:
            return [*inner, last]
        return (
            inner if self.n_outputs is None else [*inner, last._replace(n_filters=self.n_outputs)]
        )

    def _dense(self) -> dict[str, int]:
        """Units of the dense layers."""
        units: dict[str, int | None] = dict.fromkeys(self.plan.dense, self.plan.n_units)
        if units:
            units[list(units)[-1]] = self.n_outputs
        return {name: width for name, width in units.items() if width is not None}

    def stages(self) -> list[Stage]:
        """All layers with weights, by the names of their Caffe files."""
        convolutions = self._convolutions()
        stages = [
            Stage(conv.name, (module,), partial(self._convolve, conv, module))
            for conv, module in zip(convolutions, self.features.values(), strict=True)
        ]
        if self.plan.dense:
            for name, module in zip(self._dense(), self.classifier.values(), strict=True):
                stages.append(Stage(name, (module,), partial(self._connect, name, module)))
        elif self.n_outputs is not None:
            stages[-1] = stages[-1]._replace(compute=partial(self._average, stages[-1].modules[0]))
        return stages

    def _convolve(self, conv: Conv, module: nn.Module, maps: torch.Tensor) -> torch.Tensor:
        if conv.pooled:
            maps = functional.max_pool2d(maps, **self.plan.pool)
        return torch.relu(module(maps))

    def _connect(self, name: str, module: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
        if inputs.ndim == 4:
            inputs = functional.max_pool2d(inputs, **self.plan.pool)
            inputs = functional.adaptive_avg_pool2d(inputs, self.plan.cells).flatten(1)
        is_last = name == list(self.plan.dense)[-1]
        return module(self.dropout(inputs)) if is_last else torch.relu(module(inputs))

    def _average(self, module: nn.Module, maps: torch.Tensor) -> torch.Tensor:
        # A convolution of single places that nothing follows changes places with the mean.
        return module(self.dropout(maps).mean(dim=(2, 3), keepdim=True)).flatten(1)
