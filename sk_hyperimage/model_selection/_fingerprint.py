"""What a model and a data set are, in words and hashes that are the same in every process."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import joblib
import numpy as np
from sklearn.frozen import FrozenEstimator

from sk_hyperimage.images import ImageCollection
from sk_hyperimage.images._reading import is_path

# Parameters that change how fast and how talkative a model is, and not what it gives.
IGNORED = {"n_jobs", "verbose", "memory"}

# A release of one of these may change the last bits of a result.
PACKAGES = ("sk-hyperimage", "scikit-learn", "torch", "skorch", "numpy", "scipy")


def describe(value: Any) -> Any:
    """Describe an estimator or a parameter by strings, in lists and dicts that JSON holds.

    An estimator is its class and its parameters, so that a difference can be named; a fitted one
    in a FrozenEstimator, and every other object, a hash of its state.
    """
    if hasattr(value, "get_params") and not isinstance(value, (type, FrozenEstimator)):
        params = value.get_params(deep=False)
        described = {name: describe(params[name]) for name in sorted(set(params) - IGNORED)}
        return {"class": _name(type(value)), **described}
    if isinstance(value, dict):
        return {str(key): describe(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [describe(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    if isinstance(value, type):
        return _name(value)
    if inspect.isroutine(value) and hasattr(value, "__qualname__"):
        return f"{_name(value)} {_source_hash(value)}"
    if hasattr(value, "state_dict"):  # a network of torch, whose pickle differs every time
        weights = {name: item.cpu().numpy() for name, item in value.state_dict().items()}
        return f"{_name(type(value))} {joblib.hash([repr(value), weights])}"
    return f"{_name(type(value))} {_hash(value)}"


def digest(data: Any, *, files: bool = False) -> str:
    """Hash images, scores or metadata by content.

    Parameters
    ----------
    data : object
    files : bool, default=False
        Whether strings are paths of files, which are told by path, size and time of change.
    """
    if isinstance(data, ImageCollection):
        parts = digest(data.source, files=True), digest(data.indices), describe(data.transforms)
        return _hash(list(parts))
    if files and is_path(data):
        status = os.stat(data)
        return _hash([os.fspath(data), status.st_size, status.st_mtime_ns])
    is_nested = isinstance(data, np.ndarray) and data.dtype.kind in "OU" and data.ndim > 0
    if is_nested or isinstance(data, (list, tuple)):
        # Strings in place of objects: joblib tells equal objects from identical ones.
        return _hash([digest(item, files=files) for item in data])
    return _hash(data)


@cache
def versions() -> dict[str, str]:
    """Versions of the packages that results depend on."""
    return {package: _version(package) for package in PACKAGES}


def differences(there: Any, here: Any, name: str = "") -> Iterator[str]:
    """Say where two descriptions differ."""
    if isinstance(there, dict) and isinstance(here, dict):
        for key in sorted({*there, *here}):
            inner = f"{name}.{key}" if name else key
            yield from differences(there.get(key), here.get(key), inner)
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        for index, (one, two) in enumerate(zip(there, here, strict=True)):
            yield from differences(one, two, f"{name}[{index}]")
    elif there != here:
        yield f"{name} was {there} and is {here}"


def _hash(value: Any) -> str:
    try:
        return joblib.hash(value, coerce_mmap=True)
    except Exception as error:  # pickling fails in as many ways as there are objects
        raise ValueError(
            f"store cannot tell whether {value!r} changes between two runs, because it cannot be "
            f"pickled: {error}"
        ) from error


def _source_hash(function: Any) -> str:
    try:
        return joblib.hash(inspect.getsource(function))
    except (OSError, TypeError):  # built in, or typed into an interpreter
        return ""


def _name(item: Any) -> str:
    return f"{item.__module__}.{item.__qualname__}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
