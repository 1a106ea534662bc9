"""Ctrl-C in training: it ends and keeps what has been learned, or ends all of `fit`."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Another interrupt within so many seconds is meant for the caller of training, such as a search
# over parameters, which would otherwise go on with the next network.
SECONDS_TO_INSIST = 5

_raise: ContextVar[bool] = ContextVar("interrupts_raise", default=False)
_last_kept = -math.inf


@contextmanager
def interrupts_raise(needed: bool = True) -> Iterator[None]:
    """Let interrupts of training raise KeyboardInterrupt, because more work would build on it.

    Otherwise an interrupted training keeps what it has learned, since no other work follows.
    """
    token = _raise.set(needed or _raise.get())
    try:
        yield
    finally:
        _raise.reset(token)


def check_interrupt(what: str) -> None:
    """Return if an interrupted training may keep what it has learned, else raise.

    Parameters
    ----------
    what : str
        Message of the exception.

    Raises
    ------
    KeyboardInterrupt
        If more work would build on it, or if this is the second interrupt in a short time.
    """
    global _last_kept
    now = time.monotonic()
    if _raise.get() or now - _last_kept < SECONDS_TO_INSIST:
        raise KeyboardInterrupt(what)
    _last_kept = now
