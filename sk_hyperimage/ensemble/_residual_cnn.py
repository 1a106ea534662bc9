"""A linear classifier of residual co-occurrences, recast as a network and trained on."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import config_context
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.metrics import accuracy_score, log_loss
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils import check_consistent_length, check_random_state

from sk_hyperimage._typing import Bools, Floats, ImagesLike, Predictor, Seed, Transformer
from sk_hyperimage.ensemble._calibration import margin_scale, probabilities
from sk_hyperimage.ensemble._network_inside import NetworkInside
from sk_hyperimage.ensemble._recast import network_of
from sk_hyperimage.feature_extraction import ResidualCooccurrences
from sk_hyperimage.feature_extraction.supervision._patch_stage import seeded
from sk_hyperimage.images import Samples
from sk_hyperimage.neural_network import CNNClassifier, CooccurrenceNetwork
from sk_hyperimage.utils._holdout import validation_rows
from sk_hyperimage.utils._routing import fit_with
from sk_hyperimage.utils._sklearn import HasMethods, Interval, fit_or_restore
from sk_hyperimage.utils._validation import check_images, check_labels, check_weights


class ResidualCNNClassifier(NetworkInside, MetaEstimatorMixin, BaseEstimator):
    """Classify images by a network that starts as a linear classifier of their residuals.

    One `fit` describes the images by residual co-occurrences, fits a linear support vector
    machine, recasts both as one network of about a thousand weights, and trains all of its
    layers together. So nothing is seen of images that a cross-validation holds out.

    With validation samples the network never ends below the classifier that it started from:
    neither its accuracy nor its log loss on them is worse, or the classifier is kept.

    Parameters
    ----------
    features : ResidualCooccurrences or ResidualWords, default=None
        The descriptor. None: :class:`~sk_hyperimage.feature_extraction.ResidualCooccurrences`
        with its defaults.
    classifier : estimator, default=None
        A linear classifier of the features, alone or after scalers in a Pipeline, as
        :func:`network_of` takes it; or a search over its parameters, the best of which is taken.
        Fitted on samples that are not validated on, with `sample_weight` and `groups` if it
        requests them. None: ``StandardScaler`` and ``LinearSVC(C=0.1)``.
    sharpness : float, default=1.0
        As in :class:`~sk_hyperimage.neural_network.CooccurrenceNetwork`.
    rate_factors : tuple of float, default=(10, 100, 1, 10000)
        What the learning rates of filters, words, offsets and readout are multiplied by.
    learning_rate, learning_rate_init, decay, alpha, batch_size, max_epochs, early_stopping, \
