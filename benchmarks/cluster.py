"""Splits on a Dask cluster: what is sent, what two workers gain, and what a lost one costs.

The cluster is real, a scheduler and two worker processes of this machine with a core each. Splits
are run by the resumable protocol and by scikit-learn's grid search, each with 100 splits of 2
models.

Bytes are all that the workers receive, from the scheduler, the caller or each other: each worker
counts what it reads from its sockets, at the one place where tornado, which carries Dask's
connections, reads them. So the bytes of a fit are its task and its share of what is sent once.
"""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import joblib
import numpy as np
from _measure import ONE_CORE, Comparison, faster, show
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVR

from sk_hyperimage.feature_extraction import BrisqueFeatures
from sk_hyperimage.model_selection import ReferenceShuffleSplit, cross_validate_splits

N_REFERENCES, N_VERSIONS, SIDE = 8, 2, 128
N_SPLITS = 100
MODELS = [Ridge(), SVR()]
N_FITS = N_SPLITS * len(MODELS)
SCORING = "neg_mean_absolute_error"


class Logged(TransformerMixin, BaseEstimator):
    """Passes images on; every fit adds its process to a file."""

    def __init__(self, log):
        self.log = log

    def fit(self, X, y=None):
        """Write down that a fit begins."""
        with open(self.log, "a") as log:
            log.write(f"{os.getpid()}\n")
        return self

    def transform(self, X):
        """The same images."""
        return X


class Cluster:
    """A scheduler, its workers, and a client, in a context."""

    def __init__(self, folder):
        self.file = str(folder / "scheduler.json")
        self.processes = []

    def __enter__(self):
        from distributed import Client

        self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0")
        try:
            self.client = Client(scheduler_file=self.file, timeout=60)
        except OSError:
            self._kill()
            raise
        return self

    def __exit__(self, *error):
        self.client.close()
        self._kill()

    def _kill(self):
        for process in self.processes:
            process.kill()
            process.wait()

    def _start(self, command, *arguments):
        here = [str(Path(__file__).parent), *filter(None, sys.path)]
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{command}", "--scheduler-file", self.file]
            + ["--no-dashboard", *arguments],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(here)},
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)

    def have_two_workers(self):
        """Start those that are missing, and count what they receive."""
        for _ in range(2 - len(self.client.scheduler_info()["workers"])):
            self._start("dask_worker", "--nthreads", "1", "--no-nanny", "--death-timeout", "60")
        self.client.wait_for_workers(2, timeout=60)
        self.client.run(count_bytes)

    def n_bytes(self):
        """Bytes that all workers have received."""
        return sum(self.client.run(bytes_received).values())


def count_bytes(dask_worker):
    """Have a worker count what it reads from its sockets."""
    from tornado.iostream import IOStream

    if hasattr(dask_worker, "bytes_received"):
        return
    dask_worker.bytes_received = 0
    read = IOStream.read_from_fd

    def counted(stream, buffer):
        n_bytes = read(stream, buffer)
        dask_worker.bytes_received += n_bytes or 0
        return n_bytes

    IOStream.read_from_fd = counted


def bytes_received(dask_worker):
    """What a worker has read since then."""
    return dask_worker.bytes_received


class Data:
    """Images, as arrays and as paths of files, with their scores, references and splits."""

    def __init__(self, folder):
        from skimage.io import imsave

        rng = np.random.default_rng(0)
        n_images = N_REFERENCES * N_VERSIONS
        self.arrays = rng.integers(0, 256, (n_images, SIDE, SIDE, 3), dtype=np.uint8)
        self.paths = np.array([str(folder / f"{index:03}.png") for index in range(n_images)])
        for path, array in zip(self.paths, self.arrays, strict=True):
            imsave(path, array, check_contrast=False)
        self.scores = rng.random(n_images)
        self.references = np.repeat(np.arange(N_REFERENCES), N_VERSIONS)
        self.cv = ReferenceShuffleSplit(n_splits=N_SPLITS, random_state=0)
        self.splits = list(self.cv.split(groups=self.references))


def protocol(X, data, log, **backend):
    """Scores of all fits by the resumable protocol."""
    with joblib.parallel_config(**backend):
        results = [
            cross_validate_splits(
                make_pipeline(Logged(log), BrisqueFeatures(), model),
                X,
                data.scores,
                groups=data.references,
                cv=data.cv,
                scoring=SCORING,
            )
            for model in MODELS
        ]
    return [result["test_score"] for result in results]


