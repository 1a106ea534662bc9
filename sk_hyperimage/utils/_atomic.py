"""Files that are complete or absent, even if a process is killed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


def write_atomically(path: str | os.PathLike, write: Callable[[BinaryIO], object]) -> None:
    """Write a file under another name beside `path`, then rename it.

    Parameters
    ----------
    path : str or path-like
        Replaced if it exists. A reader sees the old file or the new one, never a part of one; a
        killed process leaves at most a hidden ``.tmp`` file behind.
    write : callable
        Function of the open binary file.
    """
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        with open(unfinished, "xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave the name without the content
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
