"""The published networks, by name: how to build them, what they take, where their weights are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from sk_hyperimage.neural_network.trunks._atrous import AtrousVGG16, subsampled
from sk_hyperimage.neural_network.trunks._plain import ALEXNET, NIN, VGG16, PlainTrunk
from sk_hyperimage.neural_network.trunks._releases import (
    CAFFE_MEAN,
    CAFFE_STD,
    Release,
)
from sk_hyperimage.neural_network.trunks._resnet import ResNet
from sk_hyperimage.neural_network.trunks._trunk import Trunk

# Classes of ImageNet.
N_CLASSES = 1000


@dataclass(frozen=True)
class Network:
    """A published network.

    Attributes
    ----------
    make : callable
        Called with `n_outputs`, `before` and `dropout`.
    least_side : int
        Rows and columns that an image must have.
    crop_size : int
        Rows and columns of the crops that it was trained on.
    layer : str
        The layer that describes images.
    releases : dict of str to Release
    origin : str or None
        The network whose published weights this one starts from, in place of some of its own.
    converted : callable or None
        What makes its weights of these, by their names.
    """

    make: Callable[..., Trunk]
    least_side: int
    crop_size: int
    layer: str
    releases: Mapping[str, Release]
    origin: str | None = None
    converted: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]] | None = None

    def trunk(
        self,
        n_outputs: int | None = N_CLASSES,
        *,
        before: nn.Module | None = None,
        dropout: float = 0.0,
    ) -> Trunk:
        """The network, with weights drawn from torch's random state."""
        return self.make(n_outputs=n_outputs, before=before, dropout=dropout)


def _resnet(depths: tuple[int, ...], file_v1: str, file_v2: str, megabytes: int) -> Network:
    releases = {
        "IMAGENET1K_V1": Release(file_v1, megabytes),
        "IMAGENET1K_V2": Release(file_v2, megabytes),
    }
    return Network(partial(ResNet, depths), 32, 224, "pool", releases)


_VGG16_RELEASES = {
    "IMAGENET1K_V1": Release("vgg16-397923af.pth", 528),
    "IMAGENET1K_FEATURES": Release(
        "vgg16_features-amdegroot-88682ab5.pth", 528, CAFFE_MEAN, CAFFE_STD
    ),
}

NETWORKS = {
    "alexnet": Network(
        partial(PlainTrunk, ALEXNET),
        63,
        227,
        "fc6",
        {"IMAGENET1K_V1": Release("alexnet-owt-7be5be79.pth", 233)},
    ),
    "resnet50": _resnet(
        (3, 4, 6, 3), "resnet50-0676ba61.pth", "resnet50-11ad3fa6.pth", megabytes=98
    ),
    "resnet101": _resnet(
        (3, 4, 23, 3), "resnet101-63fe2227.pth", "resnet101-cd907fc2.pth", megabytes=171
    ),
    "vgg16": Network(partial(PlainTrunk, VGG16), 32, 224, "fc6", _VGG16_RELEASES),
    "atrous_vgg16": Network(
        AtrousVGG16, 32, 224, "fc7", _VGG16_RELEASES, origin="vgg16", converted=subsampled
    ),
    "nin": Network(
        partial(PlainTrunk, NIN),
        39,
        227,
        "cccp7",
        {"CAFFE": Release(None, 0, CAFFE_MEAN, CAFFE_STD, reverse=True)},
    ),
}


def network_of(name: str) -> Network:
    """The network of a name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in NETWORKS:
        raise ValueError(f"network must be one of {', '.join(NETWORKS)}; got {name!r}")
    return NETWORKS[name]
