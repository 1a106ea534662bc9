"""Same seed, same machine, same bits: random state, kernels and threads while a network works."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from joblib import cpu_count

from sk_hyperimage.utils._threads import torch_threads

# More threads than this hardly speed up networks of this size.
MAX_THREADS = 8

# Threads of one process share torch's random state and settings, so their networks take turns;
# nothing is lost, since each works on all cores.
TURN = threading.RLock()


@contextmanager
def reproducible(seed: int | None = None) -> Iterator[None]:
    """Run torch code whose result depends on `seed` and the machine only.

    Sums are split among threads, so their last bits depend on the number of threads, which
    joblib changes in its workers; it is therefore fixed here. torch's global random state is left
    as it was found.
    """
    n_threads = min(MAX_THREADS, cpu_count(only_physical_cores=True))
    with (
        TURN,
        torch_threads(n_threads),
        torch.random.fork_rng(),
        torch.backends.cudnn.flags(deterministic=True, benchmark=False),
    ):
        if seed is not None:
            torch.manual_seed(seed)
        yield


def resolve_device(device: str) -> str:
    """The device that a `device` parameter stands for; "auto" is a GPU where there is one."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return str(torch.device(device))
    except RuntimeError as error:
        raise ValueError(f"device={device!r} is none that torch knows: {error}") from error


def present_device(device: str) -> str:
    """As `resolve_device`, of devices that this machine has."""
    resolved = resolve_device(device)
    if resolved != "cpu":
        try:
            torch.zeros(1, device=resolved).item()
        except (AssertionError, NotImplementedError, RuntimeError) as error:
            raise ValueError(f"device={device!r} is not on this machine: {error}") from error
    return resolved
