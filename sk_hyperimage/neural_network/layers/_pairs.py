"""Words for pairs of an image and its reference: one chain of layers for both, then one row.

In between, a batch holds the images first and the references after them, so that every layer
computes both with the same weights (Kim et al. 2017, "Deep convolutional neural models for
picture-quality prediction", Table I, full-reference models).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from sk_hyperimage.neural_network.layers._arguments import Arguments
from sk_hyperimage.neural_network.layers._layer import Layer, Shape, Step

# What is made of the descriptions of an image and its reference, and how many times as long it is.
FUSIONS = {"all": 3, "both": 2, "difference": 1}


@dataclass(frozen=True)
class Twins(Layer):
    """Take the two images of a pair apart: the layers that follow see each by itself."""

    word = "Twins"
    takes_images = True
    needs_arguments = False
    path_change = 1

    def output_shape(self, shape: Shape) -> Shape:
        if shape[2] % 2:
            raise ValueError(
                f"the layer {self} at position {self.position} of layers takes pairs of an image "
                f"and its reference, which have an even number of channels, and gets {shape[2]}: "
                f"make pairs with sk_hyperimage.images.pair_images"
            )
        return (*shape[:2], shape[2] // 2)

    def module(self, shape: Shape) -> nn.Module:
        return TakenApart()

    def step(self, shape: Shape) -> Step:
        return 1, 1


@dataclass(frozen=True)
class Fuse(Layer):
    """Put the descriptions h of an image and r of its reference together again.

    "all" is h, r and r - h side by side (Bosse et al. 2018); "both" is h and r; "difference" is
    r - h.
    """

    word = "Fuse"
    needs_arguments = False
    path_change = -1

    fusion: str = "all"

    def __str__(self) -> str:
        return self.word if self.fusion == "all" else f"{self.word}({self.fusion})"

    @classmethod
    def read(cls, arguments: Arguments) -> Fuse:
        return cls(**arguments.words(fusion=FUSIONS))  # type: ignore[arg-type]

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], FUSIONS[self.fusion] * shape[-1])

    def module(self, shape: Shape) -> nn.Module:
        return PutTogether(self.fusion)

    def step(self, shape: Shape) -> Step:
        return 1, 1


class TakenApart(nn.Module):
    """From pairs (n, 2 c, h, w) to the images and then the references, (2 n, c, h, w)."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Both halves of the channels, one after the other."""
        apart = torch.cat(maps.chunk(2, dim=1))
        return apart.contiguous(memory_format=torch.channels_last)


class PutTogether(nn.Module):
    """From images and then references, (2 n, c, ...), to rows of both, (n, 1 to 3 c, ...)."""

    def __init__(self, fusion: str):
        super().__init__()
        self.fusion = fusion

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Both, their difference, or all of these along the channels."""
        image, reference = maps.chunk(2)
        if self.fusion == "both":
            return torch.cat([image, reference], dim=1)
        difference = reference - image
        if self.fusion == "difference":
            return difference
        return torch.cat([image, reference, difference], dim=1)

    def extra_repr(self) -> str:
        return self.fusion
