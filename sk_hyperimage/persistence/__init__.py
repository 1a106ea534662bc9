"""Fitted models in files that hold data and no code."""

from sk_hyperimage.persistence._model_file import load_model, save_model

__all__ = ["load_model", "save_model"]
