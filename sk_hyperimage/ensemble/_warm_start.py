"""Stages of a model that go on with the weights of its last fit.

A stage is fitted as a clone, which keeps nothing but parameters. So the weights travel as its
`initial_weights`, for as long as it is fitted.
"""

from __future__ import annotations

from typing import Any

from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor


def earlier_stages(model: Any) -> tuple[Any, Any]:
    """Both stages of a model's last fit if the next goes on with them, else None and None."""
    if not (model.warm_start and hasattr(model, "final_estimator_")):
        return None, None
    return model.patch_estimator_, model.final_estimator_


def go_on(stage: Any, earlier: Any) -> None:
    """Have an unfitted stage begin with the weights of an earlier one, if both are networks."""
    if is_network(stage) and is_network(earlier):
        stage.set_params(initial_weights=earlier.weights_)


def went_on(stage: Any, fitted: Any, earlier: Any, part: Any) -> None:
    """Give a stage, and what was fitted of it, the parameters and the history as of one object.

    Parameters
    ----------
    stage, fitted : estimator
        The stage that went on, and its fitted clone, which may be the same.
    earlier : estimator or None
        The fitted stage that it went on from.
    part : estimator
        What it is a clone of.
    """
    if is_network(fitted) and is_network(earlier):
        fitted.history_ = earlier.history_ + fitted.history_
        for each in (stage, fitted):
            each.set_params(initial_weights=part.initial_weights)


def is_network(stage: Any) -> bool:
    """Whether an estimator is a network that begins with the weights that it is given."""
    return isinstance(stage, (CNNRegressor, CNNClassifier))
