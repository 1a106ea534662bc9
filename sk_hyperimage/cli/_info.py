"""What a saved model takes and predicts, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from sk_hyperimage.cli._models import load_predictor, scale_of, scored_by
from sk_hyperimage.ensemble import AcceptanceClassifier
from sk_hyperimage.images import Grid
from sk_hyperimage.persistence._model_file import changes_of_versions, saved_versions
from sk_hyperimage.persistence._objects import objects_in
from sk_hyperimage.utils._scores import in_words


def describe_model(path: str) -> list[str]:
    """Lines that say what is in a model file."""
    model = load_predictor(path, any_version=True)
    there = saved_versions(path)
    known = ", ".join(f"{name} {version}" for name, version in there.items())
    lines = {
        "model": _name(model),
        "takes": ", ".join(_what_it_takes(model)),
        "predicts": _what_it_predicts(model),
        "written with": known,
    }
    changes = changes_of_versions(there)
    if changes:
        lines["beware"] = f"the file {changes}"
    width = max(map(len, lines))
    return [f"{name:{width}}  {said}" for name, said in lines.items()]


def _name(model: Any) -> str:
    if isinstance(model, Pipeline):
        return " > ".join(_name(step) for _, step in model.steps)
    if isinstance(model, AcceptanceClassifier):
        return f"{type(model).__name__} of {_name(scored_by(model))}"
    return model if isinstance(model, str) else type(model).__name__


def _what_it_takes(model: Any) -> Iterator[str]:
    n_channels = getattr(model, "n_features_in_", None)
    if n_channels is None:
        yield "images"
    else:
        yield f"images of {n_channels} channel{'s' if n_channels > 1 else ''}"
    for grid in [item for item in objects_in(model) if isinstance(item, Grid)][:1]:
        rows, cols = grid.patch_shape
        yield f"of {rows} x {cols} pixels and more"
        rows, cols = grid.max_shape
        yield f"the largest in training {rows} x {cols}"


def _what_it_predicts(model: Any) -> str:
    if is_classifier(model):
        labels = " or ".join(map(str, np.asarray(model.classes_).tolist()))
        if isinstance(model, AcceptanceClassifier):
            below, above = model.classes_[:: model.sign_]
            return f"labels {labels}: {above} from a score of {model.best_threshold_:.6g} up"
        return f"labels {labels}" + (
            ", with probabilities" if hasattr(model, "predict_proba") else ""
        )
    scale = scale_of(model)
    if scale is None:
        return "numbers, whose range and direction it does not keep"
    said = "scores"
    if hasattr(scale, "score_range_"):  # which files of older versions lack
        low, high = scale.score_range_
        said += f", in training from {low:.6g} to {high:.6g}"
    known = scale.higher_is_better
    return f"{said}; {'no direction given' if known is None else in_words(known)}"
