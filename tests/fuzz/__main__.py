"""Run `python tests/fuzz --cases 5000`, and count how the cases end."""

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from fuzz.run import CASES, run_case, run_cases  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5000, help="in all (5000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=CASES, action="append", help="all of them by default")
    parser.add_argument("--one", type=int, help="run this case of a kind, and let it raise")
    arguments = parser.parse_args()
    kinds = arguments.kind or list(CASES)
    logging.getLogger("tifffile").disabled = True  # it logs whatever is wrong with a file
    with tempfile.TemporaryDirectory() as folder:
        if arguments.one is not None:
            print(run_case(kinds[0], arguments.one, arguments.seed, Path(folder), caught=False))
            return 0
        start = time.perf_counter()
        n_each = -(-arguments.cases // len(kinds))
        counts, failures = run_cases(n_each, arguments.seed, Path(folder), kinds=kinds)
    for kind, ends in counts.items():
        listed = ", ".join(f"{name} {n}" for name, n in sorted(ends.items()))
        print(f"{kind:16}{ends.total():6} cases: {listed}")
    n_cases = sum(ends.total() for ends in counts.values())
    print(f"{n_cases} cases in {time.perf_counter() - start:.0f} s, {len(failures)} failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
