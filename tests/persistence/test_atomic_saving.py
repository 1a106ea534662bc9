import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import joblib
import pytest

from sk_hyperimage.persistence import load_model, save_model

pytest.importorskip("skops")
pytest.importorskip("safetensors")

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from saved_models import brisque, two_steps  # noqa: E402


@contextmanager
def files_of_at_most(n_bytes):
    """Have the operating system refuse to write more into any file."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.6, 0.9, 0.999])
def test_failing_in_the_middle_leaves_the_old_file(share, tmp_path):
    path, other = tmp_path / "saved.model", tmp_path / "other.model"
    old = brisque()
    new = two_steps()
    save_model(old, path)
    save_model(new, other)
    n_bytes = other.stat().st_size
    with files_of_at_most(int(share * n_bytes)), pytest.raises(OSError, match="large"):
        save_model(new, path)
    assert joblib.hash(load_model(path)) == joblib.hash(old)
    assert sorted(tmp_path.iterdir()) == [other, path]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        save_model(brisque(), tmp_path / "absent" / "saved.model")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
def test_kills_leave_a_whole_file(tmp_path):
    done = subprocess.run(
        [sys.executable, HERE / "saving_kills.py", tmp_path, "8"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("8 kills")
