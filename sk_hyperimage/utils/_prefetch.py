"""Results computed in a few threads, a little ahead of what waits for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from sk_hyperimage.utils._threads import torch_threads

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def prefetched(
    function: Callable[[Argument], Result], arguments: Iterable[Argument], n_threads: int = 1
) -> Iterator[Result]:
    """Results of a function in the order of its arguments, up to two per thread ahead.

    Parameters
    ----------
    function : callable
        Decoding, cutting and tensor operations release Python's lock, so threads work side by
        side. What torch does in one of them takes one core.
    arguments : iterable
    n_threads : int, default=1
        With more than one, `function` must bear being called twice at a time.
    """
    import torch

    pool = ThreadPoolExecutor(n_threads, initializer=torch.set_num_threads, initargs=(1,))
    remaining = iter(arguments)
    waiting: deque[Future[Result]] = deque()
    with torch_threads():  # threads born later begin with what was set last
        try:
            while True:
                ahead = islice(remaining, 2 * n_threads + 1 - len(waiting))
                waiting.extend(pool.submit(function, argument) for argument in ahead)
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
