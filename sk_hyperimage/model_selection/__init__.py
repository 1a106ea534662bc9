"""Splitting images into parts that share no reference, and evaluating models on many splits."""

from sk_hyperimage.model_selection._comparison import compare_scores
from sk_hyperimage.model_selection._cross_validate import cross_validate_splits
from sk_hyperimage.model_selection._proposed_groups import propose_groups
from sk_hyperimage.model_selection._quality import cross_validate_quality
from sk_hyperimage.model_selection._quality_result import QualityResult
from sk_hyperimage.model_selection._reference_split import ReferenceShuffleSplit
from sk_hyperimage.model_selection._splits_file import load_splits, save_splits

__all__ = [
    "QualityResult",
    "ReferenceShuffleSplit",
    "compare_scores",
    "cross_validate_quality",
    "cross_validate_splits",
    "load_splits",
    "propose_groups",
    "save_splits",
]
