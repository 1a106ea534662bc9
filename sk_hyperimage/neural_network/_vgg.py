"""VGG-16 as a first stage: Experiment 5 of the hyper-image paper."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch

from sk_hyperimage.architectures import VGG16_STAGE1
from sk_hyperimage.neural_network._pretrained import (
    Standardize,
    freeze_convolutions,
    load_convolutions,
)
from sk_hyperimage.neural_network.layers import Architecture, LayeredNet, Shape, build_module


@dataclass(frozen=True)
class Release:
    """Published weights: their file, and how they were shown RGB pixels in [0, 1]."""

    file: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


RELEASES = {
    "IMAGENET1K_V1": Release("vgg16-397923af.pth", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "IMAGENET1K_FEATURES": Release(
        "vgg16_features-amdegroot-88682ab5.pth", (0.48235, 0.45882, 0.40784), (1 / 255,) * 3
    ),
}


@dataclass(frozen=True)
class PretrainedVGG16(Architecture):
    """VGG-16 up to conv4_3, its weights frozen, with dense layers of its own to train.

    Given to a CNNRegressor or CNNClassifier as `layers`. The convolutions are those of VGG-16,
    trained on ImageNet; they see pixels standardized as they were in that training, and never
    change. The dense layers start from random weights.

    Parameters
    ----------
    weights : {"IMAGENET1K_V1", "IMAGENET1K_FEATURES"}
        Which of the two weights that torchvision publishes under these names. They decide how
        pixels are standardized: "IMAGENET1K_V1" by mean and standard deviation,
        "IMAGENET1K_FEATURES", converted from Caffe, by subtraction of the mean from pixels in
        [0, 255], as in the paper.
    path : str or path-like, default=None
        The file of these weights: ``.safetensors``, ``.npz``, or any other ending for what
        ``torch.save`` writes. None looks where torchvision keeps what it has downloaded. Nothing
        is downloaded.
    layers : str, default=architectures.VGG16_STAGE1
        The architecture. Its convolutions, from the first, are those of VGG-16; as many as it
        has are loaded and frozen.

    Raises
    ------
    FileNotFoundError
        In `fit`, if there is no such file.
    ValueError
        In `fit`, if the samples are not RGB, or if the file is damaged, holds anything but
        tensors, or lacks a weight of the shape that `layers` needs.

    See Also
    --------
    CNNRegressor : Trains the dense layers.

    Notes
    -----
    Samples are RGB in [0, 1], as uint8 images become, and not normalized: in a
    :class:`~sk_hyperimage.ensemble.HyperImageRegressor` set ``normalizer="passthrough"``.

    A fitted model holds all weights and no longer needs the file.

    Files are read without running what a pickle may hold, but versions of torch before 2.10 have
    known holes there: take a ``.safetensors`` file, or one from a source that you trust.

    Activations of "IMAGENET1K_FEATURES" are large, as its pixels are, and ask for a lower
    learning rate than those of "IMAGENET1K_V1".

    References
    ----------
    The hyper-image paper, Experiment 5: dense layers of 800 units, batches of 256 patches, and a
    learning rate of 0.01. K. Simonyan and A. Zisserman, "Very deep convolutional networks for
    large-scale image recognition", ICLR 2015, configuration D.

    Examples
    --------
    >>> from sk_hyperimage.neural_network import CNNRegressor, PretrainedVGG16
    >>> vgg = PretrainedVGG16("IMAGENET1K_V1", path="vgg16-397923af.pth")
    >>> model = CNNRegressor(vgg, batch_size=256, learning_rate_init=0.01)
    """

    weights: str
    path: str | os.PathLike | None = None
    layers: str = VGG16_STAGE1

    def __post_init__(self) -> None:
        if self.path is not None:  # as text, which files hold
            object.__setattr__(self, "path", os.fspath(self.path))

    def __call__(self, *, input_shape: Shape, n_outputs: int | None) -> LayeredNet:
        """Build the network, its convolutions loaded and frozen.

        Parameters
        ----------
        input_shape : tuple of int
            (n_rows, n_cols, 3) of a sample.
        n_outputs : int or None
            Width of the last layer; None for a network that describes, as its layers say.
        """
        net = self.untrained(input_shape=input_shape, n_outputs=n_outputs)
        load_convolutions(net, self._file())
        return net

    def untrained(self, *, input_shape: Shape, n_outputs: int | None) -> LayeredNet:
        """The same network before its file is read, for the weights of a fitted model."""
        release = self._release()
        if input_shape[-1] != 3:
            raise ValueError(
                f"PretrainedVGG16 takes RGB samples, got samples of shape {tuple(input_shape)}; "
                f"of gray ones repeat the channel three times"
            )
        standardize = Standardize(release.mean, release.std)
        net = build_module(self.layers, input_shape, n_outputs, before=standardize)
        freeze_convolutions(net)
        return net

    def _release(self) -> Release:
        if self.weights not in RELEASES:
            raise ValueError(
                f"weights of PretrainedVGG16 must be one of {sorted(RELEASES)}, got "
                f"{self.weights!r}; a file is given as `path`"
            )
        return RELEASES[self.weights]

    def _file(self) -> str | os.PathLike:
        if self.path is not None:
            return self.path
        path = Path(torch.hub.get_dir(), "checkpoints", self._release().file)
        if not path.is_file():
            raise FileNotFoundError(
                f"there is no {str(path)!r}: save https://download.pytorch.org/models/{path.name} "
                f"(528 MB) there, have torchvision do so, or give PretrainedVGG16 the `path` of "
                f"your copy"
            )
        return path
