"""Metadata that estimators request."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import numpy as np
import sklearn
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    get_routing_for_object,
)
from sklearn.utils.validation import has_fit_parameter

from sk_hyperimage._typing import Estimator


def consumed(estimator: Estimator, names: Iterable[str]) -> set[str]:
    """Those of the names that `estimator.fit` requests, for itself or for its parts."""
    with sklearn.config_context(enable_metadata_routing=True):
        try:
            return set(get_routing_for_object(estimator).consumes("fit", set(names)))
        except NotImplementedError:  # some meta-estimators route nothing
            return set()


def fit_router(owner: Any, **parts: Estimator) -> MetadataRouter:
    """Routing of an estimator whose `fit` takes metadata of its own and those of its parts'."""
    mapping = MethodMapping().add(caller="fit", callee="fit")
    router = MetadataRouter(owner=owner).add(method_mapping=mapping, **parts)
    return router.add_self_request(copy.deepcopy(owner._get_metadata_request()))


def requested(estimator: Estimator, params: dict[str, Any]) -> dict[str, Any]:
    """Those of the metadata that are given, which `estimator.fit` has to request.

    Raises
    ------
    TypeError
        If it does not; `sample_weight` is left to `fit_with`.
    """
    given = {name: value for name, value in params.items() if value is not None}
    for name in sorted(set(given) - {"sample_weight"} - consumed(estimator, given)):
        raise TypeError(
            f"fit got {name!r}, which the fit of {type(estimator).__name__} does not request; "
            f"leave it out, or request it by set_fit_request({name}=True)"
        )
    return given


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
