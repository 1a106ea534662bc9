"""Devices on which the networks of a loaded model compute."""

from __future__ import annotations

import warnings

from sk_hyperimage.persistence._objects import networks_in


def place(model: object, device: str | None) -> None:
    """Set the `device` of all networks in a model.

    Parameters
    ----------
    model : estimator
    device : str or None
        None keeps devices of this machine, and replaces others by "auto".

    Warns
    -----
    UserWarning
        If the model has a device that this machine lacks.
    """
    absent = set()
    for network in networks_in(model):
        if device is not None:
            network.device = device
        elif not is_present(network.device):
            absent.add(network.device)
            network.device = "auto"
    if absent:
        warnings.warn(
            f"the model was saved with device={', '.join(map(repr, sorted(absent)))}, which this "
            f"machine lacks; it is loaded with device='auto' instead",
            stacklevel=3,
        )


def is_present(device: str) -> bool:
    """True if this machine has a device.

    Raises
    ------
    ValueError
        If torch knows no device of this name.
    """
    if device in ("auto", "cpu"):
        return True
    import torch

    from sk_hyperimage.neural_network.training._devices import resolve_device

    wanted = torch.device(resolve_device(device))
    if wanted.type == "cuda":
        return (wanted.index or 0) < torch.cuda.device_count()
    try:
        torch.empty(0, device=wanted)
    except (RuntimeError, AssertionError, NotImplementedError):
        return False
    return True
