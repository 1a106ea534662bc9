"""The training loop: skorch's, fed with whole batches, and with the losses of a task."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from skorch import NeuralNet
from skorch.callbacks import EarlyStopping
from skorch.utils import to_tensor

from sk_hyperimage.neural_network.training._memory import Portions
from sk_hyperimage.neural_network.training._recording import (
    Recording,
    harmless_warnings_ignored,
)
from sk_hyperimage.utils._interrupts import SECONDS_TO_INSIST, check_interrupt

if TYPE_CHECKING:
    from sk_hyperimage.neural_network._tasks import Task
    from sk_hyperimage.neural_network.training._batches import Part


class Penalized(torch.nn.Module):
    """Base of modules with a loss of their own, beside that of the task.

    Attributes
    ----------
    penalties : tensor of shape (n,) or None
        Of the samples that the module computed last, in training; the loss takes them away.
    """

    penalties: torch.Tensor | None = None


# Outputs no further apart than this, in units of the standardized target or of logits, are one.
SAME = 1e-6


class Net(NeuralNet):
    """skorch's net with weights of samples, bfloat16 if asked, and batches that fit in memory.

    A `recordable` module computes alike for all batches of one shape, so that a GPU may replay
    what it did for the first. `interrupted_` says whether the user, and not early stopping, ended
    training before its time.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        task: Task,
        *,
        precision: str,
        recordable: bool = False,
        **kwargs,
    ):
        self.precision = precision
        self.recordable = recordable
        super().__init__(module, criterion=task, verbose=0, **kwargs)

    def initialize(self):
        self.portions_ = Portions()
        self.interrupted_ = False
        super().initialize()
        self.recording_ = Recording(self.module_)
        self.penalized_ = [part for part in self.module_.modules() if isinstance(part, Penalized)]
        return self

    def initialize_criterion(self):
        self.criterion_ = Criterion(self.criterion)
        return self

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
        x = to_tensor(x, device=self.device)
        with torch.autocast(
            x.device.type,
            dtype=torch.bfloat16,
            enabled=self.precision == "bfloat16",
            cache_enabled=x.device.type != "cuda",  # weights that it casts must be recorded, too
        ):
            if self._is_whole_update(x):
                return self.recording_(x)
            return super().infer(x, **fit_params)

    def _is_whole_update(self, x) -> bool:
        """Whether the module computes a full batch, of which alone it is trained, on a GPU."""
        is_update = self.module_.training and torch.is_grad_enabled()
        return self.recordable and is_update and x.is_cuda and len(x) == self.batch_size

    def get_loss(self, y_pred, y_true, X=None, training=False):
        target, weight = to_tensor(y_true, device=self.device)
        # Outputs come in one row, also those of all patches in a batch of images.
        target, weight = target.flatten(0, weight.ndim - 1), weight.flatten()
        losses = self.criterion_.task.losses(y_pred.to(weight.dtype), target)
        for part in self.penalized_ if training else ():
            losses = losses + part.penalties
            part.penalties = None  # it holds on to all that it was computed from
        return (losses * weight).mean()


class Criterion(torch.nn.Module):
    """A task as the module that skorch's checkpoints expect of a criterion."""

    def __init__(self, task: Task):
        super().__init__()
        self.task = task


def train(net: Net, part: Part, *, kept: str, from_start: bool = False) -> None:
    """Train a net on a part of the samples.

    An interrupt by the user ends training with a warning. It raises KeyboardInterrupt where there
    is nothing to keep yet, or where `check_interrupt` says so.

    Parameters
    ----------
    net : Net
    part : Part
    kept : str
        What an interrupt keeps, in the words of the warning.
    from_start : bool, default=False
        Whether the weights before training are worth keeping.
    """
    with harmless_warnings_ignored():
        net.fit(part, None)
    net.train_split = net.recording_ = None  # they hold on to samples, and to a GPU's memory
    warn_if_constant(net, part)
    if not net.interrupted_:
        return
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


def warn_if_constant(net: Net, part: Part) -> None:
    """Warn if a net gives the same outputs for all samples of one batch, though they differ."""
    places = np.linspace(0, len(part) - 1, min(len(part), net.batch_size)).astype(int)
    rows = part.rows[places]
    target, batch = part.target[rows], part.source.take(rows)
    if (target == target[:1]).all() or (batch == batch[:1]).all():
        return
    outputs = torch.cat(
        net.portions_.compute(lambda portion: net.evaluation_step((portion, None)), batch)
    )
    spread = (outputs - outputs[:1]).abs().max().item()
    if spread <= SAME * max(1, outputs.abs().max().item()):
        warnings.warn(
            f"the trained network gives the same outputs for all of {len(rows)} training samples, "
            f"though they differ: its units may be dead after too large an update; lower "
            f"learning_rate_init (now {net.lr}), or normalize the images",
            ConvergenceWarning,
            stacklevel=2,
        )


def history_of(net: Net) -> list[dict[str, float]]:
    """Losses, accuracy if any and learning rate of every whole epoch, as skorch recorded them."""
    names = ("train_loss", "valid_loss", "valid_accuracy", "learning_rate")
    return [{name: row[name] for name in names if name in row} for row in net.history]
