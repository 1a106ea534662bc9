"""Callbacks of training besides the learning rate and the progress bar."""

from __future__ import annotations

import math
from collections.abc import Iterable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
from skorch.callbacks import (
    BatchScoring,
    Callback,
    EarlyStopping,
    EpochScoring,
    InputShapeSetter,
    LRScheduler,
    PassthroughScoring,
)

if TYPE_CHECKING:
    from sk_hyperimage.neural_network.training._batches import Part
    from sk_hyperimage.neural_network.training._net import Net


class StopOnNonFiniteLoss(Callback):
    """End training with advice when a loss, or at the end a weight, is not finite."""

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
            f"{what}; lower learning_rate_init (now {net.lr}), normalize the images, or look for "
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
    """Callbacks that record the validation accuracy of targets of either sign, epoch by epoch."""
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


# Callbacks of skorch that would fail or do nothing in these networks, and what does their work.
_SCORING = (
    "targets are encoded and come with weights; follow history_, record a number of your own in "
    "on_batch_end for PassthroughScoring, or score held-out samples after fit"
)
REFUSED: dict[type[Callback], str] = {
    LRScheduler: "the parameters learning_rate, learning_rate_init and decay set the rate",
    EpochScoring: _SCORING,
    BatchScoring: _SCORING,
    InputShapeSetter: "layers is built for the shape of the samples as it is",
}


def check_callbacks(callbacks: Iterable[Any]) -> None:
    """Raise unless all are callbacks in a form that skorch takes, and work here."""
    for given in callbacks:
        callback = given[-1] if isinstance(given, tuple) and given else given
        kind = callback if isinstance(callback, type) else type(callback)
        if not issubclass(kind, Callback):
            raise TypeError(f"callbacks must hold skorch callbacks, got {given!r}")
        for refused, instead in REFUSED.items():
            if issubclass(kind, refused):
                raise ValueError(
                    f"callbacks holds {refused.__name__}, which does not work here: {instead}"
                )
