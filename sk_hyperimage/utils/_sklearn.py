"""scikit-learn's private names, imported in this one place so that a rename is fixed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from sklearn.base import BaseEstimator, _fit_context
from sklearn.metrics._scorer import _Scorer as Scorer
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
    validate_params,
)
from sklearn.utils.validation import _check_sample_weight

from sk_hyperimage._typing import Estimator

__all__ = [
    "HasMethods",
    "Interval",
    "Options",
    "Scorer",
    "StrOptions",
    "_check_sample_weight",
    "_safe_indexing",
    "check_matplotlib_support",
    "fit_or_restore",
    "params_named",
    "parts_in_a_row",
    "validate_params",
]


def fit_or_restore(*, prefer_skip_nested_validation: bool) -> Callable[[Callable], Callable]:
    """Decorate `fit` as scikit-learn does, and restore the estimator if it fails.

    After any exception, including an interrupt, all attributes are those before `fit`. So `fit`
    must not change attributes of earlier fits in place, but replace them.
    """

    def decorator(fit: Callable) -> Callable:
        @wraps(fit)
        def decorated(estimator: BaseEstimator, *args: Any, **kwargs: Any) -> Any:
            before = vars(estimator).copy()
            try:
                return fit(estimator, *args, **kwargs)
            except BaseException:
                estimator.__dict__ = before
                raise

        return _fit_context(prefer_skip_nested_validation=prefer_skip_nested_validation)(decorated)

    return decorator


def params_named(name: str, estimator: Any) -> list[str]:
    """The estimator's parameters of a name, and those of its parts: ``name``, ``part__name``."""
    return [key for key in estimator.get_params() if key.rpartition("__")[2] == name]


def parts_in_a_row(**parts: Estimator | str) -> object:
    """The HTML representation of an estimator whose parts work one after the other."""
    return Pipeline(list(parts.items()))._sk_visual_block_()
