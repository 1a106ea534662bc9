"""Forward and backward passes that a GPU replays without being told every kernel anew."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import torch

# What torch says where a recording, made on a stream of its own, meets gradients of the others.
HARMLESS = ("The AccumulateGrad node's stream", "Attempting to run cuBLAS")


class Recording:
    """A module whose passes are recorded on the first batch and replayed on others of its shape.

    Batches of small patches take a GPU less time than Python takes to start the kernels.

    Parameters
    ----------
    module : torch.nn.Module
        What it computes depends on the shape of a batch alone, and on nothing that comes from the
        processor. It is on a CUDA GPU and in training mode when it is called.
    """

    def __init__(self, module: torch.nn.Module):
        self.module = module
        self._replayed: torch.nn.Module | None = None

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        """Outputs of the module, which the next call overwrites, as it does their gradients."""
        if self._replayed is None:
            buffers = [(buffer, buffer.clone()) for buffer in self.module.buffers()]
            made = torch.cuda.make_graphed_callables(_Outer(self.module), (batch.clone(),))
            self._replayed = cast(torch.nn.Module, made)
            for buffer, values in buffers:  # which the passes before a recording have changed
                buffer.copy_(values)
        return self._replayed(batch)


class _Outer(torch.nn.Module):
    """A module around another, whose `forward` stays as it is when this one is replaced."""

    def __init__(self, module: torch.nn.Module):
        super().__init__()
        self.module = module

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return self.module(batch)


@contextmanager
def harmless_warnings_ignored() -> Iterator[None]:
    """Say nothing of what torch warns about while recordings are made and replayed."""
    with warnings.catch_warnings():
        for message in HARMLESS:
            warnings.filterwarnings("ignore", message)
        yield
