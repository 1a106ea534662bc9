from ._comparison import compare_scores as compare_scores
from ._cross_validate import cross_validate_splits as cross_validate_splits
from ._proposed_groups import propose_groups as propose_groups
from ._quality import cross_validate_quality as cross_validate_quality
from ._quality_result import QualityResult as QualityResult
from ._reference_split import ReferenceShuffleSplit as ReferenceShuffleSplit
from ._splits_file import load_splits as load_splits
from ._splits_file import save_splits as save_splits
