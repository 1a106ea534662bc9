"""Convolutions with weights from a file, frozen, behind the standardization they were trained on.

Files name weights as torchvision's VGG networks do: ``features.0.weight``, the number counting
convolutions, ReLUs and poolings.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from os import PathLike

import torch
from torch import nn

from sk_hyperimage.neural_network._weights import read_weights
from sk_hyperimage.neural_network.layers import LayeredNet


class Standardize(nn.Module):
    """Subtract a mean from each channel and divide by a standard deviation.

    With `reverse` the order of the channels is then turned round.
    """

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...], *, reverse: bool = False):
        super().__init__()
        self.reverse = reverse
        for name, values in {"mean": mean, "std": std}.items():
            self.register_buffer(name, torch.tensor(values)[:, None, None], persistent=False)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Maps (n, n_channels, h, w) of the same shape."""
        maps = (maps - self.mean) / self.std  # type: ignore[operator]
        return maps.flip(1) if self.reverse else maps


def freeze_convolutions(net: LayeredNet) -> None:
    """Keep the convolutions of a network out of training."""
    for _, convolution in _named_convolutions(net):
        convolution.requires_grad_(False)


def load_convolutions(net: LayeredNet, path: str | PathLike) -> None:
    """Give the convolutions of a network the weights in a file.

    Raises
    ------
    ValueError
        If the file cannot be read, lacks a weight, or has one of another shape.
    """
    saved = read_weights(path)
    for place, convolution in _named_convolutions(net):
        for name, weight in convolution.named_parameters():
            key = f"{place}.{name}"
            if not isinstance(saved.get(key), torch.Tensor):
                raise ValueError(f"the file {os.fspath(path)!r} holds no tensor {key!r}")
            if saved[key].shape != weight.shape:
                raise ValueError(
                    f"{key!r} in the file {os.fspath(path)!r} has shape "
                    f"{tuple(saved[key].shape)}, but the architecture needs {tuple(weight.shape)}"
                )
            weight.data.copy_(saved[key])


def _named_convolutions(net: LayeredNet) -> Iterator[tuple[str, nn.Conv2d]]:
    """Convolutions in their order, under the names of torchvision's VGG networks."""
    place = 0
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            yield f"features.{place}", module
        place += isinstance(module, (nn.Conv2d, nn.ReLU, nn.MaxPool2d))
