"""Processes that serve a model: those that the page "Serving a model" recommends."""

import subprocess
import sys

import numpy as np
import pytest

from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import save_model

SERVER = """
import multiprocessing, sys
import numpy as np
from sk_hyperimage.persistence import load_model

IMAGES = np.random.default_rng(0).random((6, 8, 8), dtype=np.float32)

def predict(path, results):
    results.put(load_model(path).predict(IMAGES).tolist())

if __name__ == "__main__":
    method, path = sys.argv[1:]
    context = multiprocessing.get_context(method)
    if method == "spawn":
        load_model(path).predict(IMAGES)  # a forked process would wait for ever after this
    results = context.Queue()
    process = context.Process(target=predict, args=(path, results))
    process.start()
    print(results.get(timeout=300))
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    images = np.random.default_rng(0).random((20, 8, 8), dtype=np.float32)
    network = CNNRegressor("C(4) MP(8) FC(4) FC(1,linear)", max_epochs=1, random_state=0)
    path = tmp_path_factory.mktemp("server") / "brightness.model"
    save_model(network.fit(images, images.mean(axis=(1, 2))), path)
    return path


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_processes_that_load_the_model_themselves_predict(method, path, tmp_path):
    if sys.platform == "win32" and method == "fork":
        pytest.skip("this system does not fork")
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    done = subprocess.run(
        [sys.executable, script, method, path], capture_output=True, text=True, timeout=400
    )
    assert done.returncode == 0, done.stderr
    assert len(eval(done.stdout)) == 6
