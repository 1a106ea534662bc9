"""Run a protocol in processes that are killed at random moments, as ``protocol_kills.py FOLDER``.

Every life is forked from this process, which has imported all that it needs and started no thread.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import protocol_models

N_SPLITS = 90
N_KILLS = 50


def run(folder, seconds=0.02, n_splits=N_SPLITS):
    return protocol_models.run(
        protocol_models.PatientRegressor(seconds, log=folder / "fits.log"),
        distortion=protocol_models.KINDS,
        cv=n_splits,
        store=folder / "store",
    )


def live(folder, seconds):
    """Whether a process that runs the protocol ended by itself within so many seconds."""
    child = os.fork()
    if child == 0:
        run(folder).to_csv(folder / "table.csv")
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
    folder = Path(sys.argv[1])
    kills = 0
    # So short a life finishes two splits at most, most lives none, and all of them not all.
    while kills < N_KILLS and not live(folder, random.uniform(0, 0.05)):
        kills += 1
    while not live(folder, 60):
        pass
    print(kills)
