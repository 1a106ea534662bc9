"""All benchmarks, one command: ``python benchmarks`` prints them and writes the docs' table."""

import csv
import json
import os
import platform
import sys
from pathlib import Path

import cluster
import encode
import fit
import gpu
import import_time
import memory
import normalize
import numpy
import predict
import scale
import sklearn
import torch
from _measure import HEADER, show

RESULTS = Path(__file__).parent.parent / "docs" / "results"


def machine():
    """What the figures were measured on."""
    model = platform.processor()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        names = [line for line in cpus.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "scikit-learn": sklearn.__version__,
        "numpy": numpy.__version__,
        "command": "python benchmarks",
    }


def main():
    comparisons = []
    for benchmark in (normalize, encode, fit, predict, memory, scale, import_time, cluster, gpu):
        found = benchmark.compare()
        show(found)
        comparisons += found
    with open(RESULTS / "benchmarks.csv", "w", newline="") as file:
        csv.writer(file).writerows([HEADER, *(comparison.cells for comparison in comparisons)])
    (RESULTS / "benchmarks.json").write_text(json.dumps(machine(), indent=1) + "\n")
    return sum(comparison.verdict == "missed" for comparison in comparisons)


if __name__ == "__main__":
    print(f"{main()} targets missed", file=sys.stderr)
