"""Published weights: their files, and the pixels that their networks were trained on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from sk_hyperimage.neural_network._pretrained import Standardize
from sk_hyperimage.neural_network.layers import Shape

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Of networks from Caffe: pixels in [0, 255] less their mean.
CAFFE_MEAN, CAFFE_STD = (0.48235, 0.45882, 0.40784), (1 / 255,) * 3


@dataclass(frozen=True)
class Release:
    """Published weights: their file, and how they were shown RGB pixels in [0, 1].

    Attributes
    ----------
    file : str or None
        As torchvision calls what it downloads. None: it has no such weights.
    megabytes : int
    mean, std : tuple of float
        Of red, green and blue.
    reverse : bool
        Whether the network takes blue first.
    """

    file: str | None
    megabytes: int = 0
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    reverse: bool = False

    def standardize(self) -> Standardize:
        """What goes ahead of the network."""
        return Standardize(self.mean, self.std, reverse=self.reverse)


def choose_release(releases: Mapping[str, Release], weights: str | None, owner: str) -> Release:
    """The release of a name; None for the first.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    name = next(iter(releases)) if weights is None else weights
    if name not in releases:
        raise ValueError(
            f"weights of {owner} must be one of {sorted(releases)}, got {weights!r}; a file is "
            f"given as `path`"
        )
    return releases[name]


def file_of(release: Release, path: str | os.PathLike | None, owner: str) -> str | os.PathLike:
    """The file of a release: that of the user, or else the one that torchvision has downloaded.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    if path is not None:
        return path
    if release.file is None:
        raise FileNotFoundError(
            f"{owner} needs the `path` of its weights: torchvision has no such network"
        )
    kept = Path(torch.hub.get_dir(), "checkpoints", release.file)
    if not kept.is_file():
        raise FileNotFoundError(
            f"there is no {str(kept)!r}: save https://download.pytorch.org/models/{kept.name} "
            f"({release.megabytes} MB) there, have torchvision do so, or give {owner} the `path` "
            f"of your copy"
        )
    return kept


def check_rgb(input_shape: Shape, owner: str) -> None:
    """Raise ValueError unless samples have three channels."""
    if input_shape[-1] != 3:
        raise ValueError(
            f"{owner} takes RGB samples, got samples of shape {tuple(input_shape)}; of gray ones "
            f"repeat the channel three times"
        )
