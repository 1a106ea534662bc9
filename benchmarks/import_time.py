"""Cost of importing the package beside the cost of importing scikit-learn.

Each import runs in processes of its own, alternating, and the medians of what
``python -X importtime`` says are compared.
"""

import re
import subprocess
import sys
from statistics import median

from _measure import Comparison, show

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
    # Rooms load a file when one of its names is first asked for; these need no torch.
    "a name of each of four rooms": (
        "from sk_hyperimage.datasets import load_tid2013; "
        "from sk_hyperimage.metrics import quality_scorers; "
        "from sk_hyperimage.model_selection import cross_validate_quality; "
        "from sk_hyperimage.preprocessing import LocalContrastNormalizer"
    ),
}
REPEATS = 7
ALLOWANCE = 0.1  # seconds above the peer


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


def compare():
    seconds = {name: [] for name in STATEMENTS}
    for _ in range(REPEATS):
        for name, statement in STATEMENTS.items():
            seconds[name].append(import_seconds(statement))
    medians = {name: median(values) for name, values in seconds.items()}
    return [
        Comparison(
            "import",
            f"{ours}: {medians[ours]:.3f} s",
            f"{other}: {medians[other]:.3f} s + {ALLOWANCE} s",
            medians[ours] / (medians[other] + ALLOWANCE),
            "of it",
            "<= 1",
        )
        for ours, other in (
            ("the package", "scikit-learn"),
            ("all its rooms", "its parts in use"),
            ("a name of each of four rooms", "its parts in use"),
        )
    ]


if __name__ == "__main__":
    show(compare())
