"""Weights by name: read from files without running code, compared with a network, given to it."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from os import PathLike
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike

# Arrays or tensors by the names of a network's weights, or the file that holds them.
WeightsLike: TypeAlias = Mapping[str, ArrayLike | torch.Tensor] | str | PathLike[str]


def arrays_of(module: torch.nn.Module) -> dict[str, np.ndarray]:
    """Copies of a module's weights, by their names."""
    return {name: _array(tensor).copy() for name, tensor in module.state_dict().items()}


def holds(module: torch.nn.Module, arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether a module has exactly these weights."""
    state = module.state_dict()
    return list(state) == list(arrays) and all(
        array.dtype == now.dtype and np.array_equal(array, now)
        for array, now in zip(arrays.values(), map(_array, state.values()), strict=True)
    )


def as_data(weights: Any) -> Any:
    """Given weights without objects of torch, and paths as text; anything else as it is."""
    if isinstance(weights, Mapping):
        return {
            name: _array(value) if isinstance(value, torch.Tensor) else value
            for name, value in weights.items()
        }
    return os.fspath(weights) if isinstance(weights, PathLike) else weights


def load_weights(module: torch.nn.Module, weights: WeightsLike, owner: str) -> None:
    """Give a module its weights, in the types that it has.

    Parameters
    ----------
    module : torch.nn.Module
    weights : dict of str to array-like, str or path-like
        All weights by the names of the module's, or their file.
    owner : str
        What they are, for messages.

    Raises
    ------
    ValueError
        If the file cannot be read, if weights are missing or unknown, or if one has another
        shape, is of a type that the module's cannot hold, or is not finite. The module is left
        as it was.
    """
    if not isinstance(weights, Mapping):
        owner = f"the {owner} in the file {os.fspath(weights)!r}"
        weights = read_weights(weights)
    given = {name: _tensor(value, name, owner) for name, value in weights.items()}
    expected = module.state_dict()
    check_fit(given, expected, owner)
    for name, needed in expected.items():
        if not torch.can_cast(given[name].dtype, needed.dtype):
            raise ValueError(
                f"{owner} are {given[name].dtype} at {name!r}, but the layers need {needed.dtype}"
            )
        given[name] = given[name].to(needed.dtype)
        if not given[name].isfinite().all():
            raise ValueError(f"{owner} are not all finite at {name!r} in {needed.dtype}")
    module.load_state_dict(given)


def check_fit(
    weights: Mapping[str, Any], expected: Mapping[str, torch.Tensor], owner: str
) -> None:
    """Raise ValueError unless arrays or tensors have the names and shapes of a module's state."""
    both_ways = {
        "are unknown": set(weights) - set(expected),
        "are missing": set(expected) - set(weights),
    }
    if any(both_ways.values()):
        differences = [
            f"{sorted(names, key=str)} {are}" for are, names in both_ways.items() if names
        ]
        raise ValueError(f"{owner} and the layers differ: {', '.join(differences)}")
    for name, needed in expected.items():
        shape = tuple(weights[name].shape)
        if shape != needed.shape:
            raise ValueError(
                f"{owner} have shape {shape} at {name!r}, but the layers need "
                f"{tuple(needed.shape)}"
            )


def read_weights(path: str | PathLike) -> dict[str, torch.Tensor]:
    """Tensors in a file by name, read without running code that the file may hold.

    Raises
    ------
    ValueError
        If the file is damaged, or holds anything but tensors by their names.
    """
    name = os.fspath(path)
    try:
        if name.endswith(".safetensors"):
            from safetensors.torch import load_file

            return load_file(name)
        if name.endswith(".npz"):
            return _read_npz(name)
        saved = torch.load(name, map_location="cpu", weights_only=True)
    except (OSError, ImportError):
        raise
    except pickle.UnpicklingError:
        # torch's own message advises to load such a file all the same.
        raise ValueError(
            f"the file {name!r} is damaged, or holds objects besides tensors, which is refused "
            f"because unpickling them can run any code"
        ) from None
    except Exception as error:  # a damaged file fails in as many ways as it can be damaged
        raise ValueError(f"the file {name!r} cannot be read as weights: {error}") from error
    if not isinstance(saved, dict):
        raise ValueError(
            f"the file {name!r} holds a {type(saved).__name__}, not weights by their names"
        )
    return saved


def _read_npz(name: str) -> dict[str, torch.Tensor]:
    # Not by np.load, which takes whatever is no archive for a pickle, and advises to load it.
    with open(name, "rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as saved:
        return {key: torch.tensor(array) for key, array in saved.items()}


def _array(tensor: torch.Tensor) -> np.ndarray:
    """A tensor as an array; types that numpy lacks are narrower than float32, and become that."""
    tensor = tensor.detach().cpu()
    if tensor.is_floating_point() and tensor.element_size() < 4:
        tensor = tensor.float()
    return tensor.numpy()


def _tensor(value: Any, name: object, owner: str) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return value.detach().cpu()
    try:
        return torch.tensor(np.asarray(value))
    except (TypeError, ValueError):
        raise ValueError(f"{owner} hold no array of numbers at {name!r}") from None
