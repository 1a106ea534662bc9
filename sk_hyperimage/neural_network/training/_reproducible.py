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
def reproducible(seed: int | None = None, *, tf32: bool = False) -> Iterator[None]:
    """Run torch code whose result depends on `seed` and the machine only.

    Sums are split among threads, so their last bits depend on the number of threads, which
    joblib changes in its workers; it is therefore fixed here. So are cuDNN's choice of kernels,
    the digits that float32 products keep, and the type of new weights. torch's global random
    state and settings are left as they were found.

    Parameters
    ----------
    seed : int, default=None
        None: the random state is the caller's.
    tf32 : bool, default=False
        Whether GPUs may compute float32 products in TF32, of about three significant digits.
    """
    n_threads = min(MAX_THREADS, cpu_count(only_physical_cores=True))
    with (
        TURN,
        torch_threads(n_threads),
        # All GPUs, named because torch warns where it has to find several itself.
        torch.random.fork_rng(range(torch.cuda.device_count()) or None),
        # All of cuDNN's flags: one that is left out is set to a default, `enabled` to False.
        torch.backends.cudnn.flags(
            enabled=True, deterministic=True, benchmark=False, allow_tf32=tf32
        ),
        float32_products("high" if tf32 else "highest"),
    ):
        if seed is not None:
            torch.manual_seed(seed)
        yield


@contextmanager
def float32_products(digits: str) -> Iterator[None]:
    """Compute float32 products in float32 ("highest") or TF32 ("high"); weights are float32."""
    default = torch.get_default_dtype()
    try:
        products = torch.get_float32_matmul_precision()
    except RuntimeError:  # set through torch's newer names, backend by backend: left as it is
        products = None
    torch.set_default_dtype(torch.float32)
    if products is not None:
        torch.set_float32_matmul_precision(digits)
    try:
        yield
    finally:
        torch.set_default_dtype(default)
        if products is not None:
            torch.set_float32_matmul_precision(products)
