"""Names of devices, and which are there."""

from __future__ import annotations

import torch


def resolve_device(device: str) -> str:
    """Name of the device for a `device` parameter; "auto" is a GPU where there is one."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return str(torch.device(device))
    except RuntimeError as error:
        raise ValueError(f"device={device!r}: torch knows no such device ({error})") from error


def present_device(device: str) -> str:
    """As `resolve_device`, of devices that this machine has."""
    resolved = resolve_device(device)
    if resolved != "cpu":
        try:
            torch.zeros(1, device=resolved).item()
        except (AssertionError, NotImplementedError, RuntimeError) as error:
            raise ValueError(f"device={device!r} is not on this machine: {error}") from error
    return resolved
