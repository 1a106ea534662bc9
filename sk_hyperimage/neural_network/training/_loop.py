"""The training loop: skorch's, fed with whole batches, weighted losses and our learning rate."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from skorch import NeuralNet
from skorch.callbacks import Callback, EarlyStopping, PassthroughScoring
from skorch.helper import predefined_split
from skorch.utils import to_tensor

from sk_hyperimage.neural_network._siamese import MarginLoss
from sk_hyperimage.neural_network.training._batches import Batches, Part
from sk_hyperimage.neural_network.training._memory import Portions
from sk_hyperimage.neural_network.training._progress import TrainingProgress
from sk_hyperimage.neural_network.training._schedule import LearningRate
from sk_hyperimage.utils._interrupts import SECONDS_TO_INSIST, check_interrupt

LOSSES = {
    "absolute_error": torch.nn.L1Loss,
    "squared_error": torch.nn.MSELoss,
    "binary_log_loss": torch.nn.BCEWithLogitsLoss,
    "log_loss": torch.nn.CrossEntropyLoss,
    "margin": MarginLoss,
}


@dataclass(frozen=True)
class TrainingPlan:
    """What an estimator's parameters say about one training run."""

    loss: str
    solver: str
    learning_rate: str
    learning_rate_init: float
    momentum: float
    nesterovs_momentum: bool
    decay: float
    alpha: float
    batch_size: int
    max_epochs: int
    n_iter_no_change: int
    augmentation: str | None
    precision: str
    compile: bool
    callbacks: Sequence[Callback] | None
    verbose: int

    @property
    def optimizer(self) -> dict[str, Any]:
        """The optimiser in skorch's arguments."""
        # Whole numbers and booleans are numbers to scikit-learn, and not always to torch.
        common = {
            "lr": float(self.learning_rate_init),
            "optimizer__weight_decay": float(self.alpha),
        }
        if self.solver == "adam":
            return {"optimizer": torch.optim.Adam, **common}
        return {
            "optimizer": torch.optim.SGD,
            "optimizer__momentum": float(self.momentum),
            "optimizer__nesterov": self.nesterovs_momentum and self.momentum > 0,
            **common,
        }


class Net(NeuralNet):
    """skorch's net with weights of samples, bfloat16 if asked, and batches that fit in memory.

    `interrupted_` says whether the user, and not early stopping, ended training before its time.
    """

    def __init__(self, *args: Any, precision: str = "full", **kwargs: Any):
        self.precision = precision
        super().__init__(*args, **kwargs)

    def initialize(self):
        self.portions_ = Portions()
        self.interrupted_ = False
        return super().initialize()

    def fit_loop(self, *args, **kwargs):
        try:
            return super().fit_loop(*args, **kwargs)
        except KeyboardInterrupt:  # which skorch swallows, because early stopping raises it, too
            self.interrupted_ = not any(
                isinstance(callback, EarlyStopping) and callback.misses_ >= callback.patience
                for _, callback in self.callbacks_
            )
            raise

    def train_step_single(self, batch, **fit_params):
        self._set_training(True)
        X, (target, weight) = batch

        def backward(portion, *y_true):
            y_pred = self.infer(portion, **fit_params)
            loss = self.get_loss(y_pred, y_true, training=True) * (len(portion) / len(X))
            loss.backward()
            return loss.detach(), y_pred.detach()

        steps = self.portions_.compute(
            backward, X, target, weight, restart=self._zero_grad_optimizer
        )
        losses, predictions = zip(*steps, strict=True)
        return {"loss": sum(losses), "y_pred": torch.cat(predictions)}

    def infer(self, x, **fit_params):
        with torch.autocast(
            torch.device(self.device).type,
            dtype=torch.bfloat16,
            enabled=self.precision == "bfloat16",
        ):
            return super().infer(x, **fit_params)

    def get_loss(self, y_pred, y_true, X=None, training=False):
        target, weight = (values.flatten() for values in to_tensor(y_true, device=self.device))
        y_pred = y_pred.to(weight.dtype)
        if y_pred.shape[1] == 1:
            y_pred = y_pred[:, 0]
        return (self.criterion_(y_pred, target) * weight).mean()


class StopOnNonFiniteLoss(Callback):
    """End training with advice when a loss, or at the end a weight, is no finite number."""

    def on_batch_end(self, net, loss=None, training=False, **kwargs):
        if not math.isfinite(loss.item()):
            part = "training" if training else "validation"
            self._fail(net, f"the {part} loss became {loss.item()} in epoch {len(net.history)}")

    def on_train_end(self, net, **kwargs):
        # The last update may have spoilt weights that no loss has been computed with.
        if not all(weights.isfinite().all() for weights in net.module_.state_dict().values()):
            self._fail(net, "weights became infinite")

    def _fail(self, net, what):
        raise ValueError(
            f"{what}; lower learning_rate_init (now {net.lr}), normalise the images, or look for "
            f"extreme values in X and y"
        )


