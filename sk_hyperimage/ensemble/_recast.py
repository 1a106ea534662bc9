"""A fitted descriptor and linear classifier as one network (Section III-B of the paper)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Estimator, Floats, Ints
from sk_hyperimage.feature_extraction import ResidualCooccurrences, ResidualWords
from sk_hyperimage.neural_network import CooccurrenceNetwork

DESCRIPTORS = (ResidualCooccurrences, ResidualWords)
SCALERS = (StandardScaler, MinMaxScaler, MaxAbsScaler)

# How far decisions may be from those of the weights, relative to the largest.
TOLERANCE = 1e-6


class Readout(NamedTuple):
    """A linear function of features, in the terms of a classifier's `coef_` and `intercept_`."""

    coef: Floats
    intercept: Floats


def network_of(
    pipeline: Estimator, assignment: str = "soft", *, sharpness: float = 1.0
) -> CooccurrenceNetwork:
    """Recast a fitted pipeline of residual co-occurrences and a linear classifier as a network.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted: :class:`~sk_hyperimage.feature_extraction.ResidualCooccurrences` or
        :class:`~sk_hyperimage.feature_extraction.ResidualWords`, then any number of
        ``StandardScaler``, ``MinMaxScaler`` and ``MaxAbsScaler``, then a linear classifier, such
        as ``LinearSVC``, ``LogisticRegression`` or ``SGDClassifier``.
    assignment : {"soft", "hard"}, default="soft"
        "hard" computes what the pipeline computes. "soft" nearly does, and can be trained.
    sharpness : float, default=1.0
        As in :class:`~sk_hyperimage.neural_network.CooccurrenceNetwork`.

    Returns
    -------
    network : CooccurrenceNetwork
        To be given to a :class:`~sk_hyperimage.neural_network.CNNClassifier` as `layers`. It holds
        copies of numbers and no fitted object. Its outputs are the decisions of the pipeline: one
        for two classes, else one for each, in the order of ``classes_``.

    Raises
    ------
    ValueError
        If a step is of another kind, which is named, clips its output, or is a classifier whose
        decisions are no linear functions of the features.
    sklearn.exceptions.NotFittedError
        If the pipeline is not fitted.

    See Also
    --------
    ResidualCNNClassifier : Fits the pipeline, recasts it and trains the network, in one `fit`.

    Notes
    -----
    A classifier that was fitted on all images knows those that a cross-validation holds out:
    inside of one use :class:`ResidualCNNClassifier`. An image that is described within 1e-7 has
    the same label as long as its decision is that far from a threshold.

    References
    ----------
    D. Cozzolino, G. Poggi and L. Verdoliva, "Recasting residual-based local descriptors as
    convolutional neural networks: an application to image forgery detection", IH&MMSec 2017,
    Section III-B and Figure 5.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.svm import LinearSVC
    >>> from sk_hyperimage.ensemble import network_of
    >>> from sk_hyperimage.feature_extraction import ResidualCooccurrences
    >>> from sk_hyperimage.neural_network import CNNClassifier
    >>> X = np.random.default_rng(0).integers(0, 256, (40, 16, 16), dtype=np.uint8)
    >>> X[20:] //= 16
    >>> y = np.repeat(["rough", "smooth"], 20)
    >>> svm = make_pipeline(ResidualCooccurrences(), StandardScaler(), LinearSVC()).fit(X, y)
    >>> network = CNNClassifier(network_of(svm, assignment="hard"), max_epochs=0).fit(X, y)
    >>> difference = network.decision_function(X) - svm.decision_function(X)
    >>> bool(np.abs(difference).max() < 1e-5)
    True
    """
    features, *scalers, classifier = _steps(pipeline)
    readout = _readout_of(classifier)
    for scaler in reversed(scalers):
        readout = _through(scaler, readout)
    shared: dict[str, Any] = {
        "assignment": assignment,
        "sharpness": sharpness,
        "intercept": readout.intercept,
    }
    if isinstance(features, ResidualWords):
        return CooccurrenceNetwork(
            features.filter_taps,
            n_pixels=features.n_pixels,
            channel=features.channel,
            words=features.codebooks_,
            clip=features.clip,
            coef=readout.coef,
            **shared,
        )
    return CooccurrenceNetwork(
        features.filter_taps,
        features.step,
        features.n_levels,
        features.n_pixels,
        features.channel,
        coef=readout.coef[:, _features_of_words(features)],
        **shared,
    )


