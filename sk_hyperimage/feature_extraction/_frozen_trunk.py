"""Base of features by a published network that is not trained any further."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._base import ImageFeatures
from sk_hyperimage.images import Samples
from sk_hyperimage.neural_network._pretrained import Standardize
from sk_hyperimage.neural_network._weights import as_data
from sk_hyperimage.neural_network.training._device_patches import as_tensor
from sk_hyperimage.neural_network.training._devices import present_device
from sk_hyperimage.neural_network.trunks import (
    NETWORKS,
    Trunk,
    choose_release,
    file_of,
    outline,
    read_trunk,
)
from sk_hyperimage.utils._sklearn import StrOptions


class FrozenTrunk(ImageFeatures):
    """Base of transformers on a network whose weights come from a file."""

    network: str
    weights: str | None
    path: str | os.PathLike | None
    device: str

    _parameter_constraints: dict = {
        "network": [StrOptions(set(NETWORKS))],
        "weights": [str, None],
        "path": [str, os.PathLike, None],
        "device": [str],
    }

    @property
    def _owner(self) -> str:
        """What messages call this."""
        return f"{type(self).__name__}({self.network!r})"

    def _outline(self, parameter: str, layers: Sequence[str]) -> Trunk:
        """The network without weights.

        Raises
        ------
        ValueError
            If it lacks one of the layers that a parameter names.
        """
        outlined = outline(self.network).eval()
        names = outlined.names()
        for layer in layers:
            if layer not in names:
                raise ValueError(
                    f"{parameter} of {self._owner} must be one of {', '.join(names)}; got "
                    f"{layer!r}"
                )
        return outlined

    def _read_weights(self, layer: str) -> None:
        """Read and keep the weights of the network up to a layer."""
        release = choose_release(NETWORKS[self.network].releases, self.weights, self._owner)
        read = read_trunk(self.network, layer, file_of(release, self.path, self._owner))
        self.weights_ = {
            name: tensor.to(torch.promote_types(tensor.dtype, torch.float32)).numpy()
            for name, tensor in read.items()
        }
        self._pixels = (release.mean, release.std, release.reverse)

    def _trunk(self, dtype: np.dtype) -> Trunk:
        """The network that computes images of a type; only layers that it needs take memory."""
        kind = as_tensor(np.empty(0, dtype)).to(present_device(self.device))
        trunk = outline(self.network).eval()
        weights = {name: as_tensor(array).to(kind) for name, array in self.weights_.items()}
        trunk.load_state_dict(weights, strict=False, assign=True)
        mean, std, reverse = self._pixels
        trunk.before = Standardize(mean, std, reverse=reverse).to(kind.device, kind.dtype)
        return trunk

    def _described(self, images: Samples) -> Iterator[tuple[str, Floats]]:
        """Name and features of one image after the other, (1, n_features_out)."""
        trunk = self._trunk(images.dtype)
        for index in range(len(images)):
            yield images.name(index), self._describe_by(trunk, images.item(index))[np.newaxis]

    def _describe(self, levels: Floats) -> Floats:
        """Features of one image, or pair of images, in [0, 1]."""
        return self._describe_by(self._trunk(levels.dtype), levels)

    def _describe_by(self, trunk: Trunk, levels: Floats) -> Floats:
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return state | {"path": as_data(state["path"])}  # text, which files hold

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def as_rgb(image: Floats, least_side: int) -> Floats:
    """A gray or RGB image as RGB, mirrored at its end where it is smaller than a network takes."""
    missing = [(0, max(0, least_side - length)) for length in image.shape[:2]]
    image = np.pad(image, [*missing, (0, 0)], mode="symmetric")
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image
