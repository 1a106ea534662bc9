"""What parts of the default second stage are worth: places and covariance of patches.

    python examples/quality_experiments/second_stage.py --data PHOTOGRAPHS --live-challenge LIVE

writes the table for the documentation. In every split the second stage learns three times from the
same hyper-images: as it is; from those whose cells are in places drawn at random; and from their
statistics alone, without the covariance of descriptions. With ``--store`` a run that was
interrupted goes on where it stopped.
"""

import argparse
from functools import partial

import data
import numpy as np
from joblib import Memory
from sklearn.base import clone
from sklearn.model_selection import GroupShuffleSplit
from tables import RESULTS, mean_and_spread, save

from sk_hyperimage.datasets import make_synthetic_artifacts
from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.metrics import srocc_score


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of photographs; those of dependencies without")
    parser.add_argument("--live-challenge", help="folder of LIVE in the Wild")
    parser.add_argument("--synthetic", type=int, default=900, help="images of the task of Table 1")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--store", help="folder for finished splits, to go on after interruption")
    parser.add_argument("--output", default=RESULTS, help="folder for the table")
    options = parser.parse_args(arguments)
    tasks = {
        "Table 1, experiment 1": partial(synthetic, options.synthetic),
        "Damaged here in six ways": partial(data.damaged_photographs, options.data),
    }
    if options.data:
        tasks["Damaged here in random regions"] = partial(data.locally_damaged, options.data)
    if options.live_challenge:
        tasks["LIVE in the Wild"] = partial(data.live_challenge, options.live_challenge)
    kept = Memory(options.store, verbose=0).cache(in_three_ways)
    rows = []
    for name, load in tasks.items():
        images = load()
        splits = GroupShuffleSplit(options.splits, test_size=0.2, random_state=0)
        scores = np.array(
            [
                kept(images.images, images.target, images.groups, train, test)
                for train, test in splits.split(images.target, groups=images.groups)
            ]
        )
        rows.append(row(name, len(images.target), *scores.T))
        print(rows[-1], flush=True)
    record = {
        "splits": options.splits,
        "tested": "the images of 20 % of the references, drawn at random for each split",
    }
    save("second_stage", rows, record, options.output)


def synthetic(n_images):
    made = make_synthetic_artifacts(n_images, random_state=0)
    every = np.arange(n_images)
    return data.Images(made.images, None, made.target, every, every, made.images.shape[1:3])


def in_three_ways(X, y, groups, train, test):
    """SROCC of the default, and of its second stage fitted on shuffled grids and on statistics."""
    model = HyperImageRegressor(random_state=0).fit(X[train], y[train], groups=groups[train])
    learned, given = (model.encode(X[rows]) for rows in (train, test))
    rng = np.random.default_rng(0)
    second = clone(model.final_estimator_).fit(shuffled(learned, rng), y[train])
    moved = second.predict(shuffled(given, rng))
    second = clone(second).set_params(regressor__numbers__covariance="drop")
    alone = second.fit(learned, y[train]).predict(given)
    as_it_is = model.final_estimator_.predict(given)
    return [srocc_score(y[test], found) for found in (as_it_is, moved, alone)]


def shuffled(hyper_images, rng):
    """The cells of every hyper-image in places drawn at random."""
    moved = [
        rng.permutation(each.reshape(-1, each.shape[-1])).reshape(each.shape)
        for each in hyper_images
    ]
    return np.stack(moved)


def row(name, n_images, default, moved, alone):
    return {
        "Images": name,
        "n": n_images,
        "The default": mean_and_spread(default),
        "Shuffled grids": mean_and_spread(moved),
        "Gain of places": gain(default - moved),
        "Statistics alone": mean_and_spread(alone),
        "Gain of covariance": gain(default - alone),
    }


def gain(differences):
    ahead = (differences > 0).sum()
    return f"{mean_and_spread(differences)}, {ahead} of {len(differences)} splits"


if __name__ == "__main__":
    main()
