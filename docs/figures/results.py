"""Every model of a table of results as a dot with its spread; baselines are hollow."""

import csv
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.inspection import DetectionBySizeDisplay

BASELINES = (
    "BRISQUE",
    "CORNIA",
    "SRM+SVM",
    "Bayar2016",
    "Markov features",
    "End-to-end",
    "Patch mean",
)
MEAN_AND_SPREAD = re.compile(r"(-?[\d.]+) ± ([\d.]+)")


def quality_damaged_photographs():
    of_models("quality_damaged-photographs", ["SROCC", "SROCC, global", "SROCC, local"])


def quality_live_subset():
    of_models("quality_live-subset", ["SROCC"])


def quality_live_subset_verified():
    of_models("quality_live-subset-verified", ["SROCC"])


def quality_live_challenge():
    of_models("quality_live-challenge", ["SROCC"])


def quality_local_damage():
    of_models("quality_local-damage", ["SROCC"])


def quality_damaged_default():
    of_models("quality_damaged-default", ["SROCC", "SROCC, global", "SROCC, local"])


def quality_live_subset_default():
    of_models("quality_live-subset-default", ["SROCC"])


def quality_tid_like():
    of_models("quality_tid-like", ["SROCC"])


def quality_tid_like_pattern():
    of_models("quality_tid-like-pattern", ["SROCC"])


def survey_damaged():
    of_models("quality_survey-damaged", ["SROCC", "SROCC, global", "SROCC, local"])


def survey_live_challenge():
    of_models("quality_survey-live-challenge", ["SROCC"])


def detection_by_size():
    """Figure 3 of paper 3: how the size of a region matters, for every training set."""
    table = read("detection_by_size")
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), sharey=True, layout="constrained")
    for axis, sort in zip(axes, ("basic", "difficult"), strict=True):
        columns = [heading for heading in table[0] if heading.startswith(f"{sort}, ")]
        ranges = [name.removeprefix(f"{sort}, ").split(" to ") for name in columns]
        sides = np.unique(np.array(ranges, dtype=float))
        scores = {
            row["Trained on"]: Bunch(
                sides=sides, average_precision=[float(row[column]) for column in columns]
            )
            for row in table
        }
        DetectionBySizeDisplay(scores, iou_threshold=0.9).plot(axis)
        axis.set_title(f"{sort} regions")
        axis.label_outer()


def classical_live_challenge():
    of_models("quality_classical-live-challenge", ["SROCC"])


def few_scores():
    of_models("few_scores", ["20 scores", "100 scores", "400 scores"])


def few_scores_authentic():
    of_models("few_scores_authentic", ["20 scores", "100 scores", "320 scores"])


def forgery_made_forgeries():
    of_models("localization_made-forgeries", ["AUC", "Accuracy"])


def manipulation_table2():
    table = [row for row in read("manipulation_table2") if row["Manipulation"] != "mean"]
    figure, axis = plt.subplots(figsize=(7, 4.4))
    for place, model in enumerate(["Bayar2016", "SRM+SVM", "Proposed CNN"]):
        color = f"C{place}"
        for number, row in enumerate(table):
            height = number + 0.22 * (place - 1)
            if row[f"{model}, paper"]:
                axis.plot(float(row[f"{model}, paper"]), height, "|", color=color, markersize=9)
            if row[f"{model}, here"]:
                dot(axis, row[f"{model}, here"], height, color, model in BASELINES)
        axis.plot([], [], "o", color=color, mfc=face(color, model in BASELINES), label=model)
    axis.plot([], [], "|", color="gray", label="the paper, larger patches")
    axis.axvline(50, color="gray", linewidth=0.8, linestyle=":")
    label_rows(axis, [row["Manipulation"] for row in table], "accuracy, percent")
    axis.legend(loc="lower left", fontsize="small")


def of_models(name, columns):
    """A row for each model, side by side for each column."""
    table = read(name)
    figure, axes = plt.subplots(
        1, len(columns), figsize=(7, 0.7 + 0.32 * len(table)), sharey=True, squeeze=False
    )
    for axis, column in zip(axes[0], columns, strict=True):
        for height, row in enumerate(table):
            hollow = row["Model"].startswith(BASELINES) or row["Model"] == "CNN"  # patch averaging
            dot(axis, row[column], height, "tab:gray" if hollow else "tab:blue", hollow)
        label_rows(axis, [row["Model"] for row in table], column)


def read(name):
    with open(Path("..", "results", f"{name}.csv"), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def dot(axis, cell, height, color, hollow):
    found = MEAN_AND_SPREAD.search(cell)
    mean, spread = map(float, found.groups() if found else (cell.split()[0], 0))
    axis.errorbar(mean, height, xerr=spread, fmt="o", color=color, mfc=face(color, hollow))


def face(color, hollow):
    return "white" if hollow else color


def label_rows(axis, names, label):
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set_xlabel(label)
    axis.grid(axis="x", alpha=0.3)
