"""Errors that say what they are about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def errors_named(what: str, *kinds: type[Exception]) -> Iterator[None]:
    """Begin errors with what they are about: ValueErrors, or other kinds, which become such."""
    caught = kinds or (ValueError,)
    try:
        yield
    except caught as error:
        raise ValueError(f"{what}: {error}") from error
