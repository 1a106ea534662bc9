"""Experiments 1 to 5 of the hyper-image paper (Table 2), and the same on damage made here.

    python examples/quality_experiments tid-6 --data ~/tid2013 --splits 100

prints the paper's number beside ours for every model and writes both for the documentation. A run
that was interrupted goes on where it stopped. ``--help`` lists the experiments.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import data
import models
import numpy as np
import paper
import survey
from sklearn.base import clone
from tables import RESULTS, save

from sk_hyperimage import architectures as arch
from sk_hyperimage.datasets import load_image_folder
from sk_hyperimage.feature_extraction import PatchExtractor, patch_ssim
from sk_hyperimage.metrics import srocc_score
from sk_hyperimage.model_selection import cross_validate_quality

LIVE_GRID = PatchExtractor(32, grid_shape=(24, 23))
TID_GRID = PatchExtractor(32, overlap=0.5)
PAPER_EPOCHS = (80, 200)
FAST_EPOCHS = (10, 50)
# Kinds of TID2013 that change all of an image, and whose recipes are certain.
UNIFORM_KINDS = (1, 5, 6, 8, 10, 11)
HEADINGS = {
    "srocc": "SROCC",
    "plcc": "PLCC",
    "krocc": "KROCC",
    "rmse": "RMSE",
    "plcc_logistic4": "PLCC, fitted",
}
TIME = "Seconds of a core per image"


@dataclass(frozen=True)
class Experiment:
    """Images, competitors, and how they are trained unless the command line says otherwise."""

    about: str
    load: Callable
    competitors: tuple
    extractor: PatchExtractor = TID_GRID
    second_stage: str = arch.TID_STAGE2
    n_splits: int | None = 100
    epochs: tuple[int, int] = PAPER_EPOCHS
    is_fast: bool = False
    augmentation: str | None = None
    max_patches: int | None = None
    has_scores_apart: bool = False
    is_timed: bool = False


simple_and_default = (models.brisque, models.cornia, models.cornia_rbf, models.by_default)
on_tid_again = partial(
    Experiment, competitors=simple_and_default, n_splits=5, has_scores_apart=True
)
of_classical = partial(Experiment, n_splits=5, is_timed=True)
of_survey = partial(Experiment, n_splits=5, is_fast=True, is_timed=True)
on_tid = partial(Experiment, competitors=(models.selected,))
# More epochs than on the photographs damaged here, of which there are many more.
on_subset = partial(
    Experiment,
    competitors=(models.brisque, models.cornia, models.unselected, models.selected),
    extractor=LIVE_GRID,
    second_stage=models.SMALL_STAGE2,
    n_splits=None,
    epochs=(15, 100),
    is_fast=True,
    augmentation="horizontal",
    max_patches=60,
)
EXPERIMENTS = {
    "live": Experiment(
        "Experiment 1: LIVE",
        data.live,
        (models.diivine, models.bliinds2, models.brisque, models.cornia, models.selected),
        extractor=LIVE_GRID,
        second_stage=arch.LIVE_STAGE2,
    ),
    "tid-selection": Experiment(
        "Experiment 2: selective patch training on TID2013",
        data.tid2013,
        (models.unselected, models.selected),
    ),
    "tid-4": on_tid(
        "Experiment 3: the four kinds of TID2013 that LIVE has",
        partial(data.tid2013, kinds=data.SHARED_WITH_LIVE),
    ),
    "tid-6": on_tid(
        "Experiment 3: these and the two most local kinds",
        partial(data.tid2013, kinds=data.SHARED_WITH_LIVE + data.MOST_LOCAL),
    ),
    "tid-24": on_tid("Experiment 3: all kinds of TID2013", data.tid2013),
    "end-to-end": Experiment(
        "Experiment 4: networks on whole images of TID2013",
        data.tid2013,
        (models.shallow, models.deep),
        n_splits=10,
    ),
    "vgg": Experiment(
        "Experiment 5: VGG-16 as first stage on TID2013",
        data.tid2013,
        (models.vgg,),
        n_splits=10,
    ),
    "damaged-photographs": Experiment(
        "Photographs damaged here in four global and two local ways; the target is computed",
        data.damaged_photographs,
        (models.brisque, models.cornia, models.unselected, models.selected),
        second_stage=models.SMALL_STAGE2,
        n_splits=20,
        epochs=FAST_EPOCHS,
        is_fast=True,
        augmentation="symmetries",
        max_patches=15,
    ),
    "live-challenge": Experiment(
        "Photographs as people take them, with human scores",
        data.live_challenge,
        simple_and_default,
        n_splits=5,
    ),
    "tid-like": on_tid_again(
        "Six uniform kinds of TID2013 made again of Kodak's photographs, with TID2013's scores",
        partial(data.tid_like, kinds=UNIFORM_KINDS),
    ),
    "tid-like-pattern": on_tid_again(
        "The same with its most local kind",
        partial(data.tid_like, kinds=(14,)),
    ),
    "local-damage": Experiment(
        "Photographs at their own scale, damaged in random regions; the target is computed",
        data.locally_damaged,
        simple_and_default,
        n_splits=5,
    ),
    "live-subset-default": Experiment(
        "Some images of LIVE, their references in turn, without settings",
        data.live_subset,
        simple_and_default,
        n_splits=None,
    ),
    "damaged-default": Experiment(
        "Photographs damaged here in four global and two local ways, without settings",
        data.damaged_photographs,
        simple_and_default,
        n_splits=5,
    ),
    "classical-live-challenge": of_classical(
        "Classical methods on photographs as people take them",
        data.live_challenge,
        (models.diivine_svr, *models.CLASSICAL),
    ),
    "classical-live-subset": of_classical(
        "Classical methods on some images of LIVE, their references in turn",
        data.live_subset,
        (models.diivine, *models.CLASSICAL),
        n_splits=None,
    ),
    "classical-damaged": of_classical(
        "Classical methods on photographs damaged here in six ways; the target is computed",
        partial(data.damaged_photographs, n_photographs=15),
        (models.diivine, *models.CLASSICAL),
    ),
    "classical-tid-like": of_classical(
        "Classical methods on six kinds of TID2013 made again, at two of five levels",
        partial(data.tid_like, kinds=UNIFORM_KINDS, levels=(2, 4)),
        (models.diivine, *models.CLASSICAL),
        has_scores_apart=True,
    ),
    "survey-damaged": of_survey(
        "Models of paper 4's survey on photographs damaged here in six ways",
        partial(data.damaged_photographs, n_photographs=20),
        (*simple_and_default, *survey.WITH_KINDS, *survey.ALL_WAYS),
        epochs=(20, 20),
    ),
    "survey-live-challenge": of_survey(
        "Models of paper 4's survey on photographs as people take them",
        data.live_challenge,
        (*simple_and_default, *survey.WITHOUT_KINDS),
        epochs=(3, 6),
    ),
    "survey-live-subset": of_survey(
        "Models of paper 4's survey on some images of LIVE, their references in turn",
        data.live_subset,
        (*simple_and_default, *survey.WITH_KINDS),
        n_splits=None,
        epochs=(4, 8),
    ),
    "live-subset": on_subset("Some images of LIVE, their references in turn", data.live_subset),
    "live-subset-verified": on_subset(
        "Those of them whose scores are certain",
        partial(data.live_subset, mappings=["verified-sequence"]),
    ),
}


def main(arguments=None):
    options = parse(arguments)
    experiment = EXPERIMENTS[options.experiment]
    options.patches = options.patches or experiment.max_patches
    scores = [options.scores] if experiment.has_scores_apart else []
    images = experiment.load(options.data, *scores)
    setting = models.Setting(
        extractor=experiment.extractor,
        second_stage=experiment.second_stage,
        epochs=tuple(options.epochs or experiment.epochs),
        is_fast=experiment.is_fast,
        augmentation=experiment.augmentation,
        device=options.device,
        n_words=options.words,
        vgg_weights=options.vgg_weights,
        pristine=options.pristine,
        store=options.store,
    )
    splits = images.splits(options.splits or experiment.n_splits)
    print(f"{experiment.about}: {len(images.target)} images, {len(splits)} splits")
    rows, gains = evaluate(experiment, images, setting, splits, options)
    show(rows, gains)
    record = {
        "experiment": experiment.about,
        "images": len(images.target),
        "references": len(np.unique(images.groups)),
        "splits": len(splits),
        "epochs": setting.epochs,
        "training": "Adam, cosine schedule" if setting.is_fast else "the paper's",
        "augmentation of stage two": setting.augmentation,
        "patches of a damaged image, at most": options.patches,
        "words of CORNIA": setting.n_words,
        "photographs in the folder of pristine ones": setting.pristine
        and len(load_image_folder(setting.pristine).images),
        "SROCC, difference in every split": gains,
    }
    save(f"quality_{options.experiment}", rows, record, options.output)


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="quality_experiments",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"{name:22}{item.about}" for name, item in EXPERIMENTS.items()),
    )
    parser.add_argument("experiment", choices=EXPERIMENTS, metavar="experiment")
    parser.add_argument("--data", help="folder of the data set, or of photographs to damage")
    parser.add_argument("--scores", help="TID2013's mos_with_names.txt, where images are remade")
    parser.add_argument("--splits", type=int, help="how many; the paper's number unless given")
    parser.add_argument("--epochs", type=int, nargs=2, help="of the first and second stage")
    parser.add_argument("--patches", type=int, help="at most, of a damaged image in training")
    parser.add_argument("--words", type=int, default=1000, help="of CORNIA's codebook")
    parser.add_argument("--vgg-weights", help="file of VGG-16's weights; random ones without")
    parser.add_argument("--methods", nargs="+", help="rows of the table; all unless given")
    parser.add_argument(
        "--pristine", help="folder of photographs that NIQE, BIECON and DIQA learn from"
    )
    parser.add_argument("--device", default="auto", help="cpu, cuda, ...")
    parser.add_argument("--jobs", type=int, help="splits at once")
    parser.add_argument("--store", help="folder for finished splits, to go on after interruption")
    parser.add_argument("--output", default=RESULTS, help="folder for the tables")
    options = parser.parse_args(arguments)
    if EXPERIMENTS[options.experiment].is_timed and options.pristine is None:
        parser.error(f"{options.experiment} needs --pristine")
    if options.data is None and options.experiment != "damaged-photographs":
        parser.error(f"{options.experiment} needs --data")
    if options.scores is None and EXPERIMENTS[options.experiment].has_scores_apart:
        parser.error(f"{options.experiment} needs --scores")
    return options


def evaluate(experiment, images, setting, splits, options):
    """A row of the table for every model, and what stage two adds."""
    rows, gains, similarity, simple = [], {}, None, {}
    published = (paper.TABLE2 | paper.TABLE3).get(options.experiment)
    for make in experiment.competitors:
        competitor = make(setting)
        name = next(iter(competitor.methods))
        if options.methods and name not in options.methods:
            continue
        params = {"kinds": images.kind} if competitor.learns_kinds else {}
        if competitor.patches is not None:
            if similarity is None:
                similarity = patch_ssim(
                    images.images, images.references, extractor=setting.extractor
                )
            params["patch_targets"] = models.patch_targets(
                competitor.patches, images, similarity, options.patches
            )
        X = images.images
        if competitor.description is not None:
            learned = X if competitor.pristine is None else competitor.pristine
            X = setting.memory.cache(described)(competitor.description, learned, X)
        result = cross_validate_quality(
            competitor.estimator,
            X,
            images.target,
            groups=images.groups,
            cv=splits,
            kind=images.kind,
            params=params,
            methods=competitor.methods,
            store=options.store
            and Path(options.store, options.experiment, name.replace(" ", "_")),
            n_jobs=options.jobs,
            verbose=1,
        )
        for method in competitor.methods:
            rows.append(row(method, result, images, published))
            if experiment.is_timed:
                rows[-1][TIME] = f"{seconds_per_image(competitor, images):.3f}"
        if len(competitor.methods) == 2:
            gains |= gain(result, images)
        if competitor.is_simple:
            simple[name] = result.scores[name]["all"]["srocc"]
        elif simple:
            gains |= gain_over_simple(result, simple)
    return rows, gains


def described(description, learned, images):
    return clone(description).fit(learned).transform(images)


def seconds_per_image(competitor, images, n_images=16):
    """How long a core takes to read and score an image; of features, to read and describe it."""
    some = np.linspace(0, len(images.target) - 1, n_images).astype(int)
    X, y = images.images[some], images.target[some]
    if "features" in getattr(competitor.model, "named_steps", {}):
        learned = X if competitor.pristine is None else competitor.pristine[:n_images]
        answer = clone(competitor.model[0]).fit(learned).transform
    else:
        answer = clone(competitor.model).fit(X, y).predict
    start = time.process_time()
    answer(X)
    return (time.process_time() - start) / n_images


def families(images):
    """Kinds of damage made here, by whether they are local; of other data this is not known."""
    if not np.isin(data.LOCAL_KINDS, images.kind).all():
        return {}
    return {"global": data.GLOBAL_KINDS, "local": data.LOCAL_KINDS}


def row(method, result, images, published):
    """The paper's figures if any and ours: median, and mean and standard deviation in brackets."""
    cells = {"Model": method}
    if published:
        cells |= zip(["Paper SROCC", "Paper PLCC"], published.get(method, ("", "")), strict=True)
    for metric, values in result.scores[method]["all"].items():
        cells[HEADINGS[metric]] = cell(values)
    for family, kinds in families(images).items():
        cells[f"SROCC, {family}"] = cell(srocc_of_kinds(method, result, images, kinds))
    for kind in np.unique(images.kind[images.kind != data.PRISTINE]):
        cells[f"SROCC, {kind}"] = cell(result.scores[method][str(kind)]["srocc"])
    return cells