class RightSigns(Callback):
    """Record the share of a validation batch whose outputs have the sign of their targets."""

    def on_batch_end(self, net, batch=None, y_pred=None, training=False, **kwargs):
        if not training:
            target = batch[1][0].to(y_pred.device)
            right = (y_pred[:, 0] * target > 0).double().mean()
            net.history.record_batch("valid_accuracy", right.item())


def validation_accuracy() -> list[Callback]:
    """What records the validation accuracy of targets of either sign, for every epoch."""
    scoring = PassthroughScoring("valid_accuracy", lower_is_better=False)
    return [RightSigns(), scoring]


class KeepBest(EarlyStopping):
    """Early stopping that restores the best weights, those before training included if asked."""

    def __init__(self, patience: int, *, from_start: bool = False):
        super().__init__(patience=patience, threshold=0, load_best=True)
        self.from_start = from_start

    def on_train_begin(self, net, X=None, **kwargs):
        super().on_train_begin(net, X=X, **kwargs)
        if self.from_start:
            _, validation = net.get_split_datasets(X)
            self.dynamic_threshold_ = mean_loss(net, validation)
            self.best_model_weights_ = deepcopy(net.module_.state_dict())

    def on_train_end(self, net, **kwargs):
        if net.history:  # empty where training was interrupted at once
            super().on_train_end(net, **kwargs)


def mean_loss(net: Net, part: Part) -> float:
    """Loss of a net on a part, as the validation step of training computes it."""
    batches = net.get_iterator(part, training=False)
    losses = [(net.validation_step(batch)["loss"].item(), len(batch[0])) for batch in batches]
    values, sizes = zip(*losses, strict=True)
    return float(np.average(values, weights=sizes))


def train(
    module: torch.nn.Module,
    plan: TrainingPlan,
    part: Part,
    validation: Part | None,
    *,
    device: str,
    rng: np.random.Generator,
    from_start: bool = False,
) -> Net:
    """Train a module and return the skorch net that holds it.

    With a validation part the weights of its lowest loss are kept; `from_start` lets the weights
    that the module came with compete, so that training never makes the validation loss worse.

    An interrupt by the user ends training likewise, with a warning. It raises KeyboardInterrupt
    where there is nothing to keep yet, or where `check_interrupt` says so.
    """
    check_callbacks(plan.callbacks or ())
    monitor = "train_loss" if validation is None else "valid_loss"
    n_batches = len(Batches(part, plan.batch_size))
    callbacks = [
        LearningRate(
            plan.learning_rate,
            initial=float(plan.learning_rate_init),
            decay=plan.decay,
            monitor=monitor,
            patience=max(1, plan.n_iter_no_change // 4),
            n_updates_total=plan.max_epochs * n_batches,
        ),
        *(plan.callbacks or ()),
    ]
    if validation is not None:
        callbacks.append(KeepBest(plan.n_iter_no_change, from_start=from_start))
    callbacks.append(StopOnNonFiniteLoss())
    progress = TrainingProgress(plan.max_epochs, n_batches)
    if plan.verbose:
        callbacks.append(progress)
    net = Net(
        module,
        criterion=LOSSES[plan.loss],
        criterion__reduction="none",
        **plan.optimizer,
        max_epochs=plan.max_epochs,
        batch_size=plan.batch_size,
        iterator_train=Batches,
        iterator_train__rng=rng,
        iterator_train__augmentation=plan.augmentation,
        iterator_valid=Batches,
        train_split=None if validation is None else predefined_split(validation),
        callbacks=callbacks,
        device=device,
        precision=plan.precision,
        verbose=0,  # the bar says more
    )
    if plan.compile:
        module.compile()
    try:
        net.fit(part, None)
    finally:
        progress.close()
    net.train_split = None  # it holds on to the samples
    if net.interrupted_:
        _keep_or_raise(
            net, "weights as they were" if validation is None else "best weights", from_start
        )
    return net


def check_callbacks(callbacks: Sequence[Any]) -> None:
    """Raise TypeError unless all are callbacks in a form that skorch takes."""
    for given in callbacks:
        callback = given[-1] if isinstance(given, tuple) and given else given
        a_class = isinstance(callback, type) and issubclass(callback, Callback)
        if not a_class and not isinstance(callback, Callback):
            raise TypeError(f"callbacks must hold skorch callbacks, got {given!r}")


def _keep_or_raise(net: Net, kept: str, from_start: bool) -> None:
    """Say what an interrupted training ends with, or raise KeyboardInterrupt."""
    what = f"training was interrupted in epoch {len(net.history)}"
    if net.history and "learning_rate" not in net.history[-1]:
        net.history.pop()  # this epoch has no loss
    if not net.history and not from_start:
        raise KeyboardInterrupt(f"{what}: there is nothing to keep yet")
    check_interrupt(what)
    warnings.warn(
        f"{what}; the {kept} are kept. Interrupt again within {SECONDS_TO_INSIST} seconds to stop "
        f"what comes after as well",
        ConvergenceWarning,
        stacklevel=2,
    )
