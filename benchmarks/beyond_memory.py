"""Hyper-images of four times the memory that a process may have: encoded, trained on, predicted.

The operating system refuses the process more private memory than the limit (RLIMIT_DATA), the
interpreter and all packages included. A mapped file is not private: its pages can be dropped and
read again. The peak is that of resident private memory (RssAnon), looked at every few
milliseconds.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time

from _measure import STATUS, Comparison, show, status_bytes
from parallel import ONE_CORE  # the stacks of threads are private memory, too

LIMIT = 512 * 2**20
TIMES = 4
SIDE, PATCH, OVERLAP, DEPTH = 64, 16, 0.75, 800
N_FITTED = 100  # images of which the first stage learns, for speed


def watch(peaks):
    """Keep the peak of private memory in a list, until the process ends."""
    while True:
        peaks[0] = max(peaks[0], status_bytes("RssAnon"))
        time.sleep(0.005)


def encode_train_predict(folder):
    """Bytes of the hyper-images, and of private memory at its peak."""
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    peaks = [0]
    threading.Thread(target=watch, args=(peaks,), daemon=True).start()

    import numpy as np

    from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
    from sk_hyperimage.neural_network import CNNRegressor

    once = {"max_epochs": 1, "early_stopping": False, "random_state": 0, "device": "cpu"}
    extractor = PatchExtractor(PATCH, overlap=OVERLAP)
    n_cells = np.prod(extractor.fit_transform(np.zeros((1, SIDE, SIDE))).shape[1:3])
    n_images = -(-TIMES * LIMIT // (4 * DEPTH * n_cells))
    images = np.random.default_rng(0).integers(0, 256, (n_images, SIDE, SIDE), dtype=np.uint8)
    target = images.mean(axis=(1, 2))
    grids = extractor.fit_transform(images)
    layers = f"C(8,5,1,linear,valid) MP(12) FC({DEPTH}) FC(1,linear)"
    stage_one = CNNRegressor(layers, **once)
    encoder = HyperImageEncoder(stage_one, temp_folder=folder)
    hyper_images = encoder.fit(grids[:N_FITTED], target[:N_FITTED]).transform(grids)
    stage_two = CNNRegressor("C(8) MP(2) FC(8) FC(1,linear)", **once)
    stage_two.fit(hyper_images, target).predict(hyper_images)
    return hyper_images.nbytes, peaks[0]


def compare():
    if not STATUS.exists():  # other systems do not limit, or do not tell, private memory
        return []
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, folder]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=os.environ | ONE_CORE
        )
    n_bytes, peak = json.loads(done.stdout)
    return [
        Comparison(
            f"memory of hyper-images of {n_bytes / LIMIT:.0f} x the limit, {n_bytes / 1e9:.1f} GB",
            f"peak of encoding, training and predicting: {peak / 1e9:.2f} GB",
            f"limit: {LIMIT / 1e9:.2f} GB",
            peak / LIMIT,
            "x",
            "<= 1",
        )
    ]


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(json.dumps(encode_train_predict(sys.argv[1])))
    else:
        show(compare())