def grid_search(X, data, log, **backend):
    """Scores of all fits by a grid search over the models."""
    # What all workers hold is not lost with one of them.
    everything = [X, data.scores, *chain(*data.splits)]
    pipeline = Pipeline([("log", Logged(log)), ("features", BrisqueFeatures()), ("model", None)])
    search = GridSearchCV(
        pipeline, {"model": MODELS}, cv=data.splits, scoring=SCORING, refit=False
    )
    with joblib.parallel_config(**backend, scatter=everything):
        results = search.fit(X, data.scores).cv_results_
    return np.transpose([results[f"split{split}_test_score"] for split in range(N_SPLITS)])


def kill_in_the_middle(processes, log):
    """Kill the first worker that has begun a quarter of all fits."""
    victims = []
    while not victims:
        time.sleep(0.01)
        begun = log.read_text().split() if log.exists() else []
        victims = [p for p in processes if begun.count(str(p.pid)) >= N_FITS // 4]
    victims[0].send_signal(signal.SIGKILL)


def measure(name, run, n_calls, data, cluster, folder):
    """Lines on one way to run the splits, in so many calls that share nothing, and seconds."""
    logs = {case: folder / f"{name} {case}.log" for case in ("whole", "lost")}
    cluster.have_two_workers()
    found, n_bytes = {}, {}
    # Arrays come first: the workers are then warm when they are timed.
    for case, X in (("arrays", data.arrays), ("paths", data.paths)):
        before, started = cluster.n_bytes(), time.perf_counter()
        found[case] = run(X, data, logs["whole"], backend="dask")
        seconds = time.perf_counter() - started
        n_bytes[case] = cluster.n_bytes() - before

    arguments = cluster.processes, logs["lost"]
    killer = threading.Thread(target=kill_in_the_middle, args=arguments, daemon=True)
    killer.start()
    found["lost"] = run(data.paths, data, logs["lost"], backend="dask")
    killer.join()
    for case in ("arrays", "lost"):
        np.testing.assert_array_equal(found[case], found["paths"])

    n_begun = len(logs["lost"].read_text().split())
    of_data = n_bytes["arrays"] - n_bytes["paths"]
    once = 2 * n_calls * data.arrays.nbytes
    return seconds, [
        Comparison(
            f"bytes sent for a fit, {name}",
            f"paths: {n_bytes['paths'] / N_FITS / 1e3:.1f} kB",
            f"arrays: {n_bytes['arrays'] / N_FITS / 1e3:.1f} kB",
            n_bytes["paths"] / n_bytes["arrays"],
            "of it",
        ),
        Comparison(
            f"arrays sent for {N_FITS} fits, {name}",
            f"{of_data / 1e6:.2f} MB",
            f"once to each worker and call: {once / 1e6:.2f} MB",
            of_data / once,
            "x",
            "<= 1.1",
        ),
        Comparison(
            f"one of two workers killed, {name}",
            f"{n_begun} fits begun, the same bits",
            f"{N_FITS} fits",
            n_begun / N_FITS,
            "x",
            "<= 1.05",
        ),
    ]


def lines():
    """All lines, measured in this process and its environment."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = Data(folder)
        with Cluster(folder) as cluster:
            of_protocol, found = measure(
                "the protocol", protocol, len(MODELS), data, cluster, folder
            )
            cluster.client.amm.stop()  # it would take back copies that joblib has made
            of_search, further = measure("a grid search", grid_search, 1, data, cluster, folder)
        started = time.perf_counter()
        protocol(data.paths, data, folder / "here.log")
        here = time.perf_counter() - started
    seconds = {
        "the protocol on two workers": of_protocol,
        "a grid search on two workers": of_search,
        "one process": here,
    }
    name = f"{N_SPLITS} splits of {len(MODELS)} models"
    ours, search, peer = seconds
    return [
        *found,
        *further,
        faster(name, seconds, ours, peer, ">= 1.5"),
        faster(name, seconds, search, peer),
    ]


def compare():
    if not importlib.util.find_spec("distributed"):
        print("Dask is not installed and is left out: pip install 'sk-hyperimage[distributed]'")
        return []
    command = [sys.executable, __file__, "lines"]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | ONE_CORE
    )
    return [Comparison(**line) for line in json.loads(done.stdout)]


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(json.dumps([asdict(line) for line in lines()]))
    else:
        show(compare())
