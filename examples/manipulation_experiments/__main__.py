"""Table II of Cozzolino, Poggi and Verdoliva 2017: which patches were manipulated.

    python examples/manipulation_experiments --data ~/photographs --store runs

prints the paper's accuracy beside ours for every manipulation and model, and writes both for the
documentation. The folder holds photographs, or a folder of them for each device; no device, or
else no photograph, is in training and test. With ``--store`` a run that was interrupted goes on
where it stopped. ``--quick`` takes minutes. ``--maps`` scores maps of forgeries, as in Figure 6.
"""

import argparse
import csv
import json
from pathlib import Path

import data
import maps
import models
import numpy as np
import paper
from evaluation import evaluate, scores

RESULTS = Path(__file__).parents[2] / "docs" / "results"
TASKS = (*paper.TASKS, data.WHICH)

# What the command line leaves open. The paper: patches of 128, 9 of a photograph.
FULL = {
    "patch_size": 128,
    "patches_per_photo": 9,
    "photographs": None,
    "splits": 5,
    "tasks": tuple(paper.TASKS),
    "models": models.TABLE2,
    "epochs": tuple(models.EPOCHS.values()),
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
    rows, gains, n_patches = [], {}, {}
    for task in options.tasks:
        patches = data.patches(task, photos, options.patch_size, options.patches_per_photo)
        n_patches[task] = len(patches.images)
        found = {
            models.MODELS[name].name: evaluate(
                models.model(name, epochs_of(name, options), options.device, options.reencode),
                patches.images,
                patches.target,
                patches.groups,
                **scoring(task, patches, photos, options),
                n_splits=options.splits,
                store=options.store
                and Path(options.store, "maps" if options.maps else "", task, name),
                n_jobs=options.jobs,
            )
            for name in options.models
        }
        new_rows = map_rows(task, found) if options.maps else [row(task, found, options)]
        new_gains = gain(task, found)
        show(new_rows, new_gains)
        rows += new_rows
        gains |= new_gains
    trained = {name: epochs_of(name, options) for name in options.models}
    record = {
        "photographs": len(photos.paths),
        f"{kept_apart} to split": n_groups,
        "patch size": options.patch_size,
        "patches of a photograph, at most": options.patches_per_photo,
        "patches of a task, both classes": n_patches,
        "splits": options.splits,
        "epochs, at most": {name: epochs for name, epochs in trained.items() if epochs},
        "saved again before training and test, JPEG quality": options.reencode,
        "paper's training set": options.training_set,
        "CNN over SVM, points": gains,
    }
    save(options.name, [*rows, *mean_row(rows)], record, options.output)


def epochs_of(name, options):
    """Epochs of a model at most, 0 for one without a network."""
    trained_as = models.MODELS[name].trained_as
    return dict(zip(models.EPOCHS, options.epochs, strict=True)).get(trained_as, 0)


def scoring(task, patches, photos, options):
    """What scores a model, of patches or of maps, and what it takes beside them."""
    if not options.maps:
        return {"scoring": scores, "score_params": {"qualities": tuple(options.resave)}}
    of_maps = {"photographs": patches.photographs, "paths": photos.paths, "task": task}
    return {"scoring": maps.scores, "score_params": of_maps}


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
    parser.add_argument("--models", nargs="+", choices=models.MODELS, help="not those of Table II")
    parser.add_argument("--maps", action="store_true", help="score maps of forgeries")
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
    parser.add_argument("--name", help="of the tables")
    parser.add_argument("--output", default=RESULTS, help="folder for the tables")
    options = parser.parse_args(arguments)
    if options.maps:
        options.tasks = options.tasks or maps.TASKS
        options.models = options.models or ("svm", "cnn")
        if data.WHICH in options.tasks or options.resave or options.reencode:
            parser.error(f"--maps does not go with {data.WHICH}, --resave or --reencode")
    options.name = options.name or ("maps" if options.maps else "table2")
    for name, value in (QUICK if options.quick else FULL).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def row(task, found, options):
    """Paper's and our accuracy in percent: mean and standard deviation over the splits."""
    cells = {"Manipulation": task}
    for model, of_model in found.items():
        if model in paper.MODELS:
            published = paper.published(options.training_set, task, model)
            cells[f"{model}, paper"] = "" if published is None else f"{published:.2f}"
        cells[f"{model}, here"] = cell(of_model["accuracy"])
        for quality in options.resave:
            name = f"saved at {quality}"
            cells[f"{model}, {name}"] = cell(of_model[f"accuracy, {name}"])
    return cells


def map_rows(task, found):
    """Scores of the maps of every model in percent."""
    return [
        {"Manipulation": task, "Model": model}
        | {heading: cell(of_model[score]) for score, heading in maps.HEADINGS.items()}
        for model, of_model in found.items()
    ]


def gain(task, found):
    """How far the CNN exceeds the SVM, in points, split by split; empty without both."""
    if not {paper.CNN, paper.SVM} <= set(found):
        return {}
    ours, start = found[paper.CNN], found[paper.SVM]
    names = {"accuracy": task} | {k: f"{task}, {name}" for k, name in maps.HEADINGS.items()}
    return {
        name: f"{cell(ours[score] - start[score])}, greater in "
        f"{(ours[score] > start[score]).sum()} of {len(ours[score])} splits"
        for score, name in names.items()
        if score in ours
    }


def cell(values):
    spread = np.std(values, ddof=1) if len(values) > 1 else 0
    return f"{100 * np.mean(values):.2f} ± {100 * spread:.2f}"


def mean_row(rows):
    """The mean over rows of all columns, of rows of Table II."""
    rows = [cells for cells in rows if cells["Manipulation"] in paper.TASKS]
    if len(rows) < 2 or "Model" in rows[0]:
        return []
    columns = [name for name in rows[0] if name != "Manipulation"]
    means = {
        name: f"{np.mean([float(cells[name].split()[0]) for cells in rows]):.2f}"
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


if __name__ == "__main__":
    main()
