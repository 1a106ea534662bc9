"""Table II of Cozzolino, Poggi and Verdoliva 2017: which patches were manipulated.

    python examples/manipulation_experiments --data ~/photographs --store runs

prints the paper's accuracy beside ours for every manipulation and model, and writes both for the
documentation. The folder holds photographs, or a folder of them for each device; no device, or
else no photograph, is in training and test. With ``--store`` a run that was interrupted goes on
where it stopped. ``--quick`` takes minutes.
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
    rows, gains, n_patches = [], {}, {}
    for task in options.tasks:
        X, y, groups = data.patches(task, photos, options.patch_size, options.patches_per_photo)
        n_patches[task] = len(X)
        scores = {
            paper_name: evaluate(
                models.model(name, epochs[name], options.device, options.reencode),
                X,
                y,
                groups,
                n_splits=options.splits,
                qualities=tuple(options.resave),
                store=options.store and Path(options.store, task, name),
                n_jobs=options.jobs,
            )
            for name, (paper_name, _) in models.MODELS.items()
            if name in options.models
        }
        rows.append(row(task, scores, options))
        gains[task] = gain(scores)
        show(rows[-1], gains[task])
    record = {
        "photographs": len(photos.paths),
        f"{kept_apart} to split": n_groups,
        "patch size": options.patch_size,
        "patches of a photograph, at most": options.patches_per_photo,
        "patches of a task, both classes": n_patches,
        "splits": options.splits,
        "epochs, at most": {name: epochs[name] for name in options.models if epochs[name]},
        "saved again before training and test, JPEG quality": options.reencode,
        "paper's training set": options.training_set,
        "CNN over SVM, points": {task: text for task, text in gains.items() if text},
    }
    save(options.name, [*rows, *mean_row(rows)], record, options.output)


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="manipulation_experiments",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="tasks: " + " ".join(TASKS),
    )
    parser.add_argument("--data", required=True, help="folder of photographs or of devices")
    parser.add_argument("--quick", action="store_true", help="few photographs, tasks and epochs")
    parser.add_argument(
        "--tasks", nargs="+", choices=TASKS, metavar="TASK", help="rows of Table II"
    )
    parser.add_argument("--models", nargs="+", choices=models.MODELS, help="columns of Table II")
    parser.add_argument("--patch-size", type=int, help="rows and columns")
    parser.add_argument("--patches-per-photo", type=int, help="pairs, at most")
    parser.add_argument("--photographs", type=int, help="the first ones by name, of each device")
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
    parser.add_argument("--name", default="table2", help="of the tables")
    parser.add_argument("--output", default=RESULTS, help="folder for the tables")
    options = parser.parse_args(arguments)
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
        cells[f"{model}, here"] = cell(found["accuracy"])
        for quality in options.resave:
            name = f"saved at {quality}"
            cells[f"{model}, {name}"] = cell(found[f"accuracy, {name}"])
    return cells


def gain(scores):
    """How far the CNN exceeds the SVM, in points, split by split; empty without both."""
    if not {paper.CNN, paper.SVM} <= set(scores):
        return ""
    ours, start = (scores[model]["accuracy"] for model in (paper.CNN, paper.SVM))
    return f"{cell(ours - start)}, better in {(ours > start).sum()} of {len(ours)} splits"


def cell(values):
    spread = np.std(values, ddof=1) if len(values) > 1 else 0
    return f"{100 * np.mean(values):.2f} ± {100 * spread:.2f}"


def mean_row(rows):
    """The mean over rows of all columns, of rows of Table II."""
    rows = [cells for cells in rows if cells["Manipulation"] in paper.TASKS]
    if len(rows) < 2:
        return []
    columns = [name for name in rows[0] if name != "Manipulation"]
    means = {
        name: f"{np.mean([float(cells[name].split()[0]) for cells in rows]):.2f}"
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
