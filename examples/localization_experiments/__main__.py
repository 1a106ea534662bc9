"""Where is it? Forgeries of the hyper-image paper (Table 3), others, and defects of surfaces.

    python examples/localization_experiments casia2-random --data ~/CASIA2 --splits 5

prints the paper's accuracy beside ours for every model and writes both for the documentation. With
``--store`` a run that was interrupted goes on where it stopped. ``--help`` lists the experiments.
"""

import argparse
import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import data
import defects
import models
import numpy as np
import paper
from evaluation import evaluate

RESULTS = Path(__file__).parents[2] / "docs" / "results"
HEADINGS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "roc_auc": "AUC",
    "pixel auc": "Pixel AUC",
    "pixel average_precision": "Pixel AP",
    "pixel f1": "Pixel F1",
    "pixel best_f1": "Pixel F1, best threshold",
    "pixel iou": "Pixel IoU",
    "pixel mcc": "Pixel MCC",
}


@dataclass(frozen=True)
class Experiment:
    """Images, and how they are encoded and trained on unless the command line says otherwise."""

    about: str
    load: Callable
    reencodes: bool = False
    setting: str = "paper"
    published: dict | None = None
    competitors: Callable = models.competitors


on_casia1 = partial(Experiment, competitors=models.of_masks)
EXPERIMENTS = {
    "casia2-random": Experiment(
        "CASIA-2, split at random as in the paper; file formats as they are",
        partial(data.casia2, by_source=False),
        published=paper.TABLE3,
    ),
    "casia2-random-reencoded": Experiment(
        "CASIA-2, split at random; all files encoded alike",
        partial(data.casia2, by_source=False),
        reencodes=True,
    ),
    "casia2-source": Experiment(
        "CASIA-2, no photograph in training and test; file formats as they are",
        partial(data.casia2, by_source=True),
    ),
    "casia2-source-reencoded": Experiment(
        "CASIA-2, no photograph in training and test; all files encoded alike",
        partial(data.casia2, by_source=True),
        reencodes=True,
    ),
    "casia1": on_casia1("CASIA-1, no photograph in training and test", data.casia1),
    "casia1-reencoded": on_casia1(
        "CASIA-1, no photograph in training and test; all pictures encoded alike",
        partial(data.casia1, reencodes=True),
    ),
    "casia1-scaled": on_casia1(
        "CASIA-1, no photograph in training and test; all encoded alike, and scaled by .75",
        partial(data.casia1, reencodes=True, scale=0.75),
        competitors=models.of_masks_beside_markov,
    ),
    "magnetic-tiles": Experiment(
        "Defects of magnetic tiles, no tile in training and test",
        data.magnetic_tiles,
        setting="small",
        competitors=defects.of_tiles,
    ),
    "made-forgeries-masks": Experiment(
        "Forgeries made of photographs; first stages that learn from masks",
        data.made,
        competitors=models.of_masks,
    ),
    "made-forgeries": Experiment(
        "Forgeries made of photographs, no photograph in training and test",
        data.made,
        setting="small",
    ),
}
SETTINGS = {"paper": models.Setting(), "small": models.SMALL}


def main(arguments=None):
    options = parse(arguments)
    experiment = EXPERIMENTS[options.experiment]
    images = experiment.load(options.data)
    setting = SETTINGS[options.setting or experiment.setting]
    setting = replace(setting, epochs=tuple(options.epochs or setting.epochs))
    splits = list(images.splits(options.splits))
    sizes = " / ".join(
        str(round(np.mean([len(part) for part in of]))) for of in zip(*splits, strict=True)
    )
    print(f"{experiment.about}: {len(images.target)} images, {len(splits)} splits of {sizes}")
    competitors = experiment.competitors(
        setting, reencodes=experiment.reencodes, device=options.device
    )
    if options.models:
        competitors = {name: competitors[name] for name in options.models}
    scores = evaluate(competitors, images, splits, options.store, options.jobs)
    rows = [row(name, of_model, experiment.published) for name, of_model in scores.items()]
    *others, ours = scores
    gains = {name: gain(scores, name, ours) for name in others}
    show(rows, gains)
    record = {
        "experiment": experiment.about,
        "images": len(images.target),
        "tampered": int(images.target.sum()),
        "splits": len(splits),
        "images to train, validate, test": sizes,
        "epochs of ranker, second stage, end-to-end network": setting.epochs,
        "setting": options.setting or experiment.setting,
        "AUC, difference in every split": gains,
    }
    save(options.experiment, rows, record, options.output)


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="localization_experiments",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"{name:25}{item.about}" for name, item in EXPERIMENTS.items()),
    )
    parser.add_argument("experiment", choices=EXPERIMENTS, metavar="experiment")
    parser.add_argument("--data", required=True, help="folder of the data set, or of photographs")
    parser.add_argument("--models", nargs="+", help="names of some of the models; all by default")
    parser.add_argument("--splits", type=int, default=5, help="how many")
    parser.add_argument("--setting", choices=SETTINGS, help="size of networks")
    parser.add_argument(
        "--epochs", type=int, nargs=3, help="of ranker, second stage and end-to-end network"
    )
    parser.add_argument("--device", default="auto", help="cpu, cuda, ...")
    parser.add_argument("--jobs", type=int, help="splits at once")
    parser.add_argument("--store", help="folder for what is finished, to go on after interruption")
    parser.add_argument("--output", default=RESULTS, help="folder for the tables")
    return parser.parse_args(arguments)


def row(name, scores, published):
    """The paper's accuracy if any and ours: mean and standard deviation over the splits."""
    cells = {"Model": name}
    if published:
        cells["Paper accuracy"] = f"{published[name]:.3f}"
    for score, heading in HEADINGS.items():
        cells[heading] = cell(scores[score]) if score in scores else ""
    return cells


def gain(scores, name, proposed):
    """How far the AUC of the proposed model exceeds that of another, split by split."""
    ours, other = (scores[model]["roc_auc"] for model in (proposed, name))
    better = (ours > other).sum()
    return f"{cell(ours - other)}, {proposed.lower()} better in {better} of {len(ours)} splits"


def cell(values):
    spread = np.std(values, ddof=1) if len(values) > 1 else 0
    return f"{np.mean(values):.3f} ± {spread:.3f}"


def show(rows, gains):
    for cells in rows:
        published = f"paper {cells.get('Paper accuracy', '-'):>5}"
        print(f"{cells['Model']:24}{published}   accuracy {cells['Accuracy']}  AUC {cells['AUC']}")
    for name, value in gains.items():
        print(f"AUC over {name}: {value}")
    print(f"pixel AUC of the maps: {rows[-1]['Pixel AUC']}  AP {rows[-1]['Pixel AP']}")


def save(experiment, rows, record, folder):
    """The table for the documentation, and how it was made beside it."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(
        folder / f"localization_{experiment}.csv", "w", newline="", encoding="utf-8"
    ) as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (folder / f"localization_{experiment}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
