"""Cost of importing the package beside the cost of importing scikit-learn.

Run as ``python benchmarks/import_time.py``. Each import runs in processes of its own, alternating,
and the medians of what ``python -X importtime`` says are compared.
"""

import re
import subprocess
import sys
from statistics import median

ROOMS = (
    "architectures, datasets, ensemble, feature_extraction, metrics, model_selection, "
    "neural_network, preprocessing"
)
STATEMENTS = {
    "scikit-learn": "import sklearn",
    # What anyone who calls these estimators imports from scikit-learn anyway.
    "its parts in use": "import sklearn.base, sklearn.pipeline, sklearn.model_selection",
    "the package": "import sk_hyperimage",
    "all its rooms": f"from sk_hyperimage import {ROOMS}",
}
REPEATS = 7


def import_seconds(statement):
    """Seconds that the imports of a statement take, summed over top-level modules."""
    done = subprocess.run(
        [
            sys.executable,
            "-X",
            "importtime",
            "-c",
            f"print(file=__import__('sys').stderr); {statement}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    after_start = done.stderr.split("\n\n", 1)[1]
    top_level = re.findall(r"^import time:\s+\d+ \|\s+(\d+) \| \S", after_start, re.MULTILINE)
    return sum(map(int, top_level)) / 1e6


def main():
    seconds = {name: [] for name in STATEMENTS}
    for _ in range(REPEATS):
        for name, statement in STATEMENTS.items():
            seconds[name].append(import_seconds(statement))
    peer = median(seconds["scikit-learn"])
    for name, values in seconds.items():
        value = median(values)
        print(f"{name:16} {value:.3f} s, {value - peer:+.3f} s, {value / peer:.2f} x scikit-learn")


if __name__ == "__main__":
    main()
