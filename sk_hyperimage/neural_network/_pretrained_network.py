"""Published networks whose weights come from a file, to be trained further."""

from __future__ import annotations

import os
from dataclasses import dataclass

from sk_hyperimage.neural_network.layers import Architecture, Shape
from sk_hyperimage.neural_network.trunks import (
    Release,
    Trunk,
    check_rgb,
    choose_release,
    file_of,
    network_of,
    read_trunk,
)


@dataclass(frozen=True)
class PretrainedNetwork(Architecture):
    """AlexNet, VGG-16 (also atrous), ResNet-50 or -101 or Network in Network, to be fine-tuned.

    Given to a CNNRegressor or CNNClassifier as `layers`. The network starts from the weights in a
    file, but for its last layer, which gets the outputs of the task and weights at random.

    Parameters
    ----------
    network : {"alexnet", "vgg16", "atrous_vgg16", "resnet50", "resnet101", "nin"}
        The network. "nin" is the ImageNet model of Lin et al. "atrous_vgg16" is VGG-16 with fc6
        and fc7 as convolutions of a fourth of the units, which are subsampled from the weights of
        VGG-16.
    weights : str, default=None
        Which of the published weights the file holds, by torchvision's name. It decides how
        pixels are standardized. None: "IMAGENET1K_V1", and "CAFFE" for "nin". ResNets also have
        "IMAGENET1K_V2", VGG-16 "IMAGENET1K_FEATURES".
    path : str or path-like, default=None
        The file of these weights: ``.safetensors``, ``.npz``, or any other ending for what
        ``torch.save`` writes. Their names are torchvision's. None looks where torchvision keeps
        what it has downloaded. Nothing is downloaded.
    frozen : str, default=None
        The last layer of those that keep their weights, such as "conv5" or "layer3"; their batch
        normalization keeps its statistics. None trains all.
    dropout : float in [0, 1), default=0.5
        Rate of dropout before the last layer. There is no other.

    Raises
    ------
    FileNotFoundError
        In `fit`, if there is no such file.
    ValueError
        In `fit`, if a parameter is none of the above, if the samples are not RGB or too small, or
        if the file is damaged, holds anything but tensors, or those of another network.

    See Also
    --------
    PretrainedVGG16 : The convolutions of VGG-16 below dense layers of one's own.
    sk_hyperimage.feature_extraction.PretrainedFeatures : The same networks as fixed features.

    Notes
    -----
    Samples are RGB in [0, 1], as uint8 images become, and not normalized. They are at least of 63
    x 63 pixels for "alexnet", 39 x 39 for "nin", 32 x 32 for the others. A fitted model holds all
    weights, by torchvision's names, and no longer needs the file. ``embed(X, layer)`` counts the
    layers below; -2, what a :class:`~sk_hyperimage.feature_extraction.HyperImageEncoder` takes,
    is the one before the last.

    ============== ==================================================================== ===========
    Network        Layers                                                                Parameters
    ============== ==================================================================== ===========
    "alexnet"      conv1 to conv5, fc6, fc7, fc8                                         61,100,840
    "vgg16"        conv1_1, conv1_2, conv2_1 to conv5_3, fc6, fc7, fc8                  138,357,544
    "atrous_vgg16" as "vgg16"                                                            21,508,904
    "resnet50"     conv1, layer1 to layer4, pool, fc                                     25,557,032
    "resnet101"    as "resnet50"                                                         44,549,160
    "nin"          conv1, cccp1, cccp2, conv2, cccp3, cccp4, conv3, cccp5, cccp6,         7,595,176
                   conv4, cccp7, cccp8
    ============== ==================================================================== ===========

    Layers are named as in the networks' Caffe files, blocks of ResNets as in torchvision;
    parameters are those with the published 1000 outputs. "alexnet" is that of torchvision, without
    the groups and the normalization of 2012. torchvision has no "nin": its file numbers the
    modules in torchvision's manner, ``features.0.weight`` to ``features.26.bias``, activation
    functions, poolings and dropout counted. The quality survey counts 14 convolutions in the
    network of Li et al., which this model of 12 was the start of, and does not say which; here,
    its last layer gives the outputs without the ReLU and the softmax that followed it.

    Versions of torch before 2.10 have known holes in reading files of ``torch.save``: take a
    ``.safetensors`` file, or one from a source that you trust.

    References
    ----------
    J. Kim, H. Zeng, D. Ghadiyaram, S. Lee, L. Zhang and A. C. Bovik, "Deep convolutional neural
    models for picture-quality prediction", IEEE Signal Processing Magazine 34(6), 2017.
    A. Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014.
    K. Simonyan and A. Zisserman, "Very deep convolutional networks for large-scale image
    recognition", ICLR 2015. K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image
    recognition", CVPR 2016. M. Lin, Q. Chen and S. Yan, "Network in network", ICLR 2014.

    Examples
    --------
    >>> from sk_hyperimage.neural_network import CNNRegressor, PretrainedNetwork
    >>> resnet = PretrainedNetwork("resnet50", path="resnet50-0676ba61.pth", frozen="layer2")
    >>> model = CNNRegressor(resnet, batch_size=48, learning_rate_init=1e-3, max_epochs=6)
    """

    network: str
    weights: str | None = None
    path: str | os.PathLike | None = None
    frozen: str | None = None
    dropout: float = 0.5

    def __post_init__(self) -> None:
        if self.path is not None:  # as text, which files hold
            object.__setattr__(self, "path", os.fspath(self.path))

    def __call__(self, *, input_shape: Shape, n_outputs: int | None) -> Trunk:
        """Build the network, its weights loaded but for those of the last layer.

        Parameters
        ----------
        input_shape : tuple of int
            (n_rows, n_cols, 3) of a sample.
        n_outputs : int or None
            Width of the last layer; None leaves it out.
        """
        trunk = self.untrained(input_shape=input_shape, n_outputs=n_outputs)
        last_read = trunk.names()[-1 if n_outputs is None else -2]
        path = file_of(self._release(), self.path, self._owner)
        trunk.load_state_dict(read_trunk(self.network, last_read, path), strict=False)
        return trunk

    def untrained(self, *, input_shape: Shape, n_outputs: int | None) -> Trunk:
        """The same network before its file is read, for the weights of a fitted model."""
        network = network_of(self.network)
        check_rgb(input_shape, self._owner)
        if min(input_shape[:2]) < network.least_side:
            raise ValueError(
                f"{self._owner} takes samples of at least {network.least_side} x "
                f"{network.least_side} pixels, got samples of shape {tuple(input_shape)}"
            )
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout of {self._owner} must be in [0, 1), got {self.dropout!r}")
        before = self._release().standardize()
        trunk = network.trunk(n_outputs, before=before, dropout=self.dropout)
        if self.frozen is not None:
            trunk.freeze(self.frozen)
        return trunk

    @property
    def _owner(self) -> str:
        """What messages call this."""
        return f"PretrainedNetwork({self.network!r})"

    def _release(self) -> Release:
        return choose_release(network_of(self.network).releases, self.weights, self._owner)
