"""Threads: their number in torch for a while, and some that compute results in advance."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")


@contextmanager
def torch_threads(n_threads: int | None = None) -> Iterator[None]:
    """Let torch use `n_threads` threads, if given, and restore their number afterwards."""
    import torch

    found = torch.get_num_threads()
    if n_threads is not None:
        torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(found)


def prefetched(
    function: Callable[[Argument], Result], arguments: Iterable[Argument], n_threads: int = 1
) -> Iterator[Result]:
    """Results of a function in the order of its arguments, up to two per thread ahead.

    Parameters
    ----------
    function : callable
        Decoding, cutting and tensor operations release Python's lock, so threads run in parallel.
        In each of them torch uses one core.
    arguments : iterable
    n_threads : int, default=1
        With more than one, `function` must be thread-safe.
    """
    import torch

    pool = ThreadPoolExecutor(n_threads, initializer=torch.set_num_threads, initargs=(1,))
    remaining = iter(arguments)
    waiting: deque[Future[Result]] = deque()
    with torch_threads():  # later threads start with the number that was set last
        try:
            while True:
                ahead = islice(remaining, 2 * n_threads + 1 - len(waiting))
                waiting.extend(pool.submit(function, argument) for argument in ahead)
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