def _steps(pipeline: Estimator) -> list[Any]:
    """The steps, all of a kind that can be recast."""
    if not isinstance(pipeline, Pipeline):
        raise ValueError(
            f"network_of takes a Pipeline of ResidualCooccurrences, scalers and a linear "
            f"classifier, got {type(pipeline).__name__}"
        )
    steps = [s for _, s in pipeline.steps if s is not None and s != "passthrough"]
    for step in steps:
        check_is_fitted(step)
    steps = [getattr(step, "best_estimator_", step) for step in steps]  # that of a search
    names = " -> ".join(type(step).__name__ for step in steps)
    if len(steps) < 2 or type(steps[0]) not in DESCRIPTORS:
        raise ValueError(
            f"network_of needs ResidualCooccurrences or ResidualWords as the first step, and a "
            f"classifier of its features, got {names or 'no steps'}"
        )
    for step in steps[1:-1]:
        if type(step) not in SCALERS:
            raise ValueError(
                f"network_of cannot fold {type(step).__name__} into weights; between features and "
                f"classifier it takes {', '.join(s.__name__ for s in SCALERS)}, got {names}"
            )
        if getattr(step, "clip", False):
            raise ValueError(
                f"network_of cannot fold {type(step).__name__}(clip=True) into weights, since "
                f"clipping is not linear"
            )
    return steps


def _features_of_words(features: ResidualCooccurrences) -> Ints:
    """The feature that counts each word, of which a symmetric one counts several."""
    words = np.arange(features.n_levels**features.n_pixels)
    if features.symmetric:
        words = np.unique(features._representatives(), return_inverse=True)[1]
    return np.concatenate([words, words + words.max() + 1])


def _readout_of(classifier: Any) -> Readout:
    """What a linear classifier makes of its features, tried on some."""
    name = type(classifier).__name__
    if not (is_classifier(classifier) and hasattr(classifier, "decision_function")):
        raise ValueError(f"network_of needs a classifier with decisions as last step, got {name}")
    if not (hasattr(classifier, "coef_") and hasattr(classifier, "intercept_")):
        raise ValueError(
            f"network_of needs a linear classifier as last step, with coef_ and intercept_, such "
            f"as LinearSVC, which {name} is not"
        )
    coef = np.array(classifier.coef_, dtype=np.float64, ndmin=2)
    intercept = np.broadcast_to(
        np.asarray(classifier.intercept_, dtype=np.float64), len(coef)
    ).copy()
    # One-against-one machines also have coefficients, but decide by voting.
    probe = np.random.default_rng(0).standard_normal((20, coef.shape[1]))
    expected = probe @ coef.T + intercept
    found = np.reshape(classifier.decision_function(probe), (len(probe), -1))
    largest = np.abs(expected).max()
    if found.shape != expected.shape or np.abs(found - expected).max() > TOLERANCE * largest:
        raise ValueError(
            f"the decisions of {name} are not its coef_ times the features plus its intercept_, "
            f"one for each class, so network_of cannot make a layer of it"
        )
    return Readout(coef, intercept)


def _through(scaler: Any, readout: Readout) -> Readout:
    """The same function of what comes into a scaler."""
    n_features = readout.coef.shape[1]
    factor, offset = np.ones(n_features), np.zeros(n_features)
    if isinstance(scaler, MinMaxScaler):
        factor, offset = scaler.scale_, scaler.min_
    else:
        if isinstance(scaler, MaxAbsScaler) or scaler.with_std:
            factor = 1 / scaler.scale_
        if isinstance(scaler, StandardScaler) and scaler.with_mean:
            offset = -scaler.mean_ * factor
    return Readout(readout.coef * factor, readout.intercept + readout.coef @ offset)
