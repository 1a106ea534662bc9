"""Descriptions and hashes of models and data sets that are the same in every process."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import partial
from types import ModuleType
from typing import Any

import joblib
import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import get_scorer

from sk_hyperimage.images import Samples
from sk_hyperimage.images._reading import is_path
from sk_hyperimage.utils._names import public_name

# Parameters that do not change results.
IGNORED = {"n_jobs", "verbose", "memory", "temp_folder"}

Scorer = type(get_scorer("accuracy"))


def describe(value: Any) -> Any:
    """Describe an estimator or a parameter by strings, in lists and dicts for JSON.

    An estimator is described by its class and its parameters, so that a difference can be named; a
    function by its source and what it holds: arguments of a partial, the owner of a method,
    variables of a closure. A fitted estimator in a FrozenEstimator, and any other object, is
    described by a hash of its state.
    """
    if hasattr(value, "get_params") and not isinstance(value, (type, FrozenEstimator)):
        params = value.get_params(deep=False)
        return _described(value, {name: params[name] for name in sorted(set(params) - IGNORED)})
    if isinstance(value, dict):
        return {str(key): describe(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [describe(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    if isinstance(value, type):
        return public_name(value)
    if isinstance(value, Samples):
        return f"{public_name(type(value))} {digest(value)}"
    if isinstance(value, partial):
        return [describe(value.func), describe(value.args), describe(value.keywords)]
    if isinstance(value, Scorer):
        return _described(value, vars(value))
    if is_dataclass(value):
        return _described(
            value, {field.name: getattr(value, field.name) for field in fields(value)}
        )
    if inspect.isroutine(value) and hasattr(value, "__qualname__"):
        return _describe_function(value)
    if hasattr(value, "state_dict"):  # a network of torch, whose pickle differs every time
        weights = {name: item.cpu().numpy() for name, item in value.state_dict().items()}
        return f"{public_name(type(value))} {joblib.hash([repr(value), weights])}"
    if hasattr(value, "detach"):  # a tensor of torch, whose pickle differs as well
        value = value.detach().cpu().double().numpy()
    return f"{public_name(type(value))} {_hash(value)}"


def digest(data: Any) -> str:
    """Hash images, targets or metadata by content.

    Files are identified by path, size and modification time; a string is a path if there is such
    a file.
    """
    if isinstance(data, Samples):
        parts = [digest(part) for part in (*data.content(), data.sources)]
        return _hash([public_name(type(data)), *parts])
    if is_path(data) and os.path.isfile(data):
        status = os.stat(data)
        return _hash([os.fspath(data), status.st_size, status.st_mtime_ns])
    is_nested = isinstance(data, np.ndarray) and data.dtype.kind in "OU" and data.ndim > 0
    if is_nested or isinstance(data, (list, tuple)):
        # Strings in place of objects: joblib's hash differs for equal and identical objects.
        return _hash([digest(item) for item in data])
    return _hash(data if isinstance(data, np.ndarray) else describe(data))


def differences(there: object, here: object, name: str = "") -> Iterator[str]:
    """Differences between two descriptions, in words."""
    if isinstance(there, dict) and isinstance(here, dict):
        for key in sorted({*there, *here}):
            inner = f"{name}.{key}" if name else key
            yield from differences(there.get(key), here.get(key), inner)
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        for index, (one, two) in enumerate(zip(there, here, strict=True)):
            yield from differences(one, two, f"{name}[{index}]")
    elif there != here:
        yield f"{name} was {there} and is {here}"


def _described(value: object, parts: dict[str, object]) -> dict[str, Any]:
    return {"class": public_name(type(value)), **describe(parts)}


def _describe_function(function: Any) -> Any:
    """A function by its name and source, and by the objects it holds, if any."""
    named = f"{public_name(function)} {_source_hash(function)}"
    cells = getattr(inspect.unwrap(function), "__closure__", None) or ()
    held = [cell.cell_contents for cell in cells if cell.cell_contents is not function]
    owner = getattr(function, "__self__", None)
    if owner is not None and not isinstance(owner, (type, ModuleType)):
        # The fitted attributes of an estimator count as well.
        held.append(FrozenEstimator(owner) if hasattr(owner, "get_params") else owner)
    return [named, *describe(held)] if held else named


def _hash(value: object) -> str:
    try:
        return joblib.hash(value, coerce_mmap=True)
    except Exception as error:  # pickling fails in as many ways as there are objects
        raise ValueError(
            f"store cannot detect whether {value!r} changes between two runs, because it cannot "
            f"be pickled: {error}"
        ) from error


def _source_hash(function: Any) -> str:
    try:
        return joblib.hash(inspect.getsource(function))
    except (OSError, TypeError):  # built in, or typed into an interpreter
        return ""
