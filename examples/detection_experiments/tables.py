"""Tables for the documentation, and how they were made beside them."""

import csv
import json
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).parents[2] / "docs" / "results"


def mean_and_spread(values):
    """Mean and standard deviation over splits."""
    spread = np.nanstd(values, ddof=1) if len(values) > 1 else 0
    return f"{np.nanmean(values):.3f} ± {spread:.3f}"


def save(name, rows, record, folder):
    """Print the table, write NAME.csv, and NAME.json, which says how it was made."""
    for cells in rows:
        print("   ".join(f"{heading} {value}" for heading, value in cells.items()))
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
