"""Names of code that files hold: public names, and versions of packages."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGE = "sk_hyperimage"

# A release of one of these may change the last bits of a result.
PACKAGES = ("sk-hyperimage", "scikit-learn", "torch", "skorch", "numpy", "scipy")


def public_name(item: Any) -> str:
    """Full name of a class or function, by the room that exports it.

    Files that hold it outlive a move to another module. What no room of this package exports goes
    by the module that defines it.
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
