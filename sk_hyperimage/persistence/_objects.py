"""The objects that a model consists of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from sk_hyperimage.neural_network._base import BaseCNN

WITHOUT_PARTS = (str, bytes, type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)


def objects_in(model: object) -> Iterator[Any]:
    """Every object reachable from a model through attributes and containers, once."""
    seen = {}
    waiting = [model]
    while waiting:
        item = waiting.pop()
        if id(item) not in seen:
            seen[id(item)] = item  # kept, or another object could get its id
            waiting.extend(reversed(list(_parts(item))))
            yield item


def networks_in(model: object) -> list[BaseCNN]:
    """The CNN estimators in a model, fitted or not."""
    return [item for item in objects_in(model) if isinstance(item, BaseCNN)]


def _parts(item: object) -> Iterable[Any]:
    if isinstance(item, WITHOUT_PARTS):
        return ()
    if isinstance(item, dict):
        return item.values()
    if isinstance(item, (list, tuple, set, frozenset)):
        return item
    if isinstance(item, np.ndarray):
        return np.asarray(item).flat if item.dtype == object else ()
    # `_net` is made from the weights.
    return [value for name, value in getattr(item, "__dict__", {}).items() if name != "_net"]
