"""Conversion of state that skops cannot hold, or not exactly, and back."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator

from sk_hyperimage.neural_network import Architecture
from sk_hyperimage.persistence._objects import networks_in, objects_in

# Attribute of an object on which `set_fit_request`, or a similar method, was called.
REQUESTS = "_metadata_request"


def check_layers(model: object) -> None:
    """Raise TypeError if a network's architecture is code rather than a description."""
    for network in networks_in(model):
        for name in ("layers", "fitted_layers_"):
            layers = vars(network).get(name, "")
            if layers is not None and not isinstance(layers, (str, Architecture)):
                raise TypeError(
                    f"the layers of a {type(network).__name__} are code, which files do not hold: "
                    f"{layers!r}. Give them in the notation, as a string; or save the arrays of "
                    f"weights_ and keep the code yourself"
                )


def make_portable(model: object) -> None:
    """Change a model, in place, so that skops can hold it."""
    for item in list(objects_in(model)):
        if isinstance(item, dict):
            _replace_bool_keys(item)
        elif hasattr(item, "__dict__") and REQUESTS in vars(item):
            # Requests refer to the object that they belong to.
            setattr(item, REQUESTS, _requests_by_method(vars(item)[REQUESTS]))


def make_whole(model: object) -> None:
    """Undo `make_portable`, and add parameters that are newer than the file."""
    for item in list(objects_in(model)):
        if hasattr(item, "__dict__") and REQUESTS in vars(item):
            _set_requests(item, vars(item).pop(REQUESTS))
        if isinstance(item, BaseEstimator) and type(item).__module__.startswith("sk_hyperimage."):
            for name, parameter in signature(type(item)).parameters.items():
                if name not in vars(item) and parameter.default is not parameter.empty:
                    setattr(item, name, parameter.default)


def _replace_bool_keys(mapping: dict) -> None:
    """Write 0 and 1 for False and True, which are the same keys; skops reads True for both."""
    if any(isinstance(key, (bool, np.bool_)) for key in mapping):
        items = [
            (int(key) if isinstance(key, (bool, np.bool_)) else key, value)
            for key, value in mapping.items()
        ]
        mapping.clear()
        mapping.update(items)


def _requests_by_method(request: Any) -> dict[str, dict[str, Any]]:
    """Metadata requests of each method, as arguments of ``set_{method}_request``."""
    methods = {name: getattr(part, "requests", None) for name, part in vars(request).items()}
    return {name: dict(requests) for name, requests in methods.items() if requests}


def _set_requests(item: object, requests_by_method: dict[str, dict[str, Any]]) -> None:
    with config_context(enable_metadata_routing=True):
        for method, requests in requests_by_method.items():
            # From the type: attributes of the object come from the file.
            getattr(type(item), f"set_{method}_request")(item, **requests)