validation_fraction, n_iter_no_change, augmentation, device, random_state, verbose
        As in :class:`~sk_hyperimage.neural_network.CNNClassifier`, with Adam. Learning rates
        belong to pixels in [0, 1].

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    features_ : ResidualCooccurrences
        The fitted descriptor.
    classifier_ : estimator
        The fitted classifier of features.
    network_ : CNNClassifier
        The fitted network: trained, or, where that was worse than the classifier, of the same
        decisions as `classifier_` but for their scale.
    validation_scores_ : dict
        Accuracy and log loss of "classifier" and of the trained "network" on the validation
        samples, as (accuracy, log loss). Empty without validation samples.
    history_ : list of dict
        Losses of every epoch of training, as of
        :class:`~sk_hyperimage.neural_network.CNNClassifier`.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    network_of : Recasts a pipeline that is fitted already.
    sk_hyperimage.neural_network.CooccurrenceNetwork : The network.

    Notes
    -----
    Decisions of a support vector machine are no log-odds. They are multiplied by one number, the
    best in terms of log loss on the validation samples (without these, on all), before the log
    loss goes on with training. This changes no label.

    ``ResidualCNNClassifier(**ResidualCNNClassifier.PUBLISHED)`` is trained as in the paper, with
    one rate for all layers, which moves little but the offsets of words. By default words and
    readout learn faster.

    References
    ----------
    D. Cozzolino, G. Poggi and L. Verdoliva, "Recasting residual-based local descriptors as
    convolutional neural networks: an application to image forgery detection", IH&MMSec 2017,
    Sections III-B and IV.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import ResidualCNNClassifier
    >>> X = np.random.default_rng(0).integers(0, 256, (40, 16, 16), dtype=np.uint8)
    >>> X[20:] //= 16
    >>> y = np.repeat(["rough", "smooth"], 20)
    >>> model = ResidualCNNClassifier(max_epochs=1, random_state=0).fit(X, y)
    >>> model.predict(X[[0, -1]])
    array(['rough', 'smooth'], dtype='<U6')
    """

    # Section IV: Adam, learning rate 1e-6, "decay 5e-4" (of the rate, from update to update),
    # batches of 36, 15 epochs; no validation part is mentioned.
    PUBLISHED: ClassVar[dict[str, Any]] = {
        "learning_rate": "constant",
        "learning_rate_init": 1e-6,
        "decay": 5e-4,
        "batch_size": 36,
        "max_epochs": 15,
        "early_stopping": False,
        "rate_factors": (1, 1, 1, 1),
    }

    __metadata_request__fit = {"sample_weight": True, "groups": True, "validation_mask": True}

    _parameter_constraints: dict = {
        "features": [HasMethods(["fit", "transform"]), None],
        "classifier": [HasMethods(["fit", "predict"]), None],
        "sharpness": [Interval(Real, 0, None, closed="neither")],
        "rate_factors": [tuple, list],
        **{
            name: CNNClassifier._parameter_constraints[name]
            for name in (
                "learning_rate",
                "learning_rate_init",
                "decay",
                "alpha",
                "batch_size",
                "early_stopping",
                "validation_fraction",
                "augmentation",
                "device",
                "random_state",
                "verbose",
            )
        },
        "max_epochs": [Interval(Integral, 0, None, closed="left")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        features: Transformer | None = None,
        classifier: Predictor | None = None,
        *,
        sharpness: float = 1.0,
        rate_factors: tuple[float, float, float, float] = (10, 100, 1, 10_000),
        learning_rate: str = "cosine",
        learning_rate_init: float = 1e-6,
        decay: float = 0.0,
        alpha: float = 0.0,
        batch_size: int = 18,
        max_epochs: int = 15,
        early_stopping: bool = True,
        validation_fraction: float = 0.25,
        n_iter_no_change: int = 5,
        augmentation: str | None = None,
        device: str = "auto",
        random_state: Seed = None,
        verbose: int = 0,
    ):
        self.features = features
        self.classifier = classifier
        self.sharpness = sharpness
        self.rate_factors = rate_factors
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.decay = decay
        self.alpha = alpha
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.augmentation = augmentation
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @fit_or_restore(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: ImagesLike,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        validation_mask: ArrayLike | None = None,
    ) -> Self:
        """Fit the classifier, recast it and train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)
            Gray or RGB images of 8 bits, all of one size; rows of a 2-D X are one-row images.
        y : array-like of shape (n_samples,)
            Labels of two or more classes.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the samples, in the classifier and in the loss.
        groups : array-like of shape (n_samples,), default=None
            Reference of each sample, such as its photograph or camera; the validation samples
            never share one with the others. None: every sample is its own group, or, where
            samples are patches, every image.
        validation_mask : array-like of bool of shape (n_samples,), default=None
            True for the samples to validate on, in place of a random choice.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If images are of another kind, or smaller than the filters; if there are fewer than
            two classes to train on, or `classifier` is none that can be recast.
        """
        samples = check_images(X, self, reset=True)
        classes, codes = check_labels(y, samples, self)
        weight = check_weights(sample_weight, samples)
        groups = samples.sources if groups is None else groups
        check_consistent_length(samples, groups)
        random_state = check_random_state(self.random_state)
        held_out = np.zeros(len(samples), dtype=bool)
        if self.early_stopping or validation_mask is not None:
            held_out = validation_rows(
                len(samples),
                groups,
                validation_mask,
                self.validation_fraction,
                random_state,
                labels=classes[codes],
                weight=weight,
            )
        seed = int(random_state.randint(np.iinfo(np.int32).max))
        trained_on = (weight > 0) & ~held_out
        present = np.unique(codes[trained_on])
        if len(present) < max(2, len(classes)):
            raise ValueError(
                f"{type(self).__name__} needs samples of at least 2 classes and some of each to "
                f"train on, got {len(present)} class(es) with positive weight to train on, "
                f"{classes[present].tolist()}, of the classes {classes.tolist()} in y"
            )
        self.classes_ = classes
        described = self._fit_classifier(samples, classes[codes], weight, groups, ~held_out, seed)
        self._fit_network(samples, described, codes, weight, held_out, seed)
        return self

    def _fit_classifier(
        self,
        samples: Samples,
        y: np.ndarray,
        weight: Floats,
        groups: ArrayLike | None,
        rows: Bools,
        seed: int,
    ) -> Floats:
        """Describe all samples, and fit the classifier on some."""
        features = ResidualCooccurrences() if self.features is None else clone(self.features)
        classifier = standardized_svm() if self.classifier is None else self.classifier
        self.features_ = features.set_output(transform="default").fit(samples)
        described = features.transform(samples)
        metadata = {"sample_weight": weight[rows]}
        if groups is not None:
            metadata["groups"] = np.asarray(groups)[rows]
        fitted = seeded(classifier, self.random_state, seed)
        self.classifier_ = fit_with(fitted, described[rows], y[rows], metadata)
        return described

    def _fit_network(
        self,
        samples: Samples,
        described: Floats,
        codes: np.ndarray,
        weight: Floats,
        held_out: Bools,
        seed: int,
    ) -> None:
        """Recast the classifier, train on, and keep what is better on validation samples."""
        judged = held_out if held_out.any() else np.ones_like(held_out)
        decisions = self.classifier_.decision_function(described[judged])
        scale = margin_scale(decisions, codes[judged], weight[judged])
        start = self._recast(scale)
        y = self.classes_[codes]
        given: dict[str, Any] = {"sample_weight": weight}
        if held_out.any():
            given["validation_mask"] = held_out
        self.network_ = self._network(start, seed).fit(samples, y, **given)
        self.history_ = self.network_.history_
        self.validation_scores_ = {}
        if not held_out.any():
            return
        of_network = self.network_.decision_function(samples.subset(np.flatnonzero(held_out)))
        for name, values in {"classifier": scale * decisions, "network": of_network}.items():
            self.validation_scores_[name] = _scores(values, codes[held_out], weight[held_out])
        accuracies, losses = zip(*self.validation_scores_.values(), strict=True)
        if accuracies[1] < accuracies[0] or losses[1] > losses[0]:
            unchanged = replace(start, assignment="hard")
            self.network_ = self._network(unchanged, seed, max_epochs=0).fit(samples, y, **given)

    def _recast(self, scale: float) -> CooccurrenceNetwork:
        """The network of the classifier, its decisions multiplied by a number."""
        classifier = getattr(self.classifier_, "best_estimator_", self.classifier_)
        steps = classifier.steps if isinstance(classifier, Pipeline) else [("", classifier)]
        whole = make_pipeline(self.features_, *(step for _, step in steps))
        network = network_of(whole, sharpness=self.sharpness)
        coef, intercept = (
            scale * np.asarray(values) for values in (network.coef, network.intercept)
        )
        return replace(network, coef=coef, intercept=intercept, rate_factors=self.rate_factors)

    def _network(self, layers: CooccurrenceNetwork, seed: int, **changed: Any) -> CNNClassifier:
        of_training = set(CNNClassifier._get_param_names())
        own = self.get_params(deep=False)
        shared = {name: own[name] for name in own if name in of_training}
        return CNNClassifier(layers, solver="adam", **{**shared, "random_state": seed, **changed})


def standardized_svm() -> Pipeline:
    """The default classifier; weights of samples are for both steps."""
    with config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=True)
        svm = LinearSVC(C=0.1).set_fit_request(sample_weight=True)
    return make_pipeline(scaler, svm)


def _scores(decisions: Floats, codes: np.ndarray, weight: Floats) -> tuple[float, float]:
    """Accuracy and log loss of decisions that are log-odds."""
    of_classes = probabilities(decisions)
    accuracy = accuracy_score(codes, of_classes.argmax(axis=1), sample_weight=weight)
    labels = np.arange(of_classes.shape[1])
    return accuracy, log_loss(codes, of_classes, sample_weight=weight, labels=labels)
