"""All benchmarks, one command: ``python benchmarks`` prints them and writes the docs' table.

A machine with a GPU has a table of its own.
``python benchmarks cluster fit`` runs those two alone and replaces their lines.
"""

import csv
import json
import os
import platform
import sys
from pathlib import Path

import beyond_memory
import classical
import cluster
import detect
import encode
import fit
import folder
import gpu
import import_time
import large_photographs
import memory
import normalize
import numpy
import pairs
import parallel
import predict
import residual_cnn
import residuals
import scale
import sklearn
import torch
from _measure import HEADER, show

RESULTS = Path(__file__).parent.parent / "docs" / "results"
NAME = "benchmarks_gpu" if torch.cuda.is_available() else "benchmarks"
TABLE = RESULTS / f"{NAME}.csv"
BENCHMARKS = (
    normalize,
    encode,
    fit,
    predict,
    classical,
    detect,
    large_photographs,
    folder,
    residuals,
    residual_cnn,
    pairs,
    memory,
    beyond_memory,
    scale,
    parallel,
    cluster,
    gpu,
    import_time,
)


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


def lines_of_others(comparisons):
    """The table's lines on benchmarks that were not run now."""
    if not TABLE.exists():
        return []
    run_now = {comparison.benchmark for comparison in comparisons}
    with open(TABLE, newline="") as file:
        return [line for line in list(csv.reader(file))[1:] if line[0] not in run_now]


def main(names):
    """Run the benchmarks of these names and replace their lines of the table; without any, all."""
    comparisons = []
    for benchmark in BENCHMARKS:
        if names and benchmark.__name__ not in names:
            continue
        found = benchmark.compare()
        show(found)
        comparisons += found
    lines = lines_of_others(comparisons) if names else []
    lines += [comparison.cells for comparison in comparisons]
    with open(TABLE, "w", newline="") as file:
        csv.writer(file).writerows([HEADER, *lines])
    (RESULTS / f"{NAME}.json").write_text(json.dumps(machine(), indent=1) + "\n")
    return sum(comparison.verdict == "missed" for comparison in comparisons)


if __name__ == "__main__":
    print(f"{main(sys.argv[1:])} targets missed", file=sys.stderr)
