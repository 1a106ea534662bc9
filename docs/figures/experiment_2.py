"""Experiment 2 on synthetic data (Table 1), from the results beside this folder."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt

COLORS = {
    "Patch averaging": "tab:blue",
    "Two-stage": "tab:orange",
    "Joint fine-tuning": "tab:green",
}
with open(Path("..", "results", "synthetic_table1.csv"), newline="") as file:
    rows = list(csv.DictReader(file))

figure, axis = plt.subplots(figsize=(6.4, 3.8))
for row in rows:
    if row["Patch labels"] == "inherited" or row["Model"] not in COLORS:
        continue
    of_paper = row["Patch labels"] == "paper"
    scores = [float(row[f"{n} artifacts"]) for n in range(1, 6)]
    axis.plot(
        range(1, 6),
        scores,
        "s--" if of_paper else "o-",
        color=COLORS[row["Model"]],
        label=f"{row['Model']}, {'the paper' if of_paper else 'here'}",
    )
axis.set(xlabel="artifacts in the image", ylabel="mean of SROCC and PLCC", xticks=range(1, 6))
axis.set_ylim(0, 1)
axis.legend(loc="lower left")
