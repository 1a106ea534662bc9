"""Save models over one file in processes that are killed, as ``saving_kills.py FOLDER N_KILLS``.

After every kill the file must hold one of the two models. Every life is forked from this process,
which has imported all that it needs and started no thread.
"""

import os
import random
import signal
import sys
import time
from itertools import cycle
from pathlib import Path

import joblib
import numpy as np
from sklearn.neighbors import KNeighborsRegressor

from sk_hyperimage.persistence import load_model, save_model

# So large that a good part of a life is spent writing.
MODELS = [
    KNeighborsRegressor().fit(np.full((20_000, 20), float(value)), np.arange(20_000))
    for value in (0, 1)
]


def live_and_be_killed(path):
    child = os.fork()
    if child == 0:
        for model in cycle(MODELS):
            save_model(model, path)
    time.sleep(random.uniform(0.01, 0.2))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


if __name__ == "__main__":
    folder, n_kills = Path(sys.argv[1]), int(sys.argv[2])
    path = folder / "saved.model"
    save_model(MODELS[0], path)
    hashes = [joblib.hash(model) for model in MODELS]
    for _ in range(n_kills):
        live_and_be_killed(path)
        assert joblib.hash(load_model(path)) in hashes
    half_written = list(folder.glob(".saved.model.*.tmp"))
    print(f"{n_kills} kills, {len(half_written)} in the middle of a file")
