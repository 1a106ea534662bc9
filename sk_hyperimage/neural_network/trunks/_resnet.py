"""ResNet-50 and ResNet-101: stages of residual blocks."""

from __future__ import annotations

from functools import partial

import torch
from torch import nn

from sk_hyperimage.neural_network.trunks._trunk import Stage, Trunk

# Filters of the first two convolutions of a block; its outputs are four times as many.
WIDTHS = (64, 128, 256, 512)
EXPANSION = 4


class Bottleneck(nn.Module):
    """Convolutions of 1 x 1, 3 x 3 and 1 x 1, added to their input.

    As in torchvision the 3 x 3 convolution has the stride, not the first as in the paper.
    """

    def __init__(self, n_inputs: int, width: int, stride: int):
        super().__init__()
        n_outputs = EXPANSION * width
        self.conv1 = nn.Conv2d(n_inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, n_outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(n_outputs)
        self.downsample: nn.Module | None = None
        if stride > 1 or n_inputs != n_outputs:
            shortcut = nn.Conv2d(n_inputs, n_outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(n_outputs))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """From (n, n_inputs, h, w) to (n, 4 * width, h / stride, w / stride)."""
        shortcut = maps if self.downsample is None else self.downsample(maps)
        maps = torch.relu(self.bn1(self.conv1(maps)))
        maps = torch.relu(self.bn2(self.conv2(maps)))
        return torch.relu(self.bn3(self.conv3(maps)) + shortcut)


class ResNet(Trunk):
    """A residual network.

    Parameters
    ----------
    depths : tuple of int
        Blocks of each of the four layers.
    n_outputs : int or None
        Of the last layer; None leaves it out.
    before : torch.nn.Module or None
    dropout : float

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition", CVPR 2016.
    """

    def __init__(
        self,
        depths: tuple[int, ...],
        n_outputs: int | None,
        before: nn.Module | None,
        dropout: float,
    ):
        super().__init__(before, dropout)
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.pooling = nn.MaxPool2d(3, stride=2, padding=1)
        n_inputs = 64
        for k, (width, depth) in enumerate(zip(WIDTHS, depths, strict=True), start=1):
            blocks = nn.Sequential()
            for index in range(depth):
                stride = 2 if k > 1 and index == 0 else 1
                blocks.append(Bottleneck(n_inputs, width, stride))
                n_inputs = EXPANSION * width
            self.add_module(f"layer{k}", blocks)
        self.fc = None if n_outputs is None else nn.Linear(n_inputs, n_outputs)

    def stages(self) -> list[Stage]:
        """conv1, layer1 to layer4, pool (the mean over all places), fc."""
        stages = [Stage("conv1", (self.conv1, self.bn1), self._first)]
        for k in range(1, len(WIDTHS) + 1):
            blocks = self.get_submodule(f"layer{k}")
            stages.append(Stage(f"layer{k}", (blocks,), self._second if k == 1 else blocks))
        stages.append(Stage("pool", (), partial(torch.mean, dim=(2, 3))))
        if self.fc is not None:
            stages.append(Stage("fc", (self.fc,), self._last))
        return stages

    def _first(self, maps: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.bn1(self.conv1(maps)))

    def _second(self, maps: torch.Tensor) -> torch.Tensor:
        return self.get_submodule("layer1")(self.pooling(maps))

    def _last(self, units: torch.Tensor) -> torch.Tensor:
        return self.fc(self.dropout(units))  # type: ignore[misc]
