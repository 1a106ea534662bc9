"""The API reference, from one table: rooms, and the names that each shows."""

import importlib

ROOMS = [
    "preprocessing",
    "feature_extraction",
    "neural_network",
    "ensemble",
    "forensics",
    "metrics",
    "model_selection",
    "datasets",
]


def write(path):
    """Write the reference page."""
    lines = ["API reference", "=============", ""]
    for room in ROOMS:
        module = importlib.import_module(f"sk_hyperimage.{room}")
        lines += [room, "-" * len(room), "", module.__doc__.strip(), ""]
        lines += [f".. currentmodule:: sk_hyperimage.{room}", "", ".. autosummary::"]
        lines += ["   :toctree: generated/", ""]
        lines += [f"   {name}" for name in module.__all__] + [""]
    lines += ["architectures", "-------------", "", ".. automodule:: sk_hyperimage.architectures"]
    lines += ["", ".. literalinclude:: ../sk_hyperimage/architectures.py", "   :lines: 10-", ""]
    path.write_text("\n".join(lines))
