"""Tables of results, in the shape that pages show them in."""

import csv

CLASSICAL = {
    "live-challenge": "As people take them",
    "live-subset": "Of LIVE",
    "damaged": "Damaged here",
    "tid-like": "As in TID2013",
}


def write(results, folder):
    """Turn tables with a row for each model, which are as wide as a page, and join some."""
    folder.mkdir(exist_ok=True)
    for path in [*results.glob("quality_*.csv"), *results.glob("detection_*.csv")]:
        (_, *names), *rows = zip(*read(path), strict=True)
        save(folder / path.name, [["", *names], *rows])
    save(folder / "classical_srocc.csv", classical_on_all_data(results))
    save(folder / "classical_times.csv", classical_times(results))
    save(folder / "benchmarks.csv", benchmarks_before_and_after(results))


def classical_on_all_data(results):
    """SROCC of every classical method on every set of images: mean and deviation over splits."""
    found = {}
    for column, name in enumerate(CLASSICAL):
        (_, *headings), *rows = read(results / f"quality_classical-{name}.csv")
        for method, *cells in rows:
            _, _, spread = cells[headings.index("SROCC")].partition("(")
            found.setdefault(method, [""] * len(CLASSICAL))[column] = spread.rstrip(")")
    return [["Method", *CLASSICAL.values()], *([name, *found[name]] for name in sorted(found))]


def classical_times(results):
    """Lines of the benchmark of classical methods."""
    lines = [line for line in read(results / "benchmarks.csv") if line[0].startswith("classical")]
    return [["Here", "Elsewhere", "Ratio"], *(line[1:4] for line in lines)]


def benchmarks_before_and_after(results):
    """Lines of the benchmarks, and the ratios that the same lines had before."""
    headings, *lines = read(results / "benchmarks.csv")
    before = {compared(line): line[3] for line in read(results / "benchmarks_before.csv")}
    lines = [[*line[:4], before.get(compared(line), ""), *line[4:]] for line in lines]
    return [[*headings[:4], "Before", *headings[4:]], *lines]


def compared(line):
    """What a line of the benchmarks compares, without the times."""
    benchmark, ours, beside = line[:3]
    return benchmark, ours.partition(":")[0], beside.partition(":")[0]


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def save(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
