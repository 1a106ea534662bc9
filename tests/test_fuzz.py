"""A few hundred malformed images and arguments; `python tests/fuzz` runs thousands."""

import logging
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from fuzz.run import CASES, run_cases  # noqa: E402


@pytest.fixture(autouse=True)
def quiet_tifffile():
    logging.getLogger("tifffile").disabled = True
    yield
    logging.getLogger("tifffile").disabled = False


@pytest.mark.parametrize("kind", CASES)
def test_odd_input_ends_in_a_result_or_a_documented_exception(kind, tmp_path):
    counts, failures = run_cases(60, seed=0, folder=tmp_path, kinds=[kind])
    assert not failures, "\n".join(failures)
    assert counts[kind].total() == 60
    # Cases that all end alike would try little.
    assert counts[kind]["result"] > 0
    assert counts[kind]["ValueError"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", CASES)
def test_thousands_of_odd_inputs(kind, tmp_path):
    _, failures = run_cases(1000, seed=1, folder=tmp_path, kinds=[kind])
    assert not failures, "\n".join(failures)
