"""Progress: bars of training and of long predictions, and a word when training will take long."""

from __future__ import annotations

import logging
from time import perf_counter
from typing import Any

from skorch.callbacks import Callback
from tqdm.auto import tqdm

LOGGER = logging.getLogger("sk_hyperimage")

# Training is timed for so many seconds, and spoken of if it will take so many.
SECONDS_OF_TRIAL, LONG_SECONDS = 10, 120

# Predictions that are ready within so many seconds show no bar.
SECONDS_WITHOUT_BAR = 2

SHOWN = {"train_loss": "loss", "valid_loss": "validation", "valid_accuracy": "accuracy"}


class TrainingProgress(Callback):
    """Show the epoch, its losses, and the time that is left if training takes all epochs.

    Parameters
    ----------
    max_epochs : int
    n_batches : int
        Updates in an epoch, which is what the bar counts: epochs may take minutes.
    """

    def __init__(self, max_epochs: int, n_batches: int):
        self.max_epochs = max_epochs
        self.n_batches = n_batches

    def on_train_begin(self, net, **kwargs):
        self.bar_ = tqdm(
            total=self.max_epochs * self.n_batches,
            desc=f"Epoch 1/{self.max_epochs}",
            bar_format="{desc} |{bar}| {elapsed}<{remaining}{postfix}",
        )

    def on_epoch_begin(self, net, **kwargs):
        self.bar_.set_description_str(f"Epoch {len(net.history)}/{self.max_epochs}", refresh=False)

    def on_batch_end(self, net, training=False, **kwargs):
        if training:
            self.bar_.update()

    def on_epoch_end(self, net, **kwargs):
        row = net.history[-1]
        losses = {shown: row[name] for name, shown in SHOWN.items() if name in row}
        self.bar_.set_postfix(losses, refresh=False)

    def close(self) -> None:
        """Leave the bar as it is, and let go of it: nets are copied, and a stream cannot be."""
        if hasattr(self, "bar_"):
            self.bar_.close()
            del self.bar_


class TimeEstimate(Callback):
    """Say once, as a log message, how long training will take at most, if that is minutes.

    Parameters
    ----------
    n_updates : int
        Of all epochs.
    trial : float
        Seconds after which to judge.
    """

    def __init__(self, n_updates: int, trial: float = SECONDS_OF_TRIAL):
        self.n_updates = n_updates
        self.trial = trial

    def on_train_begin(self, net, **kwargs):
        self.started_ = perf_counter()
        self.n_done_ = 0
        self.is_said_ = False

    def on_batch_end(self, net, training=False, **kwargs):
        if not training or self.is_said_:
            return
        self.n_done_ += 1
        elapsed = perf_counter() - self.started_
        if elapsed >= self.trial:
            self.is_said_ = True
            total = elapsed / self.n_done_ * self.n_updates
            if total >= LONG_SECONDS:
                LOGGER.warning(
                    "training will take up to %d minutes; verbose=1 shows its progress, and "
                    "fewer max_epochs take less",
                    round(total / 60),
                )


def prediction_progress(name: str, n_samples: int, *, shown: bool) -> Any:
    """A bar that counts samples, as a context; it comes where predictions take long."""
    return tqdm(
        total=n_samples, desc=name, disable=not shown, delay=SECONDS_WITHOUT_BAR, leave=False
    )
