"""Similarity of an image and its reference in the eyes of a network trained on ImageNet."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._frozen_trunk import FrozenTrunk, as_rgb
from sk_hyperimage.feature_extraction._pair_features import PairFeatures
from sk_hyperimage.images import Samples
from sk_hyperimage.neural_network.training._device_patches import as_tensor
from sk_hyperimage.neural_network.training._devices import present_device
from sk_hyperimage.neural_network.training._reproducible import reproducible
from sk_hyperimage.neural_network.trunks import NETWORKS, Trunk

# Rows and columns of the windows in which maps are compared, and the constants of SSIM, as shares
# of the largest activation.
WINDOW = 7
K1, K2 = 0.01, 0.03


class DeepSimilarity(PairFeatures, FrozenTrunk):
    """Describe every pair of an image and its reference by how alike a network sees them.

    Of each layer of a network that was trained on ImageNet, the structural similarity (SSIM) of
    the maps of both images is one feature. The network is frozen: `fit` reads its weights from a
    file and learns nothing from the pairs. The mean of all features is a full-reference score as
    it is, as in DeepSim; a regressor on them learns how to weigh the layers.

    Parameters
    ----------
    network : {"alexnet", "vgg16", "resnet50", "resnet101", "nin"}, default="vgg16"
        The network; :class:`~sk_hyperimage.neural_network.PretrainedNetwork` describes them.
    weights, path
        As in :class:`PretrainedFeatures`.
    layers : sequence of str, default=None
        The layers that are compared. None: all but the last, whose outputs are ImageNet's classes.
    device : str, default="auto"
        Where the network runs: "cpu", "cuda", "cuda:1", "mps". "auto" is a CUDA GPU if there is
        one, else the CPU.

    Attributes
    ----------
    weights_ : dict of str to ndarray
        Weights of the network up to the last of the layers, by torchvision's names.
    layers_ : list of str
        The layers.
    n_features_in_ : int
        Channels of a pair, twice those of an image; columns of a 2-D X.

    See Also
    --------
    FullReferenceScores : Scores that need no network.
    sk_hyperimage.images.pair_images : Makes pairs of images and references, or of their files.

    Notes
    -----
    X is pairs of gray or RGB images in [0, 1], of any size. Features are at most 1, which is that
    of equal images; higher is better. Maps are compared channel by channel in windows of 7 x 7
    places, or in the whole map where it is smaller, and the similarities are averaged over windows
    and channels; units of a dense layer are one row. The constants of SSIM are those of images,
    with the largest activation of the pair in the layer in place of the largest pixel. The paper
    compares all 16 layers of VGG-16; its windows and constants are not known here.

    One pair is in memory at a time. Rows of a 2-D X are pairs of one-row images, as in
    :class:`FullReferenceScores`.

    References
    ----------
    F. Gao, Y. Wang, P. Li, M. Tan, J. Yu and Y. Zhu, "DeepSim: Deep similarity for image quality
    assessment", Neurocomputing 257, 2017.

    Examples
    --------
    >>> from sklearn.linear_model import RidgeCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from sk_hyperimage.feature_extraction import DeepSimilarity
    >>> model = make_pipeline(DeepSimilarity("vgg16", path="vgg16-397923af.pth"), RidgeCV())
    """

    _parameter_constraints: dict = {
        **FrozenTrunk._parameter_constraints,
        "layers": ["array-like", None],
    }

    def __init__(
        self,
        network: str = "vgg16",
        weights: str | None = None,
        *,
        path: str | os.PathLike | None = None,
        layers: Sequence[str] | None = None,
        device: str = "auto",
    ):
        self.network = network
        self.weights = weights
        self.path = path
        self.layers = layers
        self.device = device

    def _learn(self, images: Samples) -> None:
        if images.n_channels not in (2, 6):
            raise ValueError(
                f"X holds pairs of {images.n_channels} channels; {type(self).__name__} takes "
                f"pairs of gray images (2) and of RGB images (6)"
            )
        layers = None if self.layers is None else list(self.layers)
        names = self._outline("layers", layers or []).names()
        if layers is None:
            layers = names[:-1]
        if not layers or len(set(layers)) < len(layers):
            raise ValueError(
                f"layers must name one or more of {', '.join(names)}, each once; got {layers!r}"
            )
        self.layers_ = layers
        self._read_weights(max(layers, key=names.index))

    def _describe_by(self, trunk: Trunk, pair: Floats) -> Floats:
        least = NETWORKS[self.network].least_side
        both = np.stack([as_rgb(image, least) for image in np.split(pair, 2, axis=2)])
        device = present_device(self.device)
        with reproducible(), torch.inference_mode():
            found = similarities(trunk, as_tensor(both).to(device), self.layers_)
        return np.array([found[layer] for layer in self.layers_], dtype=pair.dtype)

    def _feature_names(self) -> list[str]:
        return [f"{self.network}_{layer}" for layer in self.layers_]


def similarities(trunk: Trunk, both: torch.Tensor, layers: Sequence[str]) -> dict[str, float]:
    """Similarity of two images (2, n_rows, n_cols, 3) in each of the layers, in one pass."""
    last = max(layers, key=trunk.names().index)
    maps = trunk.before(both.permute(0, 3, 1, 2))
    found = {}
    for stage in trunk.up_to(last):
        maps = stage.compute(maps)
        if stage.name in layers:
            found[stage.name] = similarity(maps)
    return found


def similarity(maps: torch.Tensor) -> float:
    """Mean structural similarity of the maps (2, c, h, w), or units (2, d), of two images."""
    if maps.ndim == 2:
        maps = maps[:, None, None]
        sides = maps.shape[2:]
    else:
        sides = torch.Size(min(WINDOW, side) for side in maps.shape[2:])
    largest = maps.abs().max().item() or 1.0
    # As shares of the largest, squares lose no digits to the constants.
    first, second = (maps / largest).unbind()

    def mean(values: torch.Tensor) -> torch.Tensor:
        return functional.avg_pool2d(values, sides, stride=1)

    a, b = mean(first), mean(second)
    variances = mean(first.square()) - a.square() + mean(second.square()) - b.square()
    covariance = mean(first * second) - a * b
    luminance = (2 * a * b + K1**2) / (a.square() + b.square() + K1**2)
    structure = (2 * covariance + K2**2) / (variances + K2**2)
    return float((luminance * structure).mean())
