"""Tables of results with a column for each model, which are as wide as a page."""

import csv


def write(results, folder):
    """Turn every table of image quality, whose scripts write a row for each model."""
    folder.mkdir(exist_ok=True)
    for path in results.glob("quality_*.csv"):
        with open(path, newline="", encoding="utf-8") as file:
            (_, *names), *rows = zip(*csv.reader(file), strict=True)
        with open(folder / path.name, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["", *names], *rows])
