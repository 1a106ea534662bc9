"""Table II of Cozzolino, Poggi and Verdoliva 2017: which patches were manipulated.

    python examples/manipulation_experiments --data ~/photographs --store runs

prints the paper's accuracy beside ours for every manipulation and model, and writes both for the
documentation. The folder holds photographs, or a folder of them for each device; no device, or
else no photograph, is in training and test. With ``--store`` a run that was interrupted goes on
where it stopped, and ``--finished`` writes the tables of what there is. ``--quick`` takes minutes.
``--maps`` scores maps of forgeries, as in Figure 6.
"""

import argparse
from pathlib import Path

import data
import maps
import models
import numpy as np
import paper
import tables
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
    rows, gains, n_patches, all_found = [], {}, {}, {}
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
                validates=models.MODELS[name].trained_as is not None,
                n_splits=options.splits,
                store=options.store
                and Path(options.store, "maps" if options.maps else "", task, name),
                n_jobs=options.jobs,
                fits=not options.finished,
            )
            for name in options.models
        }
        new_rows = (
            tables.map_rows(task, found, options)
            if options.maps
            else [tables.row(task, found, options)]
        )
        new_gains = tables.gain(task, found)
        tables.show(new_rows, new_gains)
        rows += new_rows
        gains |= new_gains
        all_found[task] = found
    trained = {name: epochs_of(name, options) for name in options.models}
    record = {
        "photographs": len(photos.paths),
        f"{kept_apart} to split": n_groups,
        "patch size": options.patch_size,
        "patches of a photograph, at most": options.patches_per_photo,
        "patches of a task, both classes": n_patches,
        "splits": options.splits,
        "splits finished, where fewer": tables.unfinished(all_found, options.splits),
        "epochs, at most": {name: epochs for name, epochs in trained.items() if epochs},
        "saved again before training and test, JPEG quality": options.reencode,
        "paper's training set": options.training_set,
        "CNN over SVM, points": gains,
        "CNN and its start, the SVM, on validation patches": tables.against_start(all_found),
        "CNN's training": models.RECIPE,
    }
    tables.save(options.name, [*rows, *tables.mean_row(rows)], record, options.output)


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
    parser.add_argument(
        "--data", required=True, nargs="+", help="folders of photographs, or one of devices"
    )
    parser.add_argument("--quick", action="store_true", help="few photographs, tasks and epochs")
    parser.add_argument(
        "--tasks", nargs="+", choices=TASKS, metavar="TASK", help="rows of Table II"
    )
    parser.add_argument("--models", nargs="+", choices=models.MODELS, help="not those of Table II")
    parser.add_argument("--maps", action="store_true", help="score maps of forgeries")
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
    parser.add_argument("--name", help="of the tables")
    parser.add_argument("--output", default=RESULTS, help="folder for the tables")
    options = parser.parse_args(arguments)
    if options.finished and not options.store:
        parser.error("--finished needs --store")
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


if __name__ == "__main__":
    main()
