"""Metadata that estimators request."""

from __future__ import annotations

from collections.abc import Iterable

import sklearn
from sklearn.utils.metadata_routing import get_routing_for_object

from sk_hyperimage._typing import Estimator


def consumed(estimator: Estimator, names: Iterable[str]) -> set[str]:
    """Those of the names that `estimator.fit` requests, for itself or for its parts."""
    with sklearn.config_context(enable_metadata_routing=True):
        try:
            return set(get_routing_for_object(estimator).consumes("fit", set(names)))
        except NotImplementedError:  # some meta-estimators route nothing
            return set()
