"""Splitting images into parts that share no reference."""

from sk_hyperimage.model_selection._reference_split import ReferenceShuffleSplit

__all__ = ["ReferenceShuffleSplit"]
