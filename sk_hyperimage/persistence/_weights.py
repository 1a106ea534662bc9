"""The weights of a model's networks: taken out, put back, compared with the architectures."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np

from sk_hyperimage.neural_network._base import BaseCNN
from sk_hyperimage.neural_network._weights import check_fit
from sk_hyperimage.persistence._objects import networks_in

Tensors = dict[str, np.ndarray]


def without_weights(model: object) -> tuple[Any, Tensors]:
    """A copy of a model with names in place of weights, and the weights by these names."""
    tensors: Tensors = {}
    memo: dict[int, Any] = {}
    for index, network in enumerate(networks_in(model)):
        weights = getattr(network, "weights_", None)
        if weights is not None and id(weights) not in memo:
            # deepcopy takes this for the copy.
            memo[id(weights)] = {name: f"{index}.{name}" for name in weights}
            tensors |= {f"{index}.{name}": array for name, array in weights.items()}
    return deepcopy(model, memo), tensors


def put_back_weights(model: object, tensors: Tensors) -> None:
    """Replace the names of weights by the weights, in place.

    Raises
    ------
    ValueError
        If their number, shape or dtype does not fit the networks.
    """
    used = set()
    for network in networks_in(model):
        names = vars(network).get("weights_")
        if names is not None:
            used.update(names.values())
            # Not through the network, which takes memory before the weights are looked at.
            network.__dict__["weights_"] = {name: tensors[key] for name, key in names.items()}
            _check_weights(network)
    if used != set(tensors):
        raise ValueError(f"no network has the weights {sorted(set(tensors) - used)}")


def _check_weights(network: BaseCNN) -> None:
    """Compare weights with the network's architecture, without memory for a network."""
    import torch

    with torch.device("meta"):
        expected = network._make_module(network.fitted_layers_, fitted=True).state_dict()
    owner = f"the weights of a {type(network).__name__}"
    check_fit(network.weights_, expected, owner)
    floats = {array.dtype for array in network.weights_.values() if array.dtype.kind == "f"}
    if len(floats) != 1 or not floats <= {np.dtype("f4"), np.dtype("f8")}:
        raise ValueError(f"{owner} are {sorted(map(str, floats))}, not float32 or float64")
    for name, tensor in expected.items():
        array = network.weights_[name]
        if not tensor.is_floating_point() and str(tensor.dtype) != f"torch.{array.dtype}":
            raise ValueError(f"{owner} are {array.dtype} at {name!r}, not {tensor.dtype}")
