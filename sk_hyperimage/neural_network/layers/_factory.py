"""From whatever stands for an architecture to a torch module."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import torch

from sk_hyperimage.neural_network.layers._modules import build_module


def make_module(
    layers: str | torch.nn.Module | Callable[..., torch.nn.Module],
    input_shape: tuple[int, ...],
    n_outputs: int | None,
    *,
    fitted: bool = False,
) -> torch.nn.Module:
    """Make the module that `layers` describes.

    Parameters
    ----------
    layers : str, torch.nn.Module or callable
        A string in the paper's notation; a module, which is copied; or a class or function called
        as ``layers(input_shape=..., n_outputs=...)``.
    input_shape : tuple of int
        (n_rows, n_cols, n_channels) of a sample.
    n_outputs : int or None
        Width of the last layer; None for a network that describes, as its layers say.
    fitted : bool, default=False
        Whether the weights of a fitted model come next, so that what reads others from a file,
        and has a method `untrained`, need not do so.
    """
    if isinstance(layers, str):
        return build_module(layers, input_shape, n_outputs)
    if isinstance(layers, torch.nn.Module):
        return deepcopy(layers)
    if callable(layers):
        make = getattr(layers, "untrained", layers) if fitted else layers
        return make(input_shape=input_shape, n_outputs=n_outputs)
    raise TypeError(
        f"layers must be a string in the paper's notation, a torch.nn.Module, or a callable that "
        f"returns one; got {layers!r}"
    )
