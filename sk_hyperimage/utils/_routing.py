"""Metadata that estimators request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import sklearn
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from sk_hyperimage._typing import Estimator


def consumed(estimator: Estimator, names: Iterable[str]) -> set[str]:
    """Those of the names that `estimator.fit` requests, for itself or for its parts."""
    with sklearn.config_context(enable_metadata_routing=True):
        try:
            return set(get_routing_for_object(estimator).consumes("fit", set(names)))
        except NotImplementedError:  # some meta-estimators route nothing
            return set()


def fit_with(estimator: Any, X: Any, y: np.ndarray, metadata: dict[str, Any]) -> Any:
    """Fit an estimator with as much of the metadata as it takes.

    Raises
    ------
    ValueError
        If it takes no `sample_weight` and weights are not all one.
    """
    named = {name for name in metadata if has_fit_parameter(estimator, name)}
    routed = consumed(estimator, metadata) - named
    weight = metadata.get("sample_weight")
    if weight is not None and "sample_weight" not in named | routed and np.any(weight != 1):
        raise ValueError(
            f"sample_weight, patch_weights, and NaN in patch_targets, need an estimator whose fit "
            f"takes sample_weight, which {type(estimator).__name__} does not, or does not request"
        )
    accepted = {name: metadata[name] for name in metadata if name in named | routed}
    if not routed:
        return estimator.fit(X, y, **accepted)
    with sklearn.config_context(enable_metadata_routing=True):
        return estimator.fit(X, y, **accepted)
