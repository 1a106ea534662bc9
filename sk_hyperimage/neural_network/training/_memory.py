"""Batches as large as memory holds, which is found out by trying."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeVar

import torch

Result = TypeVar("Result")

# Floats that one batch of predictions holds: on a processor such that activations stay in its
# cache, on a GPU this share of the free memory, of which activations take many times as much.
CPU_BATCH_FLOATS = 2**19
GPU_MEMORY_SHARE = 1 / 128


def prediction_batch_floats(device: str) -> int:
    """Floats of input that one batch of predictions may hold."""
    if torch.device(device).type != "cuda":
        return CPU_BATCH_FLOATS
    n_free_bytes, _ = torch.cuda.mem_get_info(device)
    return int(n_free_bytes * GPU_MEMORY_SHARE) // 4


class Portions:
    """Computes batches whole, or in portions once memory has not sufficed for one.

    Attributes
    ----------
    max_rows : int or None
        Rows of the largest portion that is still tried.
    """

    def __init__(self) -> None:
        self.max_rows: int | None = None

    def compute(
        self,
        function: Callable[..., Result],
        *tensors: torch.Tensor,
        restart: Callable[[], None] | None = None,
    ) -> list[Result]:
        """Results of a function for the portions of a batch, in their order.

        Parameters
        ----------
        function : callable
            Takes the same rows of all tensors.
        *tensors : tensor of shape (n_rows, ...)
        restart : callable, default=None
            Undoes what the function did before memory ran out.

        Warns
        -----
        UserWarning
            The first time that memory does not suffice.
        """
        n_rows = len(tensors[0])
        while True:
            step = min(n_rows, self.max_rows or n_rows)
            portions = zip(*(tensor.split(step) for tensor in tensors), strict=True)
            try:
                return [function(*portion) for portion in portions]
            except RuntimeError as error:
                if step == 1 or not is_out_of_memory(error):
                    raise
            self._halve(step)
            if restart is not None:
                restart()

    def _halve(self, step: int) -> None:
        if self.max_rows is None:
            warnings.warn(
                f"a batch of {step} does not fit into memory; it is computed in smaller portions, "
                f"which changes no result beyond rounding",
                stacklevel=2,
            )
        self.max_rows = -(-step // 2)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether a GPU, or the operating system, had no more memory to give."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
