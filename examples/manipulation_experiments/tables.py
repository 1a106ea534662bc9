"""Tables of scores, as printed and as files for the documentation."""

import csv
import json
from pathlib import Path

import maps
import numpy as np
import paper


def row(task, found, options):
    """Paper's and our accuracy in percent: mean and standard deviation over the splits."""
    cells = {"Manipulation": task}
    for model, of_model in found.items():
        if model in paper.MODELS:
            published = paper.published(options.training_set, task, model)
            cells[f"{model}, paper"] = "" if published is None else f"{published:.2f}"
        cells[f"{model}, here"] = cell(of_model.get("accuracy", []), options.splits)
        for quality in options.resave:
            name = f"saved at {quality}"
            cells[f"{model}, {name}"] = cell(of_model.get(f"accuracy, {name}", []), options.splits)
    if {paper.CNN, paper.SVM} <= found.keys():
        cells["CNN over SVM, same splits"] = cell(difference(found, "accuracy"), options.splits)
    return cells


def map_rows(task, found, options):
    """Scores of the maps of every model in percent."""
    return [
        {"Manipulation": task, "Model": model}
        | {
            heading: cell(of_model.get(score, []), options.splits)
            for score, heading in maps.HEADINGS.items()
        }
        for model, of_model in found.items()
    ]


def gain(task, found):
    """How far the CNN exceeds the SVM, in points, split by split; empty without both."""
    names = {"accuracy": task} | {k: f"{task}, {name}" for k, name in maps.HEADINGS.items()}
    points = {name: difference(found, score) for score, name in names.items()}
    return {
        name: f"{cell(values)}, greater in {(values > 0).sum()}, equal in {(values == 0).sum()} "
        f"of {len(values)} splits"
        for name, values in points.items()
        if len(values)
    }


def difference(found, score):
    """Scores of the CNN less those of the SVM in every split that both have finished."""
    ours, start = (
        found.get(model, {}).get(score, np.empty(0)) for model in (paper.CNN, paper.SVM)
    )
    n_splits = min(len(ours), len(start))  # the same ones, in the same order
    return ours[:n_splits] - start[:n_splits]


def against_start(all_found):
    """Whether a CNN has ended below the SVM that it started from, on validation patches."""
    found = [scores.get(paper.CNN, {}) for scores in all_found.values()]
    found = [scores for scores in found if "start's accuracy" in scores]
    if not found:
        return {}
    accuracy, of_start, loss, start_loss = (
        np.concatenate([scores[f"validation: {name}"] for scores in found])
        for name in ("accuracy", "start's accuracy", "log loss", "start's log loss")
    )
    return {
        "fits": len(accuracy),
        "of lower accuracy": int((accuracy < of_start).sum()),
        # a network kept as the SVM differs from it by the rounding of single precision
        "of higher log loss": int((loss > start_loss + 1e-5).sum()),
        "that kept the SVM": int((np.abs(loss - start_loss) <= 1e-5).sum()),
        "accuracy gained, points": cell(accuracy - of_start),
    }


def unfinished(all_found, n_splits):
    """Splits of every task and model of which not all are finished."""
    finished = {
        f"{task}, {model}": len(next(iter(found.values()), []))
        for task, scores in all_found.items()
        for model, found in scores.items()
    }
    return {name: number for name, number in finished.items() if number < n_splits}


def cell(values, n_splits=None):
    """Mean and standard deviation in percent, and of how many splits if not of all."""
    if len(values) == 0:
        return ""
    spread = f" ± {100 * np.std(values, ddof=1):.2f}" if len(values) > 1 else ""
    number = f" ({len(values)} of {n_splits})" if n_splits and len(values) < n_splits else ""
    return f"{100 * np.mean(values):.2f}{spread}{number}"


def mean_row(rows):
    """The mean over rows of Table II of the columns that all of them have."""
    rows = [cells for cells in rows if cells["Manipulation"] in paper.TASKS]
    if len(rows) < 2 or "Model" in rows[0]:
        return []
    columns = [name for name in rows[0] if name != "Manipulation"]
    means = {
        name: f"{np.mean([float(cells[name].split()[0]) for cells in rows]):.2f}"
        if all(cells[name] for cells in rows)
        else ""
        for name in columns
    }
    return [{"Manipulation": "mean"} | means]


def show(rows, gains):
    for cells in rows:
        name, *others = cells.items()
        print(f"{name[1]:16}" + "   ".join(f"{column} {value or '-'}" for column, value in others))
    for name, points in gains.items():
        print(f"{'':16}CNN over SVM, {name}: {points}")


def save(name, rows, record, folder):
    """The table for the documentation, and how it was made beside it."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"manipulation_{name}.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (folder / f"manipulation_{name}.json").write_text(text + "\n", encoding="utf-8")
