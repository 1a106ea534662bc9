"""Errors that say what they are about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def errors_named(what: str) -> Iterator[None]:
    """Begin the message of a ValueError with what it is about, such as the name of an image."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from error
