"""Names of devices, which are there, and what they compute in."""

from __future__ import annotations

import warnings

import torch

# Any of these lets an x86 processor multiply bfloat16 at about the speed of float32 or more.
BFLOAT16_INSTRUCTIONS = ("avx512_f", "avx_ne_convert")


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


def computes_in_tf32(precision: str, device: str) -> bool:
    """Whether a `precision` parameter asks for TF32 on a device that may have it."""
    return precision == "tf32" and torch.device(resolve_device(device)).type == "cuda"


def warn_if_emulated(precision: str, device: str) -> None:
    """Warn if the processor has no instructions for bfloat16, which then slows it down."""
    if precision != "bfloat16" or torch.device(device).type != "cpu":
        return
    if not hasattr(torch.cpu, "get_capabilities"):  # older versions of torch cannot tell
        return
    found = torch.cpu.get_capabilities()
    if found["architecture"] == "x86_64" and not any(map(found.get, BFLOAT16_INSTRUCTIONS)):
        warnings.warn(
            "precision='bfloat16' is several times slower than 'full' on this processor, which "
            "has no instructions for it",
            stacklevel=2,
        )
