"""Activations of networks trained on ImageNet as features of whole images."""

from __future__ import annotations

import os
from numbers import Integral

import numpy as np
import torch
from sklearn.utils import check_random_state, gen_batches

from sk_hyperimage._typing import Floats, Seed
from sk_hyperimage.feature_extraction._frozen_trunk import FrozenTrunk, as_rgb
from sk_hyperimage.images import Samples, Windows
from sk_hyperimage.neural_network.training._device_patches import as_tensor
from sk_hyperimage.neural_network.training._devices import present_device
from sk_hyperimage.neural_network.training._reproducible import reproducible
from sk_hyperimage.neural_network.trunks import NETWORKS, Trunk
from sk_hyperimage.utils._sklearn import Interval, StrOptions

# Crops that a network computes at a time: memory does not grow with their number.
CROPS_AT_ONCE = 8


class PretrainedFeatures(FrozenTrunk):
    """Describe every image by a layer of a network that was trained on ImageNet.

    The network is frozen: `fit` reads its weights from a file and learns nothing from the images.
    `transform` computes one layer for every image, of any size, or for random crops of it, and
    takes the mean over all places.

    Parameters
    ----------
    network : {"alexnet", "vgg16", "atrous_vgg16", "resnet50", "resnet101", "nin"}, \
default="resnet50"
        The network; :class:`~sk_hyperimage.neural_network.PretrainedNetwork` describes them.
    weights : str, default=None
        Which of the published weights the file holds, by torchvision's name. It decides how
        pixels are standardized. None: "IMAGENET1K_V1", and "CAFFE" for "nin".
    path : str or path-like, default=None
        The file of these weights: ``.safetensors``, ``.npz``, or any other ending for what
        ``torch.save`` writes. Their names are torchvision's; layers behind `layer` may be
        missing. None looks where torchvision keeps what it has downloaded. Nothing is downloaded.
    layer : str, default=None
        The layer that describes images, after its ReLU. None: what the quality survey takes,
        "fc6" of AlexNet (4096 features) and "pool" of ResNets (2048), and accordingly "fc6" of
        VGG-16, "fc7" of "atrous_vgg16" and "cccp7" of "nin" (1024 each).
    pooling : {"mean", "mean_std"}, default="mean"
        Mean over all places of the layer and all crops; then also their standard deviation, which
        doubles the features. A dense layer has one place in every crop.
    crops : int, default=None
        Random crops of every image, drawn at the same relative positions in all images, in every
        `transform`; 25 in the survey. None takes the whole image, once.
    crop_size : int, default=None
        Rows and columns of a crop. None: what the network was trained on, 227 for "alexnet" and
        "nin", 224 for the others.
    device : str, default="auto"
        Where the network runs: "cpu", "cuda", "cuda:1", "mps". "auto" is a CUDA GPU if there is
        one, else the CPU.
    random_state : int, RandomState instance or None, default=None
        Seed of the positions of crops.

    Attributes
    ----------
    weights_ : dict of str to ndarray
        Weights of the network up to the layer, by torchvision's names.
    layer_ : str
        The layer.
    n_units_ : int
        Units or filters of the layer.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    sk_hyperimage.neural_network.PretrainedNetwork : The same networks, to be trained further.
    sk_hyperimage.ensemble.pretrained_model : The survey's models on them.

    Notes
    -----
    Images are RGB in [0, 1], as uint8 images become, and not normalized; gray ones get the same
    value in all three channels. Images smaller than a crop, or than the network takes, are
    mirrored at their end. Before dense layers maps are averaged to the size that these were
    trained on, as in torchvision, so that a whole image of any size has one "fc6".

    One image is in memory at a time, and as many as eight crops of it in the network. float64
    images are computed in float64, at less than half the speed.

    A fitted object holds all weights that it needs, and no longer the file. In a Pipeline with
    `memory`, features are computed once for the same images and parameters: they are then known
    by the name of the file, so give other weights another name.

    References
    ----------
    J. Kim, H. Zeng, D. Ghadiyaram, S. Lee, L. Zhang and A. C. Bovik, "Deep convolutional neural
    models for picture-quality prediction", IEEE Signal Processing Magazine 34(6), 2017: on LIVE
    Challenge, SROCC 0.769 for AlexNet and 0.806 for ResNet-50 with a support vector regression.

    Examples
    --------
    >>> from sklearn.linear_model import RidgeCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sk_hyperimage.feature_extraction import PretrainedFeatures
    >>> resnet = PretrainedFeatures("resnet50", path="resnet50-0676ba61.pth")
    >>> model = make_pipeline(resnet, StandardScaler(), RidgeCV())
    """

    _parameter_constraints: dict = {
        **FrozenTrunk._parameter_constraints,
        "layer": [str, None],
        "pooling": [StrOptions({"mean", "mean_std"})],
        "crops": [Interval(Integral, 1, None, closed="left"), None],
        "crop_size": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        network: str = "resnet50",
        weights: str | None = None,
        *,
        path: str | os.PathLike | None = None,
        layer: str | None = None,
        pooling: str = "mean",
        crops: int | None = None,
        crop_size: int | None = None,
        device: str = "auto",
        random_state: Seed = None,
    ):
        self.network = network
        self.weights = weights
        self.path = path
        self.layer = layer
        self.pooling = pooling
        self.crops = crops
        self.crop_size = crop_size
        self.device = device
        self.random_state = random_state

    def _learn(self, images: Samples) -> None:
        network = NETWORKS[self.network]
        self.layer_ = network.layer if self.layer is None else self.layer
        outlined = self._outline("layer", [self.layer_])
        if self.crop_size is not None and self.crop_size < network.least_side:
            raise ValueError(
                f"crop_size of {self._owner} must be at least {network.least_side}, got "
                f"{self.crop_size}"
            )
        self._read_weights(self.layer_)
        tiny = torch.empty(1, 3, network.least_side, network.least_side, device="meta")
        self.n_units_ = outlined.maps(tiny, self.layer_).shape[1]
        self._seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)

    def _describe_by(self, trunk: Trunk, image: Floats) -> Floats:
        crops = self._crops(image)
        means, variances = [], []
        device = present_device(self.device)
        with reproducible(), torch.inference_mode():
            for some in gen_batches(len(crops), CROPS_AT_ONCE):
                batch = as_tensor(crops[some]).permute(0, 3, 1, 2).to(device)
                maps = trunk.maps(batch, self.layer_)
                maps = maps[:, :, None, None] if maps.ndim == 2 else maps
                variance, mean = torch.var_mean(maps, dim=(2, 3), correction=0)
                means.append(mean.cpu().numpy())
                variances.append(variance.cpu().numpy())
        of_crops = np.concatenate(means)
        described = of_crops.mean(axis=0)
        if self.pooling == "mean":
            return described
        total = np.concatenate(variances).mean(axis=0) + of_crops.var(axis=0)
        return np.concatenate([described, np.sqrt(total)])

    def _crops(self, image: Floats) -> Floats:
        """The image or crops of it, (n_crops, n_rows, n_cols, 3)."""
        network = NETWORKS[self.network]
        size = self.crop_size or network.crop_size
        least = network.least_side if self.crops is None else size
        image = as_rgb(image, least)
        if self.crops is None:
            return image[np.newaxis]
        draws = np.random.RandomState(self._seed).random_sample((2, self.crops))
        rows, cols = (
            np.floor(share * (length - size + 1)).astype(int)
            for share, length in zip(draws, image.shape, strict=False)
        )
        return Windows(rows, cols, (size, size)).cut(image)

    def _feature_names(self) -> list[str]:
        names = [f"{self.layer_}_{unit}" for unit in range(self.n_units_)]
        if self.pooling == "mean":
            return names
        return [f"{name}_{moment}" for moment in ("mean", "std") for name in names]
