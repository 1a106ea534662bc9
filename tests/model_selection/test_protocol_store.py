import json
import os
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GroupShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sk_hyperimage.model_selection import ReferenceShuffleSplit, cross_validate_quality
from sk_hyperimage.neural_network import CNNRegressor

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import protocol_kills  # noqa: E402
from protocol_models import KINDS, PatientRegressor, X, Y, double, fits, run  # noqa: E402


def test_finished_splits_are_not_run_again(tmp_path):
    model = PatientRegressor(log=tmp_path / "fits.log")
    first = run(model, cv=3, store=tmp_path / "a" / "store")
    again = run(model, cv=3, store=tmp_path / "a" / "store", kind=KINDS)
    assert fits(tmp_path) == 3
    assert again.table()[:5] == first.table()
    more = run(model, cv=5, store=tmp_path / "a" / "store")
    assert fits(tmp_path) == 5
    for index in range(3):
        np.testing.assert_array_equal(
            more.predictions["predict"][index], first.predictions["predict"][index]
        )


@pytest.mark.parametrize("protocol", ["quality", "splits"])
def test_fifty_kills_lose_at_most_the_split_in_progress_and_change_no_digit(protocol, tmp_path):
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    run = getattr(protocol_kills, protocol)
    with np.printoptions(threshold=sys.maxsize, floatmode="unique"):
        protocol_kills.write_table(run, tmp_path / "whole", seconds=0)
    done = subprocess.run(
        [sys.executable, HERE / "protocol_kills.py", protocol, tmp_path / "killed"],
        capture_output=True,
        text=True,
        check=True,
    )
    table = (tmp_path / "killed" / "table.txt").read_bytes()
    assert table == (tmp_path / "whole" / "table.txt").read_bytes()
    kills = int(done.stdout)
    assert kills == protocol_kills.N_KILLS
    assert protocol_kills.N_SPLITS <= fits(tmp_path / "killed") <= protocol_kills.N_SPLITS + kills


def test_two_runs_on_one_store_at_once_do_not_disturb_each_other(tmp_path):
    tables = joblib.Parallel(2)(joblib.delayed(table_of_a_run)(tmp_path) for _ in range(2))
    again = table_of_a_run(tmp_path)
    assert tables == [again, again]
    assert 20 <= fits(tmp_path) <= 40


def table_of_a_run(folder):
    return protocol_kills.quality(folder, n_splits=20)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": Ridge(2.0)}, "estimator.alpha was 1.0 and is 2.0"),
        ({"model": LinearRegression()}, "estimator.class was .*Ridge"),
        ({"X": X + 1e-9}, r"data\.X"),
        ({"y": Y[::-1]}, r"data\.y"),
        ({"methods": {"predict": double}}, "methods"),
    ],
)
def test_store_of_another_run_is_refused_and_left_alone(change, message, tmp_path):
    run(store=tmp_path, cv=1)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match=message):
        run(**({"cv": 2, "store": tmp_path} | change))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_store_of_another_version_is_refused(tmp_path):
    run(store=tmp_path, cv=1)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    manifest["versions"]["scikit-learn"] = "0.1"
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=r"versions.scikit-learn was 0\.1 and is"):
        run(store=tmp_path, cv=1)


@pytest.mark.filterwarnings("ignore::sk_hyperimage.metrics.LogisticFitWarning")
def test_changed_metadata_and_changed_files_are_refused(tmp_path, photo_files):
    def run_files(targets):
        model = FileModel().set_fit_request(patch_targets=True)
        return cross_validate_quality(
            model,
            photo_files,
            np.arange(6.0),
            groups=None,
            cv=[([0, 1], [2, 3], [4, 5])],
            params={"patch_targets": targets},
            store=tmp_path / "store",
        )

    with sklearn.config_context(enable_metadata_routing=True):
        run_files(np.zeros(6))
        run_files(np.zeros(6))
        with pytest.raises(ValueError, match=r"data\.patch_targets"):
            run_files(np.ones(6))
        os.utime(photo_files[5], (0, 0))
        with pytest.raises(ValueError, match=r"data\.X"):
            run_files(np.zeros(6))


class FileModel(RegressorMixin, BaseEstimator):
    def fit(self, X, y, patch_targets=None):
        self.n_ = len(X)
        return self

    def predict(self, X):
        return np.array([path.stat().st_size for path in X])


def test_what_does_not_change_results_may_change(tmp_path):
    def model(n_jobs, memory):
        return make_pipeline(StandardScaler(), LinearRegression(n_jobs=n_jobs), memory=memory)

    first = run(model(None, None), store=tmp_path / "store")
    assert run(model(1, str(tmp_path / "m")), store=tmp_path / "store").table() == first.table()


def test_fitted_and_written_parameters_are_told_apart(tmp_path):
    def frozen(alpha):
        return FrozenEstimator(Ridge(alpha).fit(X, Y))

    run(frozen(1.0), store=tmp_path / "a")
    run(frozen(1.0), store=tmp_path / "a")
    with pytest.raises(ValueError, match="estimator was"):
        run(frozen(2.0), store=tmp_path / "a")
    run(make_pipeline(FunctionTransformer(np.tanh), Ridge()), store=tmp_path / "b")
    with pytest.raises(ValueError, match="func"):
        run(make_pipeline(FunctionTransformer(np.sin), Ridge()), store=tmp_path / "b")


def test_networks_are_told_apart_by_their_weights(tmp_path):
    import torch

    def network(seed):
        torch.manual_seed(seed)
        module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 1))
        return CNNRegressor(module, max_epochs=1, random_state=0)

    run(network(0), cv=1, store=tmp_path)
    run(network(0), cv=1, store=tmp_path)
    with pytest.raises(ValueError, match="layers was"):
        run(network(1), cv=1, store=tmp_path)


@pytest.mark.parametrize("damage", [lambda b: b[:-30], lambda b: b[:200] + b"?" + b[201:]])
def test_damaged_split_file_is_named(damage, tmp_path):
    run(store=tmp_path, cv=1)
    (path,) = tmp_path.glob("split-*")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=rf"{path.name}.*is damaged.*delete it"):
        run(store=tmp_path, cv=1)


def test_split_file_of_another_store_is_refused(tmp_path):
    run(store=tmp_path / "a", cv=1)
    run(Ridge(3.0), store=tmp_path / "b", cv=1)
    (path,) = (tmp_path / "a").glob("split-*")
    (tmp_path / "b" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match="written by another model"):
        run(Ridge(3.0), store=tmp_path / "b", cv=1)


def test_splits_that_change_every_time_cannot_be_stored(tmp_path):
    for cv in (ReferenceShuffleSplit(2), GroupShuffleSplit(2)):
        with pytest.raises(ValueError, match="random_state"):
            run(cv=cv, store=tmp_path)
