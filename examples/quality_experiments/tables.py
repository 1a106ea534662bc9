"""Tables for the documentation, and how they were made beside them."""

import csv
import json
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).parents[2] / "docs" / "results"


def mean_and_spread(values, digits=3):
    """Mean and standard deviation over splits."""
    spread = np.std(values, ddof=1) if len(values) > 1 else 0
    return f"{np.mean(values):.{digits}f} ± {spread:.{digits}f}"


def save(name, rows, record, folder):
    """Write NAME.csv, a row for each dict, and NAME.json, which says how it was made."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
