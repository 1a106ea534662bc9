"""Results of a trained network for many batches."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any

import numpy as np
import torch

from sk_hyperimage.neural_network.training._devices import computes_in_tf32
from sk_hyperimage.neural_network.training._net import Net
from sk_hyperimage.neural_network.training._progress import prediction_progress
from sk_hyperimage.neural_network.training._reproducible import reproducible

# A module, and a batch for it.
Compute = Callable[[Any, torch.Tensor], torch.Tensor]


def results_of(
    net: Net,
    batches: Iterable[torch.Tensor],
    n_rows: int,
    compute: Compute,
    *,
    precision: str,
    name: str,
    progress: bool,
) -> Generator[np.ndarray, None, None]:
    """The results of `compute(module, batch)`, a portion of a batch at a time.

    Parameters
    ----------
    net : Net
    batches : iterable of tensor
    n_rows : int
        Of all results together.
    compute : callable
    precision : {"full", "tf32", "bfloat16"}
    name : str
        Of the estimator, for messages.
    progress : bool
        Whether to show a progress bar.

    Yields
    ------
    results : ndarray of shape (n, ...)

    Raises
    ------
    ValueError
        If a result is not finite.
    """
    tf32 = computes_in_tf32(precision, net.device)
    with reproducible(tf32=tf32), prediction_progress(name, n_rows, shown=progress) as bar:
        module = net.module_.eval()
        reference = next(module.parameters())
        arithmetic = torch.autocast(
            reference.device.type, torch.bfloat16, enabled=precision == "bfloat16"
        )
        with torch.inference_mode(), arithmetic:
            for batch in batches:
                for result in net.portions_.compute(
                    lambda portion: compute(module, portion.to(reference)), batch
                ):
                    # Checked in parts: of all at once the check alone would fill memory.
                    values = check_finite(result.to(reference.dtype).cpu().numpy(), name)
                    bar.update(len(values))
                    yield values


def check_finite(outputs: np.ndarray, name: str) -> np.ndarray:
    """Give outputs of an estimator's network back if all are finite."""
    if not np.isfinite(outputs).all():
        raise ValueError(
            f"the network of {name} gives infinite outputs: X holds values far beyond those seen "
            f"in fit"
        )
    return outputs
