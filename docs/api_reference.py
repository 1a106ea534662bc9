"""The API reference, from one table: rooms, and the names that each shows."""

import importlib

ROOMS = [
    "images",
    "distortions",
    "preprocessing",
    "feature_extraction",
    "neural_network",
    "ensemble",
    "inspection",
    "metrics",
    "model_selection",
    "persistence",
    "datasets",
]

INTRODUCTION = """\
API reference
=============

Everything public, room by room. Estimators also have the methods of every scikit-learn estimator
(``get_params``, ``set_params``, ``set_output`` of transformers, metadata requests such as
``set_fit_request``), which are not repeated on their pages.
"""


def write(path):
    """Write the reference page."""
    lines = [INTRODUCTION]
    for room in ROOMS:
        module = importlib.import_module(f"sk_hyperimage.{room}")
        lines += [room, "-" * len(room), "", f".. module:: sk_hyperimage.{room}", ""]
        lines += [module.__doc__.strip(), f"User guide: :doc:`user_guide/{room}`.", ""]
        lines += [".. autosummary::", "   :toctree: generated/", ""]
        names = [name for name in module.__all__ if callable(getattr(module, name))]
        lines += [f"   {name}" for name in names] + [""]
    lines += ["architectures", "-------------", "", ".. automodule:: sk_hyperimage.architectures"]
    lines += ["", "User guide: :doc:`user_guide/architectures`.", ""]
    for paper in ("_hyper_image", "_manipulation", "_quality"):
        lines += [
            f".. literalinclude:: ../sk_hyperimage/architectures/{paper}.py",
            "   :start-after: import Record",
            "",
        ]
    path.write_text("\n".join(lines))
