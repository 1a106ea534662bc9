"""Public names and versions of packages, for files."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGE = "sk_hyperimage"

# Packages whose releases may change the last bits of a result.
PACKAGES = ("sk-hyperimage", "scikit-learn", "torch", "skorch", "numpy", "scipy")


def public_name(item: Any) -> str:
    """Full name of a class or function, by the room that exports it.

    So files stay valid if it moves to another module. Anything that no room exports is named by
    the module that defines it.
    """
    module, name = item.__module__, item.__qualname__
    if module is not None and module.startswith(f"{PACKAGE}."):
        room = ".".join(module.split(".")[:2])
        if getattr(import_module(room), name, None) is item:
            module = room
    return f"{module}.{name}"


@cache
def versions() -> dict[str, str]:
    """Versions of the packages that results depend on."""
    return {package: _version(package) for package in PACKAGES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
