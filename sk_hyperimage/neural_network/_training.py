"""The training loop: skorch's, fed with whole batches, weighted losses and our learning rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback, EarlyStopping, PassthroughScoring
from skorch.helper import predefined_split
from skorch.utils import to_tensor

from sk_hyperimage.neural_network._batches import Batches, Part
from sk_hyperimage.neural_network._memory import Portions
from sk_hyperimage.neural_network._schedule import LearningRate
from sk_hyperimage.neural_network._siamese import MarginLoss

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
        common = {"lr": self.learning_rate_init, "optimizer__weight_decay": self.alpha}
        if self.solver == "adam":
            return {"optimizer": torch.optim.Adam, **common}
        return {
            "optimizer": torch.optim.SGD,
            "optimizer__momentum": self.momentum,
            "optimizer__nesterov": self.nesterovs_momentum and self.momentum > 0,
            **common,
        }


class Net(NeuralNet):
    """skorch's net with weights of samples, bfloat16 if asked, and batches that fit in memory."""

    def __init__(self, *args: Any, precision: str = "full", **kwargs: Any):
        self.precision = precision
        super().__init__(*args, **kwargs)

    def initialize(self):
        self.portions_ = Portions()
        return super().initialize()

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
    """End training with advice when the loss is no longer a finite number."""

    def on_batch_end(self, net, loss=None, training=False, **kwargs):
        if training and not math.isfinite(loss.item()):
            raise ValueError(
                f"the training loss became {loss.item()} in epoch {len(net.history)}; lower "
                f"learning_rate_init (now {net.lr}), normalise the images, or look for extreme "
                f"values in X and y"
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
    """
    monitor = "train_loss" if validation is None else "valid_loss"
    n_batches = len(Batches(part, plan.batch_size))
    callbacks = [
        StopOnNonFiniteLoss(),
        LearningRate(
            plan.learning_rate,
            initial=plan.learning_rate_init,
            decay=plan.decay,
            monitor=monitor,
            patience=max(1, plan.n_iter_no_change // 4),
            n_updates_total=plan.max_epochs * n_batches,
        ),
        *(plan.callbacks or ()),
    ]
    if validation is not None:
        callbacks.append(KeepBest(plan.n_iter_no_change, from_start=from_start))
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
        verbose=plan.verbose,
    )
    if plan.compile:
        module.compile()
    net.fit(part, None)
    net.train_split = None  # it holds on to the samples
    return net
