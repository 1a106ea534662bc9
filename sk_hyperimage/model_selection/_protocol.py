"""One split of a protocol, in any process and on any machine: fit a model, then score it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from numpy.typing import ArrayLike
from sklearn.base import clone

from sk_hyperimage._typing import Estimator, ImagesLike, Ints
from sk_hyperimage.model_selection._split_store import Outcome
from sk_hyperimage.model_selection._splits import PARTS, Split
from sk_hyperimage.utils._interrupts import interrupts_raise
from sk_hyperimage.utils._routing import consumed
from sk_hyperimage.utils._sklearn import _safe_indexing

OWN_METADATA = {"groups", "validation_mask"}

# Scores or predictions of a fitted model, by name: judge(model, X, y, **score_params).
Judge = Callable[..., Mapping[str, ArrayLike]]


@dataclass(frozen=True)
class Protocol:
    """Everything common to all splits.

    Parameters
    ----------
    estimator : estimator
    X, y : sequence of n_images items
    metadata : dict
        Metadata of `fit`, besides a `validation_mask` if `takes_mask`.
    takes_mask : bool
    judge : callable
    score_params : dict
        Metadata of `judge`.
    parts : tuple of str
        Names of the parts to judge.
    """

    estimator: Estimator
    X: ImagesLike
    y: Any
    metadata: dict[str, object]
    takes_mask: bool
    judge: Judge
    score_params: dict[str, object]
    parts: tuple[str, ...]

    def part(self, rows: Ints, metadata: dict[str, object]) -> tuple[Any, Any, dict[str, object]]:
        """Images, targets and metadata at some rows; metadata not of single images stays whole."""
        cut = {
            name: _safe_indexing(value, rows) if is_per_image(value, len(self.y)) else value
            for name, value in metadata.items()
        }
        return _safe_indexing(self.X, rows), _safe_indexing(self.y, rows), cut


def fit_metadata(
    estimator: Estimator, groups: np.ndarray | None, params: dict[str, object] | None
) -> tuple[dict[str, object], bool]:
    """Metadata for `fit`, and whether it takes a validation mask.

    Raises
    ------
    ValueError
        If `params` holds metadata that the protocol passes itself, or that `fit` does not request.
    """
    metadata = dict(params or {})
    if OWN_METADATA & set(metadata):
        raise ValueError("params holds groups or validation_mask, which the protocol passes on")
    asked = consumed(estimator, OWN_METADATA | set(metadata))
    for name in sorted(set(metadata) - asked):
        raise ValueError(
            f"params holds {name!r}, which the fit of {type(estimator).__name__} does not "
            f"request; leave it out, or request it by set_fit_request({name}=True)"
        )
    if groups is not None and "groups" in asked:
        metadata["groups"] = groups
    return metadata, "validation_mask" in asked


def run_split(protocol: Protocol, index: int, split: Split) -> tuple[int, Outcome]:
    """Fit on training and validation images, and judge the parts of the protocol."""
    try:
        model = _fit(protocol, split)
        outcome = {
            f"{part}_{name}": np.asarray(value)
            for part in protocol.parts
            for name, value in _judge(protocol, model, split[PARTS.index(part)]).items()
        }
    except Exception as error:
        error.add_note(f"This happened in split {index}.")
        raise
    return index, outcome


def _fit(protocol: Protocol, split: Split) -> Any:
    train, validation, _ = split
    rows = np.sort(np.concatenate([train, validation]))
    X, y, metadata = protocol.part(rows, protocol.metadata)
    if protocol.takes_mask:
        metadata["validation_mask"] = np.isin(rows, validation)
    # Routing is off without metadata, for meta-estimators that cannot route.
    # A result that is kept must not come from training that the user broke off.
    with sklearn.config_context(enable_metadata_routing=bool(metadata)), interrupts_raise():
        return clone(protocol.estimator).fit(X, y, **metadata)


def _judge(protocol: Protocol, model: Any, rows: Ints) -> Mapping[str, ArrayLike]:
    X, y, metadata = protocol.part(rows, protocol.score_params)
    with sklearn.config_context(enable_metadata_routing=bool(metadata)):
        return protocol.judge(model, X, y, **metadata)


def is_per_image(value: Any, n_images: int) -> bool:
    """True if a value is a sequence of one item per image."""
    try:
        return not isinstance(value, (str, dict)) and len(value) == n_images
    except TypeError:
        return False
