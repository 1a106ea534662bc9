"""Which metadata an estimator asks for."""

from __future__ import annotations

from typing import Any

import sklearn
from sklearn.utils.metadata_routing import get_routing_for_object


def consumed(estimator: Any, names: set[str]) -> set[str]:
    """Which metadata `estimator.fit` asks for, directly or for one of its parts."""
    with sklearn.config_context(enable_metadata_routing=True):
        try:
            return set(get_routing_for_object(estimator).consumes("fit", names))
        except NotImplementedError:  # some meta-estimators route nothing
            return set()
