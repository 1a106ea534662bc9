"""Table II of Cozzolino, Poggi and Verdoliva 2017: which patches were manipulated.

    python examples/manipulation_experiments --data ~/photographs --store runs

prints the paper's accuracy beside ours for every manipulation and model, and writes both for the
documentation. The folder holds photographs, or a folder of them for each device; no device, or
else no photograph, is in training and test. With ``--store`` a run that was interrupted goes on
where it stopped, and ``--finished`` writes the tables of what there is. ``--quick`` takes minutes.
"""

import argparse
import csv
import json
from pathlib import Path

import data
import models
import numpy as np
import paper
from evaluation import evaluate

RESULTS = Path(__file__).parents[2] / "docs" / "results"
TASKS = (*paper.TASKS, data.WHICH)

# What the command line leaves open. The paper: patches of 128, 9 of a photograph.
FULL = {
    "patch_size": 128,
    "patches_per_photo": 9,
    "photographs": None,
    "splits": 5,
    "tasks": tuple(paper.TASKS),
    "models": tuple(models.MODELS),
    "epochs": (models.EPOCHS["bayar"], models.EPOCHS["cnn"]),
}
QUICK = FULL | {
    "patch_size": 64,
    "patches_per_photo": 4,
    "photographs": 60,
    "splits": 1,
    "tasks": paper.HARDEST,
    "epochs": (3, 3),
}


def main(arguments=None):
    options = parse(arguments)
    photos = data.photographs(options.data, options.photographs)
    kept_apart = "devices" if photos.are_devices else "photographs"
    n_groups = len(np.unique(photos.devices))
    print(f"{len(photos.paths)} photographs, splits of {n_groups} {kept_apart}")
    epochs = dict(zip(("bayar", "cnn"), options.epochs, strict=True)) | {"svm": 0}
    rows, gains, n_patches, all_scores = [], {}, {}, {}
    for task in options.tasks:
        X, y, groups = data.patches(task, photos, options.patch_size, options.patches_per_photo)
        n_patches[task] = len(X)
        scores = {
            paper_name: evaluate(
                models.model(name, epochs[name], options.device, options.reencode),
                X,
                y,
                groups,
                validates=models.EPOCHS[name] > 0,
                n_splits=options.splits,
                qualities=tuple(options.resave),
                store=options.store and Path(options.store, task, name),
                n_jobs=options.jobs,
                fits=not options.finished,
            )
            for name, (paper_name, _) in models.MODELS.items()
            if name in options.models
        }
        rows.append(row(task, scores, options))
        gains[task] = gain(scores)
        all_scores[task] = scores
        show(rows[-1], gains[task])
    record = {
        "photographs": len(photos.paths),
        f"{kept_apart} to split": n_groups,
        "patch size": options.patch_size,
        "patches of a photograph, at most": options.patches_per_photo,
        "patches of a task, both classes": n_patches,
        "splits": options.splits,
        "splits finished, where fewer": unfinished(all_scores, options.splits),
        "epochs, at most": {name: epochs[name] for name in options.models if epochs[name]},
        "saved again before training and test, JPEG quality": options.reencode,
        "paper's training set": options.training_set,
        "CNN over SVM, points": {task: text for task, text in gains.items() if text},
        "CNN and its start, the SVM, on validation patches": against_start(all_scores),
        "CNN's training": models.RECIPE,
    }
    save(options.name, [*rows, *mean_row(rows)], record, options.output)


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="manipulation_experiments",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="tasks: " + " ".join(TASKS),
    )
    parser.add_argument(
        "--data", required=True, nargs="+", help="folders of photographs, or one of devices"
    )
    parser.add_argument("--quick", action="store_true", help="few photographs, tasks and epochs")
    parser.add_argument(
        "--tasks", nargs="+", choices=TASKS, metavar="TASK", help="rows of Table II"
    )
    parser.add_argument("--models", nargs="+", choices=models.MODELS, help="columns of Table II")
    parser.add_argument("--patch-size", type=int, help="rows and columns")
    parser.add_argument("--patches-per-photo", type=int, help="pairs, at most")
    parser.add_argument("--photographs", type=int, help="the first of each folder, by name")
    parser.add_argument("--splits", type=int, help="how many")
    parser.add_argument("--epochs", type=int, nargs=2, help="of bayar and cnn, at most")
    parser.add_argument(
        "--resave", type=int, nargs="+", default=[], metavar="QUALITY",
        help="test also after JPEG compression that training has not seen",
    )  # fmt: skip
    parser.add_argument(
        "--reencode", type=int, metavar="QUALITY", help="compress all patches first, as one step"
    )
    parser.add_argument(
        "--training-set", choices=paper.TABLE2, default="small", help="half of Table II to print"
    )
    parser.add_argument("--device", default="auto", help="cpu, cuda, ...")
    parser.add_argument("--jobs", type=int, help="splits at once")
    parser.add_argument("--store", help="folder for what is finished, to go on after interruption")
    parser.add_argument(
        "--finished", action="store_true", help="fit nothing: tables of what the store holds"
    )
    parser.add_argument("--name", default="table2", help="of the tables")
    parser.add_argument("--output", default=RESULTS, help="folder for the tables")
    options = parser.parse_args(arguments)
    if options.finished and not options.store:
        parser.error("--finished needs --store")
    for name, value in (QUICK if options.quick else FULL).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def row(task, scores, options):
    """Paper's and our accuracy in percent: mean and standard deviation over the splits."""
    cells = {"Manipulation": task}
    for model, found in scores.items():
        published = paper.published(options.training_set, task, model)
        cells[f"{model}, paper"] = "" if published is None else f"{published:.2f}"
        cells[f"{model}, here"] = cell(found.get("accuracy", []), options.splits)
        for quality in options.resave:
            name = f"saved at {quality}"
            cells[f"{model}, {name}"] = cell(found.get(f"accuracy, {name}", []), options.splits)
    return cells


def gain(scores):
    """How far the CNN exceeds the SVM, in points, split by split; empty without both."""
    pair = [scores.get(model, {}).get("accuracy", []) for model in (paper.CNN, paper.SVM)]
    n_splits = min(map(len, pair))
    if n_splits == 0:
        return ""
    ours, start = (values[:n_splits] for values in pair)
    return (
        f"{cell(ours - start)}, better in {(ours > start).sum()}, equal in "
        f"{(ours == start).sum()} of {n_splits} splits"
    )


def against_start(all_scores):
    """Whether a CNN has ended below the SVM that it started from, on validation patches."""
    found = [scores[paper.CNN] for scores in all_scores.values() if scores.get(paper.CNN)]
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


def unfinished(all_scores, n_splits):
    """Splits of every task and model of which not all are finished."""
    finished = {
        f"{task}, {model}": len(found.get("accuracy", []))
        for task, scores in all_scores.items()
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
    if len(rows) < 2:
        return []
    columns = [name for name in rows[0] if name != "Manipulation"]
    means = {
        name: f"{np.mean([float(cells[name].split()[0]) for cells in rows]):.2f}"
        if all(cells[name] for cells in rows)
        else ""
        for name in columns
    }
    return [{"Manipulation": "mean"} | means]


def show(cells, gained):
    name, *others = cells.items()
    print(f"{name[1]:16}" + "   ".join(f"{column} {value or '-'}" for column, value in others))
    if gained:
        print(f"{'':16}CNN over SVM: {gained} points")


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


if __name__ == "__main__":
    main()
