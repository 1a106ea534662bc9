"""Base of the CNN estimators: a skorch net inside, scikit-learn's contract outside."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from copy import deepcopy
from numbers import Integral, Real
from os import PathLike
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.base import is_classifier
from sklearn.utils import check_random_state
from skorch.callbacks import Callback
from skorch.helper import predefined_split

from sk_hyperimage._typing import Bools, Floats, ImagesLike, Seed
from sk_hyperimage.images import Samples
from sk_hyperimage.neural_network._codebook import CODEBOOK, start_with_codebook
from sk_hyperimage.neural_network._fitted import FittedCNN, sample_shape
from sk_hyperimage.neural_network._weights import WeightsLike, load_weights
from sk_hyperimage.neural_network.aggregation._over_patches import by_image
from sk_hyperimage.neural_network.layers import LayeredNet, Shape, comes_trained, make_module
from sk_hyperimage.neural_network.training._augmentation import check_augmentation
from sk_hyperimage.neural_network.training._batches import Batches, Part, Source
from sk_hyperimage.neural_network.training._callbacks import (
    KeepBest,
    StopOnNonFiniteLoss,
    check_callbacks,
)
from sk_hyperimage.neural_network.training._devices import (
    computes_in_tf32,
    present_device,
    warn_if_emulated,
)
from sk_hyperimage.neural_network.training._net import Net, history_of, train
from sk_hyperimage.neural_network.training._progress import TimeEstimate, TrainingProgress
from sk_hyperimage.neural_network.training._reproducible import reproducible
from sk_hyperimage.neural_network.training._schedule import LearningRate, groups_by_rate
from sk_hyperimage.utils._holdout import validation_rows
from sk_hyperimage.utils._sklearn import Interval, StrOptions, fit_or_restore
from sk_hyperimage.utils._validation import check_images, check_weights

# The paper trains its first stage, on patches, for 80 epochs with a patience of 20, and its
# second stage, on hyper-images, for 200 epochs with a patience of 40.
PATCH_SCHEDULE = (80, 20)
IMAGE_SCHEDULE = (200, 40)


class Plan(NamedTuple):
    """Parameters that change from one training of an estimator to another."""

    batch_size: int
    learning_rate_init: float
    max_epochs: int
    n_iter_no_change: int


class BaseCNN(FittedCNN):
    """A convolutional network over channel-last samples.

    A subclass checks y (`_check_target`) and knows its `_task`.
    """

    __metadata_request__fit = {"sample_weight": True, "groups": True, "validation_mask": True}

    _parameter_constraints: dict = {
        "layers": "no_validation",  # a string, module, class or factory: checked when built
        "initial_weights": [Mapping, str, PathLike, None],
        "solver": [StrOptions({"sgd", "adam"})],
        "learning_rate": [StrOptions({"adaptive", "constant", "cosine"})],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "nesterovs_momentum": ["boolean"],
        "decay": [Interval(Real, 0, None, closed="left")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "batch_by": [StrOptions({"sample", "image"})],
        "max_epochs": [Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "augmentation": [StrOptions({"horizontal", "flips", "symmetries"}), None],
        "precision": [StrOptions({"full", "tf32", "bfloat16"})],
        "compile": ["boolean"],
        "device": [str],
        "callbacks": [list, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
    }

    initial_weights: WeightsLike | None
    solver: str
    learning_rate: str
    learning_rate_init: float
    momentum: float
    nesterovs_momentum: bool
    decay: float
    alpha: float
    batch_by: str = "sample"
    max_epochs: int | str
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: int | str
    augmentation: str | None
    callbacks: list[Callback] | None
    random_state: Seed
    warm_start: bool = False
    history_: list[dict[str, float]]

    def _store(self, arguments: dict[str, Any]) -> None:
        """Keep the arguments of `__init__`, which scikit-learn wants under their names."""
        self.__dict__.update({name: arguments[name] for name in arguments if name != "self"})

    def _check_target(
        self, y: ArrayLike, weight: Floats, samples: Samples
    ) -> tuple[np.ndarray, Floats]:
        """Validate y, keep what decodes predictions, and give y and the weights of samples."""
        raise NotImplementedError

    @fit_or_restore(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ImagesLike,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        validation_mask: ArrayLike | None = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)
            Channel-last samples; rows of a 2-D X are one-row images. uint8, uint16 and bool
            images are scaled to [0, 1].
        y : array-like of shape (n_samples,)
            Scores; labels of two or more classes for a classifier.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the samples in the loss.
        groups : array-like of shape (n_samples,), default=None
            Reference of each sample; the validation samples never share one with the others.
            None: every sample is its own group, or, where samples are patches, every image.
        validation_mask : array-like of bool of shape (n_samples,), default=None
            True for the samples to validate on, in place of a random choice.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If X, y or the weights are invalid, if y holds fewer than two classes for a
            classifier, if there is only one group to choose validation samples from, if `layers`
            does not fit the samples, or if the loss becomes NaN.
        """
        samples = check_images(X, self, reset=True)
        y, weight = self._check_target(y, check_weights(sample_weight, samples), samples)
        return self._fit(samples, y, weight, groups, validation_mask)

    def _fit(
        self,
        samples: Samples,
        y: np.ndarray,
        weight: Floats,
        groups: ArrayLike | None,
        validation_mask: ArrayLike | None,
    ) -> Self:
        """Build the network and train it."""
        random_state = check_random_state(self.random_state)
        held_out = np.zeros(len(samples), dtype=bool)
        if groups is None:
            groups = samples.sources
        if self.early_stopping or validation_mask is not None:
            held_out = validation_rows(
                len(samples),
                groups,
                validation_mask,
                self.validation_fraction,
                random_state,
                labels=y if is_classifier(self) else None,
                weight=weight,
            )
        self.input_shape_ = sample_shape(samples)[-3:]  # of a sample, or of both in a pair
        seed = int(random_state.randint(np.iinfo(np.int32).max))
        plan = self._plan(samples)
        begun = self._is_continued()
        with reproducible(seed, tf32=computes_in_tf32(self.precision, self.device)):
            is_learned = self.initial_weights == CODEBOOK and not begun
            given = None if is_learned else self.initial_weights
            owner = "initial_weights"
            if begun:
                given, owner = (
                    self.weights_,
                    "weights of the last fit (warm_start=True)",
                )
            trained = module = self._make_module(self.layers, samples, fitted=given is not None)
            if given is not None:
                load_weights(module.to(weights_dtype(samples)), given, owner)
            elif is_learned:
                start_with_codebook(module, samples, np.flatnonzero(~held_out), random_state)
            if self.batch_by == "image" and samples.sources is not None:
                if self.augmentation is not None:
                    raise ValueError("augmentation of patches needs batch_by='sample'")
                trained, samples, y, weight, held_out = by_image(
                    module, samples, y, weight, held_out
                )
                batch_size = max(1, round(self.batch_size / weight.shape[1]))
                plan = plan._replace(batch_size=batch_size)
            net = self._train(
                trained,
                samples,
                y,
                weight,
                held_out,
                seed,
                plan,
                from_start=given is not None or comes_trained(self.layers),
            )
            self._net = net if trained is module else self._net_of(module)
        self.fitted_layers_ = deepcopy(self.layers)
        history = history_of(net)
        self.history_ = self.history_ + history if begun else history
        self.n_iter_ = len(history)
        self._store_weights()
        return self

    def _is_continued(self) -> bool:
        """Whether `fit` goes on with the weights of the last one."""
        return self.warm_start and hasattr(self, "fitted_layers_")

    def _schedule(self, samples: Samples) -> tuple[int, int]:
        """Values of "auto" for epochs and patience on such samples."""
        return IMAGE_SCHEDULE if samples.sources is None else PATCH_SCHEDULE

    def _plan(self, samples: Samples) -> Plan:
        max_epochs, n_iter_no_change = self._schedule(samples)
        return Plan(
            self.batch_size,
            self.learning_rate_init,
            max_epochs if isinstance(self.max_epochs, str) else self.max_epochs,
            n_iter_no_change if isinstance(self.n_iter_no_change, str) else self.n_iter_no_change,
        )

    def _callbacks(self) -> list[Callback]:
        return self.callbacks or []

    def _train(
        self,
        module: torch.nn.Module,
        samples: Samples,
        y: np.ndarray,
        weight: Floats,
        held_out: Bools,
        seed: int,
        plan: Plan,
        *,
        from_start: bool = False,
    ) -> Net:
        """Train a module and give the net that holds it.

        With validation samples the weights of their lowest loss are kept; `from_start` lets the
        weights that the module came with compete, so that their loss never gets worse.
        """
        if self.augmentation is not None:
            check_augmentation(self.augmentation, sample_shape(samples))
        check_callbacks(self._callbacks())
        module = module.to(weights_dtype(samples))
        frozen = not any(weights.requires_grad for weights in module.parameters())
        if frozen or plan.max_epochs == 0:
            return self._net_of(module)

        device = present_device(self.device)
        warn_if_emulated(self.precision, device)
        source, rows = Source(samples, device, again=True), np.arange(len(samples))
        target = self._task.encode(y, samples.dtype)
        part = Part(source, target, weight, rows[~held_out])
        n_batches = len(Batches(part, plan.batch_size))
        progress = TrainingProgress(plan.max_epochs, n_batches)
        validation, kept, monitor = None, "weights as they were", "train_loss"
        if held_out.any():
            validation = Part(source, target, weight, rows[held_out])
            kept, monitor = "best weights", "valid_loss"

        callbacks = [
            LearningRate(
                self.learning_rate,
                initial=float(plan.learning_rate_init),
                decay=self.decay,
                monitor=monitor,
                patience=max(1, plan.n_iter_no_change // 4),
                n_updates_total=plan.max_epochs * n_batches,
            ),
            *self._callbacks(),
        ]
        if validation is not None:
            callbacks.append(KeepBest(plan.n_iter_no_change, from_start=from_start))
        callbacks.append(StopOnNonFiniteLoss())
        callbacks.append(progress if self.verbose else TimeEstimate(plan.max_epochs * n_batches))
        if self.compile:
            module.compile()
        net = Net(
            module,
            self._task,
            device=device,
            precision=self.precision,
            recordable=isinstance(module, LayeredNet) and not self.compile,
            max_epochs=plan.max_epochs,
            batch_size=plan.batch_size,
            iterator_train=Batches,
            iterator_train__rng=np.random.default_rng(seed),
            iterator_train__augmentation=self.augmentation,
            iterator_train__move_target=self._task.moved,
            iterator_valid=Batches,
            train_split=None if validation is None else predefined_split(validation),
            callbacks=callbacks,
            **self._optimizer(plan.learning_rate_init),
            optimizer__param_groups=groups_by_rate(module),
        )
        with closing(progress):
            train(net, part, kept=kept, from_start=from_start)
        return net

    def _optimizer(self, learning_rate_init: float) -> dict[str, Any]:
        """The optimizer in skorch's arguments."""
        # Whole numbers and booleans are numbers to scikit-learn, and not always to torch.
        common: dict[str, Any] = {
            "lr": float(learning_rate_init),
            "optimizer__weight_decay": float(self.alpha),
            "optimizer__fused": True,
        }
        if self.solver == "adam":
            return {"optimizer": torch.optim.Adam, **common}
        return {
            "optimizer": torch.optim.SGD,
            "optimizer__momentum": float(self.momentum),
            "optimizer__nesterov": self.nesterovs_momentum and self.momentum > 0,
            **common,
        }

    def _module_before_training(self, shape: Shape, y: np.ndarray) -> torch.nn.Module:
        """The module that `fit` will train on samples of a shape; once fitted, the trained one."""
        if hasattr(self, "fitted_layers_"):
            self._check_sample_shape(shape)
            return self.net_.module_
        return self._untrained(shape, self._n_outputs(y))

    def _untrained(self, shape: Shape, n_outputs: int | None) -> torch.nn.Module:
        """The network that `layers` makes for samples of a shape, its weights of no matter."""
        with reproducible():  # weights are drawn
            return make_module(self.layers, shape, n_outputs, fitted=True)

    def _n_outputs(self, y: np.ndarray) -> int | None:
        """Width of the last layer for a y like this one, before it is checked."""
        return 1

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def weights_dtype(samples: Samples) -> torch.dtype:
    """Type of the weights of a network that computes such samples."""
    return torch.float64 if samples.dtype == np.float64 else torch.float32
