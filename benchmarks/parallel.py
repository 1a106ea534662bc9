"""Splits run by two workers with a core each, beside one after the other on one core."""

import json
import os
import subprocess
import sys

from _measure import ONE_CORE, faster, in_turns, show

ONE, TWO = "n_jobs=1", "n_jobs=2"


def seconds():
    """Median times of four splits."""
    import numpy as np

    from sk_hyperimage import architectures as arch
    from sk_hyperimage.ensemble import HyperImageRegressor
    from sk_hyperimage.feature_extraction import PatchExtractor
    from sk_hyperimage.model_selection import cross_validate_splits
    from sk_hyperimage.neural_network import CNNRegressor

    images = np.random.default_rng(0).random((32, 128, 128), dtype=np.float32)
    once = {"max_epochs": 1, "early_stopping": False, "device": "cpu"}
    model = HyperImageRegressor(
        "passthrough",
        PatchExtractor(patch_size=32, overlap=0.5),
        CNNRegressor(arch.KANG2014, **once),
        CNNRegressor("C(16) MP(2) FC(32) FC(1,linear)", **once),
        random_state=0,
    )

    def run(n_jobs):
        cross_validate_splits(model, images, np.arange(32.0), cv=4, n_jobs=n_jobs)

    return in_turns({ONE: lambda: run(1), TWO: lambda: run(2)}, repeats=3)


def compare():
    command = [sys.executable, __file__, "seconds"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | ONE_CORE
    )
    target = ">= 1.5" if (os.cpu_count() or 1) > 1 else ""
    return [
        faster("four splits, a core a worker", json.loads(done.stdout), TWO, ONE, target=target)
    ]


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(json.dumps(seconds()))
    else:
        show(compare())
