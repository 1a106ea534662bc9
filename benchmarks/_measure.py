"""What all benchmarks share: timing in turns, memory, and comparisons with a target."""

from __future__ import annotations

import operator
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

STATUS = Path("/proc/self/status")  # of Linux alone
# Environment of processes that take one core each, workers of theirs included.
ONE_CORE = {"LOKY_MAX_CPU_COUNT": "1", "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}

COMPARE = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True)
class Comparison:
    """One line of the table: what was measured, beside a peer or a limit of the same run.

    The ratio is None where there is nothing beside it.
    """

    benchmark: str
    ours: str
    other: str
    ratio: float | None = None
    ratio_means: str = ""
    target: str = ""

    @property
    def verdict(self) -> str:
        """Whether the ratio keeps to the target, such as ">= 3"."""
        if not self.target or self.ratio is None:
            return ""
        sign, bound = self.target.split()
        return "met" if COMPARE[sign](self.ratio, float(bound)) else "missed"

    @property
    def cells(self) -> list[str]:
        """The line as text, in the order of `HEADER`."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f} {self.ratio_means}"
        return [self.benchmark, self.ours, self.other, ratio, self.target, self.verdict]


HEADER = ["Benchmark", "Ours", "Beside", "Ratio", "Target", "Verdict"]


def in_turns(functions: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median seconds of functions called one after the other, again and again.

    Turns treat all alike when the machine's speed drifts; a first turn warms up unmeasured.
    """
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for turn in range(repeats + 1):
        for name, function in functions.items():
            started = time.perf_counter()
            function()
            if turn > 0:
                seconds[name].append(time.perf_counter() - started)
    return {name: median(values) for name, values in seconds.items()}


def faster(
    benchmark: str, seconds: dict[str, float], ours: str, other: str, target: str = ""
) -> Comparison:
    """How many times as fast as another one of the functions ran."""
    ratio = seconds[other] / seconds[ours]
    return Comparison(
        benchmark, with_time(ours, seconds), with_time(other, seconds), ratio, "x as fast", target
    )


def share(
    benchmark: str,
    seconds: dict[str, float],
    ours: str,
    other: str,
    target: str = "",
    means: str = "x the time",
) -> Comparison:
    """How much of the time of another one of the functions one took."""
    ratio = seconds[ours] / seconds[other]
    return Comparison(
        benchmark, with_time(ours, seconds), with_time(other, seconds), ratio, means, target
    )


def with_time(name: str, seconds: dict[str, float]) -> str:
    """A name and its time."""
    value = seconds[name]
    return f"{name}: {value:.2f} s" if value >= 1 else f"{name}: {1e3 * value:.1f} ms"


def status_bytes(name: str) -> int:
    """What the operating system says of this process's memory, such as "VmRSS" or "RssAnon"."""
    return int(re.search(rf"{name}:\s+(\d+) kB", STATUS.read_text())[1]) * 1024


def show(comparisons: list[Comparison]) -> None:
    """Print comparisons, one a line."""
    for comparison in comparisons:
        print(" | ".join(cell for cell in comparison.cells if cell), flush=True)
