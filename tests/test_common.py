"""scikit-learn's own checks, on every estimator, with nothing expected to fail.

`python tests/test_common.py` counts them.
"""

import sys
import warnings
from collections import Counter
from pathlib import Path

import pytest
from sklearn.utils.estimator_checks import (
    check_estimator,
    check_param_validation,
    check_set_output_transform,
    parametrize_with_checks,
)

sys.path.insert(0, str(Path(__file__).parent))
from common import ESTIMATORS, SLOW_ESTIMATORS  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # the checks provoke warnings of all kinds


@parametrize_with_checks(ESTIMATORS)
def test_estimator_honours_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(SLOW_ESTIMATORS)
def test_slow_estimator_honours_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", ESTIMATORS + SLOW_ESTIMATORS, ids=lambda e: type(e).__name__)
def test_invalid_parameters_are_refused_by_name(estimator):
    check_param_validation(type(estimator).__name__, estimator)


# Those whose output has columns that a data frame could name.
NAMING = [estimator for estimator in ESTIMATORS if hasattr(estimator, "set_output")]


@pytest.mark.parametrize("transformer", NAMING, ids=lambda e: type(e).__name__)
def test_set_output_leaves_values_alone(transformer):
    check_set_output_transform(type(transformer).__name__, transformer)


def count_checks():
    """Run the checks of scikit-learn one estimator at a time and print how they end."""
    total = Counter()
    for estimator in ESTIMATORS + SLOW_ESTIMATORS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = check_estimator(estimator, on_fail=None, on_skip=None)
        counts = Counter(result["status"] for result in results)
        total += counts
        print(f"{type(estimator).__name__:26}{len(results):4} checks: {dict(counts)}")
        for result in results:
            if result["status"] != "passed":
                print(f"    {result['status']} {result['check_name']}: {result['exception']}")
    print(f"{len(ESTIMATORS + SLOW_ESTIMATORS)} estimators, {total.total()} checks: {dict(total)}")
    return total["failed"] + total["xfail"]


if __name__ == "__main__":
    sys.exit(count_checks() > 0)
