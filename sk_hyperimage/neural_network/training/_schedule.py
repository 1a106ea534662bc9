"""The learning rate: over training, by decay, plateaus or cosine, and from layer to layer."""

from __future__ import annotations

import math
from typing import Any

import torch
from skorch.callbacks import Callback

# What groups of an optimizer's parameters call their share of the learning rate.
FACTOR = "factor"


def groups_by_rate(module: torch.nn.Module) -> list[tuple[str, dict[str, Any]]]:
    """Groups of parameters, in skorch's terms, whose learning rates differ by a factor.

    A module, or a part of it, that wants some has an attribute `learning_rate_factors`: factors by
    the names of its parameters, in which ``*`` stands for anything.
    """
    groups = []
    for name, part in module.named_modules():
        for pattern, factor in getattr(part, "learning_rate_factors", {}).items():
            groups.append((f"{name}.{pattern}" if name else pattern, {FACTOR: factor}))
    return groups


class LearningRate(Callback):
    """Set the learning rate before every update, that of a group times its factor if it has one.

    The rate is ``initial / (1 + decay * n_updates)`` times a factor that depends on `schedule`:
    "constant" leaves it at 1, "adaptive" divides it by 10 whenever `monitor` has not reached a
    new minimum for `patience` epochs, "cosine" lets it fall from 1 to 0 over `n_updates_total`.
    """

    def __init__(
        self,
        schedule: str,
        *,
        initial: float,
        decay: float,
        monitor: str,
        patience: int,
        n_updates_total: int,
    ):
        self.schedule = schedule
        self.initial = initial
        self.decay = decay
        self.monitor = monitor
        self.patience = patience
        self.n_updates_total = n_updates_total

    def on_train_begin(self, net, **kwargs):
        self.n_updates_ = 0
        self.plateau_factor_ = 1.0
        self.best_ = math.inf
        self.n_epochs_without_best_ = 0

    def on_batch_begin(self, net, training=False, **kwargs):
        if not training:
            return
        for group in net.optimizer_.param_groups:
            group["lr"] = self.rate_ * group.get(FACTOR, 1)
        self.n_updates_ += 1

    def on_epoch_end(self, net, **kwargs):
        net.history.record("learning_rate", self.rate_)
        if self.schedule != "adaptive":
            return
        value = net.history[-1, self.monitor]
        if value < self.best_:
            self.best_, self.n_epochs_without_best_ = value, 0
            return
        self.n_epochs_without_best_ += 1
        if self.n_epochs_without_best_ >= self.patience:
            self.plateau_factor_ /= 10
            self.n_epochs_without_best_ = 0

    @property
    def rate_(self) -> float:
        """Learning rate of the next update."""
        rate = self.initial / (1 + self.decay * self.n_updates_) * self.plateau_factor_
        if self.schedule == "cosine":
            rate *= (1 + math.cos(math.pi * min(1, self.n_updates_ / self.n_updates_total))) / 2
        return rate
