"""VGG-16 as a first stage: Experiment 5 of the hyper-image paper."""

from __future__ import annotations

import os
from dataclasses import dataclass

from sk_hyperimage.architectures import VGG16_STAGE1
from sk_hyperimage.neural_network._pretrained import freeze_convolutions, load_convolutions
from sk_hyperimage.neural_network.layers import Architecture, LayeredNet, Shape, build_module
from sk_hyperimage.neural_network.trunks import (
    NETWORKS,
    Release,
    check_rgb,
    choose_release,
    file_of,
)


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
    PretrainedNetwork : This and other networks as published, to be trained further.

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
        load_convolutions(net, file_of(self._release(), self.path, type(self).__name__))
        return net

    def untrained(self, *, input_shape: Shape, n_outputs: int | None) -> LayeredNet:
        """The same network before its file is read, for the weights of a fitted model."""
        check_rgb(input_shape, type(self).__name__)
        before = self._release().standardize()
        net = build_module(self.layers, input_shape, n_outputs, before=before)
        freeze_convolutions(net)
        return net

    def _release(self) -> Release:
        return choose_release(NETWORKS["vgg16"].releases, self.weights, type(self).__name__)
