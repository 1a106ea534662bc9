"""Every public method of every estimator holds: called after `fit`, it answers."""

import inspect

import matplotlib
import numpy as np
import pytest
from common import ESTIMATORS
from sklearn.base import clone

matplotlib.use("Agg")

ROWS = np.random.default_rng(0).random((20, 4))
LABELS = np.arange(20) % 2

# What methods take by the names of their first parameters.
ARGUMENTS = {
    "X": ROWS,
    "y": LABELS,
    "pairs": np.arange(20) // 2,
    "params": None,
    "input_features": None,
}
# scikit-learn's own, which its checks call; and that which must refuse an array of patches.
NOT_OURS = {"get_params", "set_params", "set_output", "get_metadata_routing", "fit", "patch_grids"}


def public_methods(estimator):
    """Methods of ours and inherited ones, those that say that they are not available left out."""
    for name in dir(type(estimator)):
        if name.startswith("_") or name in NOT_OURS or name.endswith("_request"):
            continue
        if callable(getattr(estimator, name, None)):
            yield name


def with_few_epochs(estimator):
    few = clone(estimator)
    epochs = [name for name in few.get_params() if name.endswith("epochs")]
    return few.set_params(**dict.fromkeys(epochs, 1))


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_every_public_method_can_be_called(estimator):
    fitted = with_few_epochs(estimator).fit(ROWS, LABELS)
    called = []
    for name in public_methods(fitted):
        parameters = inspect.signature(getattr(fitted, name)).parameters.values()
        needed = [p.name for p in parameters if p.default is p.empty and p.kind < p.VAR_POSITIONAL]
        if name == "fit_transform":
            needed = ["X", "y"]
        getattr(fitted, name)(*(ARGUMENTS[parameter] for parameter in needed))
        called.append(name)
    assert called, "no method was called"
