"""Odd images, targets, metadata and parameters for every public estimator."""

from functools import cache
from numbers import Integral

import numpy as np
from common import ESTIMATORS
from sklearn import config_context
from sklearn.base import clone
from sklearn.utils.metadata_routing import get_routing_for_object

from fuzz.oddities import odd_array, odd_images, odd_target, odd_value
from sk_hyperimage.utils._sklearn import Interval, StrOptions

METHODS = ("predict", "predict_proba", "decision_function", "embed", "transform")
METADATA = ("sample_weight", "groups", "validation_mask", "pairs", "masks")
METADATA += ("patch_targets", "patch_weights")

# What is asked for takes its time or all processes there are, or writes to the terminal.
PATIENT = ("max_epochs", "fine_tune_epochs", "compile", "n_jobs", "verbose")


@cache
def quick_estimators():
    """The estimators of the common tests, trained for two epochs."""
    quick = [clone(estimator) for estimator in ESTIMATORS]
    for estimator in quick:
        epochs = [name for name in estimator.get_params() if name.endswith("max_epochs")]
        estimator.set_params(**dict.fromkeys(epochs, 2))
    return quick


def plain(rng):
    return rng.random((8, 4)), np.arange(8) % 2


@cache
def fitted_estimators():
    """Fitted on columns, and, where they take them, on images or patch grids."""
    rng = np.random.default_rng(0)
    y = np.arange(8) % 2
    fitted = []
    for shape in ((8, 4), (8, 6, 5), (8, 6, 5, 3), (8, 2, 2, 3, 3, 1)):
        for estimator in quick_estimators():
            try:
                fitted.append((clone(estimator).fit(rng.random(shape), y), shape))
            except ValueError:  # images are no patch grids
                continue
    return fitted


def said(estimator, X):
    """What all methods give, as one flat array; each has a row for each sample."""
    values = []
    for method in METHODS:
        if hasattr(estimator, method):
            result = getattr(estimator, method)(X)
            if len(result) != len(X):
                raise AssertionError(f"{method} gives {len(result)} rows for {len(X)} samples")
            result = np.asarray(result)
            if result.ndim == 3 and method == "predict":
                # Boxes: rows of NaN are none.
                result = np.where(np.isnan(result).all(axis=2, keepdims=True), 0, result)
            if result.dtype == object and result.size and np.ndim(result.flat[0]):
                values += [np.ravel(item) for item in result]  # images of different sizes
            elif result.dtype.kind in "fc":
                values.append(result.ravel())
    return np.concatenate(values) if values else np.zeros(1)


def fitted_and_said(estimator, X, y, **metadata):
    """What an estimator says after `fit`, which must leave nothing behind where it fails."""
    before = dict(vars(estimator))
    try:
        estimator.fit(X, y, **metadata)
    except BaseException as error:
        if list(vars(estimator)) != list(before):
            raise AssertionError(f"partial state after {error!r}") from error
        raise
    return said(estimator, X)


def described(values):
    shape = getattr(values, "shape", None)
    text = f"{type(values).__name__}{'' if shape is None else shape}"
    dtype = getattr(values, "dtype", None)
    return f"{text} of {dtype}" if dtype is not None else f"{text} {str(values)[:80]}"


def training_case(rng, folder):
    """Fit on odd images or odd targets, then look at the same images."""
    estimator = clone(quick_estimators()[rng.integers(len(quick_estimators()))])
    X, y = plain(rng)
    if rng.random() < 0.7:
        X = odd_images(rng)
    if rng.random() < 0.5:
        y = odd_target(rng)
    text = f"{type(estimator).__name__}.fit({described(X)}, {described(y)})"
    return lambda: fitted_and_said(estimator, X, y), text, None


def prediction_case(rng, folder):
    """Show odd images to a fitted estimator."""
    estimator, shape = fitted_estimators()[rng.integers(len(fitted_estimators()))]
    X = odd_images(rng) if rng.random() < 0.5 else odd_array(rng, shape=shape)
    return lambda: said(estimator, X), f"fitted {type(estimator).__name__}: {described(X)}", None


def metadata_case(rng, folder):
    """Fit with odd metadata."""
    estimator = clone(quick_estimators()[rng.integers(len(quick_estimators()))])
    X, y = plain(rng)
    with config_context(enable_metadata_routing=True):
        accepted = sorted(get_routing_for_object(estimator).consumes("fit", METADATA))
    names = [name for name in accepted if rng.random() < 0.6] or accepted[:1]
    metadata = {name: odd_target(rng) for name in names}
    listed = ", ".join(f"{name}={described(value)}" for name, value in metadata.items())
    text = f"{type(estimator).__name__}.fit(X, y, {listed})"
    return lambda: fitted_and_said(estimator, X, y, **metadata), text, None


def declared_value(estimator, name, rng):
    """A value near those that an estimator says its parameter may take."""
    *path, last = name.split("__")
    owner = estimator.get_params()["__".join(path)] if path else estimator
    declared = getattr(owner, "_parameter_constraints", {}).get(last, "no_validation")
    kind = declared[rng.integers(len(declared))] if declared != "no_validation" else None
    if isinstance(kind, StrOptions):
        return str(rng.choice(sorted(kind.options)))
    if isinstance(kind, Interval):
        ends = [end for end in (kind.left, kind.right) if end is not None] or [0]
        near = ends[rng.integers(len(ends))] + rng.choice([-1, 0, 1, 2, 3, 7, 1e-9, 0.5, 1e6])
        return int(near) if kind.type is Integral else float(near)
    if kind is tuple:
        return tuple(int(n) for n in rng.integers(0, 5, size=rng.integers(1, 4)))
    return odd_value(rng)


def parameter_case(rng, folder):
    """Fit with an odd value of one parameter, of the estimator or of one inside it."""
    estimator = clone(quick_estimators()[rng.integers(len(quick_estimators()))])
    names = [n for n in estimator.get_params() if not n.endswith(PATIENT)]
    if not names:
        return training_case(rng, folder)
    name = names[rng.integers(len(names))]
    value = odd_value(rng) if rng.random() < 0.4 else declared_value(estimator, name, rng)
    X, y = plain(rng)
    text = f"{type(estimator).__name__}({name}={described(value)})"
    estimator.set_params(**{name: value})
    return lambda: fitted_and_said(estimator, X, y), text, None
