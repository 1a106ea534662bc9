"""Splitting images into parts that share no reference, and evaluating models on many splits."""

from sk_hyperimage.model_selection._protocol import cross_validate_quality
from sk_hyperimage.model_selection._protocol_result import ProtocolResult
from sk_hyperimage.model_selection._reference_split import ReferenceShuffleSplit
from sk_hyperimage.model_selection._splits_file import load_splits, save_splits

__all__ = [
    "ProtocolResult",
    "ReferenceShuffleSplit",
    "cross_validate_quality",
    "load_splits",
    "save_splits",
]
