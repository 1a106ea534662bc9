"""The learning rate over training: decay per update, plateaus, cosine."""

from __future__ import annotations

import math

from skorch.callbacks import Callback


class LearningRate(Callback):
    """Set the learning rate before every update.

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
            group["lr"] = self.rate_
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
