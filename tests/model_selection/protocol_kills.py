"""Run a protocol in processes killed at random, as ``protocol_kills.py {quality,splits} FOLDER``.

Every life is forked from this process, which has imported all that it needs and started no thread.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import protocol_models

N_SPLITS = 90
N_KILLS = 50


def quality(folder, seconds=0.02, n_splits=N_SPLITS):
    return protocol_models.run(
        protocol_models.PatientRegressor(seconds, log=folder / "fits.log"),
        kind=protocol_models.KINDS,
        cv=n_splits,
        store=folder / "store",
    ).table()


def splits(folder, seconds=0.02, n_splits=N_SPLITS):
    return protocol_models.scores(
        protocol_models.PatientRegressor(seconds, log=folder / "fits.log"),
        scoring=["r2", "neg_max_error"],
        cv=n_splits,
        store=folder / "store",
    )


def write_table(run, folder, **arguments):
    (folder / "table.txt").write_text(repr(run(folder, **arguments)))


def live(run, folder, seconds):
    """Whether a process that runs the protocol ended by itself within so many seconds."""
    child = os.fork()
    if child == 0:
        write_table(run, folder)
        os._exit(0)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


if __name__ == "__main__":
    run, folder = globals()[sys.argv[1]], Path(sys.argv[2])
    np.set_printoptions(threshold=sys.maxsize, floatmode="unique")
    kills = 0
    # So short a life finishes two splits at most, most lives none, and all of them not all.
    while kills < N_KILLS and not live(run, folder, random.uniform(0, 0.05)):
        kills += 1
    while not live(run, folder, 60):
        pass
    print(kills)
