"""Saved models as the commands take them: fitted predictors, written by known versions."""

from __future__ import annotations

from typing import Any

from sklearn.base import is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage.ensemble import AcceptanceClassifier
from sk_hyperimage.persistence import load_model
from sk_hyperimage.persistence._model_file import changes_of_versions, saved_versions
from sk_hyperimage.utils._scores import KeepsScores, score_keeper


def load_predictor(path: str, *, any_version: bool) -> Any:
    """Load a model that predicts.

    Raises
    ------
    ValueError
        As :func:`~sk_hyperimage.persistence.load_model`; if other versions saved the model and
        `any_version` is False; if it is not fitted or does not predict.
    """
    changes = "" if any_version else changes_of_versions(saved_versions(path))
    if changes:
        raise ValueError(
            f"the file {path!r} {changes}: the model may predict other values. Use the "
            f"versions of then, fit it again, or give --any-version"
        )
    model = load_model(path)
    if not hasattr(model, "predict"):
        raise ValueError(f"the {type(model).__name__} in the file {path!r} does not predict")
    try:
        check_is_fitted(model)
    except NotFittedError as error:
        raise ValueError(f"the model in the file {path!r} is not fitted") from error
    return model


def scored_by(model: Any) -> Any:
    """The model that gives scores or probabilities, and maps if any does."""
    if isinstance(model, AcceptanceClassifier):
        model = model.regressor_
    return model.estimator if isinstance(model, FrozenEstimator) else model


def scale_of(model: Any) -> KeepsScores | None:
    """What knows the range and the direction of a regressor's scores, if anything does."""
    return None if is_classifier(model) else score_keeper(model)