def srocc_of_kinds(method, result, images, kinds):
    """SROCC of every split on the test images of some kinds of damage."""
    scores = []
    for (_, _, test), predicted in zip(result.splits, result.predictions[method], strict=True):
        chosen = np.isin(images.kind[test], kinds)
        if chosen.sum() > 1:
            scores.append(srocc_score(images.target[test][chosen], predicted[chosen]))
    return np.array(scores)


def gain(result, images):
    """How much stage two adds to the SROCC of the stage one that it builds on, split by split."""
    first, second = result.scores
    differences = {
        "all": result.scores[second]["all"]["srocc"] - result.scores[first]["all"]["srocc"]
    }
    for family, kinds in families(images).items():
        scores = [srocc_of_kinds(name, result, images, kinds) for name in (first, second)]
        differences[family] = scores[1] - scores[0]
    return {
        f"{second} over {first}, {family}": compared(values)
        for family, values in differences.items()
    }


def gain_over_simple(result, simple):
    """How much every method adds to the simple one that is best on average, split by split."""
    best = max(simple, key=lambda name: np.mean(simple[name]))
    return {
        f"{name} over {best}": compared(scores["all"]["srocc"] - simple[best])
        for name, scores in result.scores.items()
    }


def compared(differences):
    """Median, mean and deviation of differences, and how many are positive."""
    return f"{cell(differences)}, better in {(differences > 0).sum()} of {len(differences)} splits"


def cell(values):
    spread = np.nanstd(values, ddof=1) if len(values) > 1 else 0
    return f"{np.nanmedian(values):.3f} ({np.nanmean(values):.3f} ± {spread:.3f})"


def show(rows, gains):
    for cells in rows:
        published = f"paper {cells.get('Paper SROCC', '-'):>6} {cells.get('Paper PLCC', '-'):>6}"
        print(f"{cells['Model']:28} {published}   SROCC {cells['SROCC']}  PLCC {cells['PLCC']}")
    for name, value in gains.items():
        print(f"{name}: SROCC {value}")


if __name__ == "__main__":
    main()
