"""Protocols on a real scheduler and two worker processes."""

import os
import signal
import subprocess
import sys
import threading
import time
import types
from itertools import chain
from pathlib import Path

import joblib
import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, ShuffleSplit
from sklearn.pipeline import make_pipeline

from sk_hyperimage.feature_extraction import BrisqueFeatures

distributed = pytest.importorskip("distributed", reason="distributed is not installed")

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import protocol_models  # noqa: E402
from protocol_models import PatientRegressor  # noqa: E402

N_SPLITS = 16


@pytest.fixture
def cluster(tmp_path):
    """A client of a scheduler, and the processes of its two workers."""
    address_file = tmp_path / "scheduler.json"
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, sys.path)])
    }

    def start(command, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + command]
            + ["--scheduler-file", str(address_file), "--no-dashboard", *arguments],
            env=environment,
            cwd=tmp_path,
            stderr=subprocess.DEVNULL,
        )

    processes = [start("dask_scheduler", "--host", "127.0.0.1", "--port", "0")]
    processes += [start("dask_worker", "--nthreads", "1", "--no-nanny") for _ in range(2)]
    try:
        with distributed.Client(scheduler_file=str(address_file), timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
            yield client, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def run(model, **arguments):
    return protocol_models.run(model, cv=N_SPLITS, kind=protocol_models.KINDS, **arguments)


class Killer(threading.Thread):
    """Kills the first worker in its seventh fit."""

    def __init__(self, workers, log):
        super().__init__(daemon=True)
        self.workers = workers
        self.log = log
        self.start()

    def run(self):
        victims = []
        while not victims:
            time.sleep(0.01)
            begun = self.log.read_text().split() if self.log.exists() else []
            victims = [worker for worker in self.workers if begun.count(str(worker.pid)) > 6]
        time.sleep(0.05)
        victims[0].send_signal(signal.SIGKILL)


def test_killed_worker_changes_no_digit_and_failures_are_raised(cluster, tmp_path, monkeypatch):
    client, workers = cluster
    log = tmp_path / "fits.log"
    model = PatientRegressor(0.2, log)
    killer = Killer(workers, log)
    with joblib.parallel_config(backend="dask"):
        scattered = run(model, store=tmp_path / "store")
    killer.join(60)
    begun_by = log.read_text().split()
    # Of six splits that the worker had finished few, if any, were still to be fetched.
    assert N_SPLITS <= len(begun_by) <= N_SPLITS + 3
    assert len(client.scheduler_info()["workers"]) == 1

    here = run(PatientRegressor(0, tmp_path / "here.log"))
    assert scattered.table() == here.table()
    for one, two in zip(
        scattered.predictions["predict"], here.predictions["predict"], strict=True
    ):
        np.testing.assert_array_equal(one, two)
    with joblib.parallel_config(backend="dask"):
        scores = protocol_models.scores(scoring=["r2", "neg_max_error"])
    for name, values in protocol_models.scores(scoring=["r2", "neg_max_error"]).items():
        np.testing.assert_array_equal(scores[name], values)
    resumed = run(model, store=tmp_path / "store")  # now on this machine
    assert resumed.table() == here.table()
    assert log.read_text().split() == begun_by

    # None of what can go wrong on a worker is waited for.
    module = types.ModuleType("only_here")
    module.Model = type("Model", (Ridge,), {"__module__": "only_here"})
    monkeypatch.setitem(sys.modules, "only_here", module)
    with joblib.parallel_config(backend="dask"):
        with pytest.raises(ModuleNotFoundError, match="only_here"):
            run(module.Model())
        with pytest.raises(ZeroDivisionError) as caught:
            run(Ridge(), methods={"bad": divide_by_zero})
        assert "split" in caught.value.__notes__[0]
        client.run_on_scheduler(allow_no_failure)
        with pytest.raises(distributed.KilledWorker, match="split"):
            run(Ridge(), methods={"fatal": end_process})


def test_grid_search_by_path_survives_a_killed_worker_with_the_same_scores(cluster, tmp_path):
    client, workers = cluster
    rng = np.random.default_rng(0)
    paths = np.array([str(tmp_path / f"{index:02}.png") for index in range(20)])
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (32, 32), dtype=np.uint8)).save(path)
    target, splits = rng.random(20), list(ShuffleSplit(10, random_state=0).split(paths))

    def search(log):
        model = make_pipeline(BrisqueFeatures(), PatientRegressor(log=log))
        grid = {"patientregressor__seconds": [0.1, 0.11]}
        return GridSearchCV(model, grid, cv=splits, refit=False).fit(paths, target).cv_results_

    log = tmp_path / "fits.log"
    killer = Killer(workers, log)
    client.amm.stop()
    everything = [paths, target, *chain(*splits)]
    with joblib.parallel_config(backend="dask", scatter=everything):
        scattered = search(log)
    killer.join(60)
    assert len(client.scheduler_info()["workers"]) == 1
    here = search(tmp_path / "here.log")
    for name in [name for name in here if name.endswith("test_score")]:
        np.testing.assert_array_equal(scattered[name], here[name])


def divide_by_zero(model, X):
    return 1 / 0


def end_process(model, X):
    os._exit(1)


def allow_no_failure(dask_scheduler):
    dask_scheduler.allowed_failures = 0
