"""One split of a protocol, in whatever process or machine: fit, then predict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from sklearn.base import clone
from sklearn.utils.metadata_routing import get_routing_for_object

from sk_hyperimage.model_selection._split_store import Predictions
from sk_hyperimage.model_selection._splits import Split
from sk_hyperimage.utils._interrupts import interrupts_raise
from sk_hyperimage.utils._sklearn import _safe_indexing

Reading = str | Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Task:
    """What all splits share."""

    estimator: Any
    X: Any
    y: np.ndarray
    metadata: dict[str, Any]
    takes_mask: bool
    readings: dict[str, Reading]


def consumed(estimator: Any, names: set[str]) -> set[str]:
    """Which metadata `estimator.fit` asks for, directly or for one of its parts."""
    with sklearn.config_context(enable_metadata_routing=True):
        try:
            return set(get_routing_for_object(estimator).consumes("fit", names))
        except NotImplementedError:  # some meta-estimators route nothing
            return set()


def run_split(task: Task, index: int, split: Split) -> tuple[int, Predictions]:
    """Fit on training and validation images, and predict validation and test images."""
    try:
        model = _fit(task, split)
        validation, test = (_read(task, model, rows) for rows in split[1:])
    except Exception as error:
        error.add_note(f"This happened in split {index}.")
        raise
    return index, (validation, test)


def _fit(task: Task, split: Split) -> Any:
    train, validation, _ = split
    rows = np.sort(np.concatenate([train, validation]))
    metadata = {
        name: _safe_indexing(value, rows) if is_per_image(value, len(task.y)) else value
        for name, value in task.metadata.items()
    }
    if task.takes_mask:
        metadata["validation_mask"] = np.isin(rows, validation)
    # Without metadata, meta-estimators work that cannot route any.
    # And a result that is kept must not come of training that the user broke off.
    with sklearn.config_context(enable_metadata_routing=bool(metadata)), interrupts_raise():
        model = clone(task.estimator)
        return model.fit(_safe_indexing(task.X, rows), task.y[rows], **metadata)


def is_per_image(value: Any, n_images: int) -> bool:
    """Whether a value is a sequence of one item for each image."""
    try:
        return not isinstance(value, (str, dict)) and len(value) == n_images
    except TypeError:
        return False


def _read(task: Task, model: Any, rows: np.ndarray) -> np.ndarray:
    """Predictions of every reading, (n_readings, n_rows)."""
    X = _safe_indexing(task.X, rows)
    values = np.empty((len(task.readings), len(rows)))
    for row, (name, reading) in zip(values, task.readings.items(), strict=True):
        read = getattr(model, reading)(X) if isinstance(reading, str) else reading(model, X)
        predictions = np.asarray(read, dtype=np.float64)
        if predictions.shape != row.shape:
            raise ValueError(
                f"readings[{name!r}] gives an array of shape {predictions.shape} for {len(row)} "
                f"images; it must give one score for each"
            )
        if not np.isfinite(predictions).all():
            raise ValueError(f"readings[{name!r}] gives NaN or infinity")
        row[:] = predictions
    return values
