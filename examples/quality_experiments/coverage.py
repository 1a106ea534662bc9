"""How often the true score lies where a model says that it does, on references held out.

    python examples/quality_experiments/coverage.py --live-challenge ~/live_challenge

writes the table for the documentation. An interval is the prediction plus and minus a multiple of
the standard deviation that `predict(X, return_std=True)` gives. Without the option only the
photographs that come with dependencies are used, damaged here, so that nothing is downloaded.
"""

import argparse

import data
import numpy as np
from scipy.stats import norm
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import GroupShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from tables import RESULTS, mean_and_spread, save

from sk_hyperimage.datasets import load_sample_photos, make_damage_kinds
from sk_hyperimage.ensemble import GroupEnsembleRegressor, HyperImageRegressor
from sk_hyperimage.feature_extraction import BrisqueFeatures

LEVELS = (0.5, 0.8, 0.9, 0.95)
KINDS = ["additive noise", "blur", "jpeg", "blocks"]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--live-challenge", help="folder of LIVE in the Wild")
    parser.add_argument("--photographs", type=int, default=60)
    parser.add_argument("--size", type=int, default=96, help="of photographs, in pixels")
    parser.add_argument("--splits", type=int, default=8)
    parser.add_argument("--output", default=RESULTS, help="folder for the table")
    options = parser.parse_args(arguments)
    models = {
        "HyperImageRegressor": HyperImageRegressor(random_state=0),
        "Ensemble of HyperImageRegressor": GroupEnsembleRegressor(
            HyperImageRegressor(), random_state=0
        ),
    }
    damaged = damaged_photographs(options.photographs, options.size)
    rows = evaluate("Damaged here", damaged, models, options.splits)
    if options.live_challenge:
        rated = data.live_challenge(options.live_challenge)
        features = BrisqueFeatures().fit_transform(rated.images)
        brisque = {"Ensemble of BRISQUE": GroupEnsembleRegressor(regression(), random_state=0)}
        given = features, rated.target, rated.groups
        rows += evaluate("LIVE in the Wild", given, brisque, options.splits)
    made = record(options.splits, options.photographs, options.size)
    save("coverage", rows, made, options.output)


def record(n_splits, n_photographs, size):
    """How the table was made."""
    return {
        "splits": n_splits,
        "tested": "the images of 20 % of the references, drawn at random for each split",
        "damaged here": f"{n_photographs} photographs of {size} pixels, {', '.join(KINDS)} at two "
        "levels; the score is computed",
        "members of an ensemble": 5,
    }


def damaged_photographs(n_photographs, size):
    made = make_damage_kinds(
        load_sample_photos(size).images[:n_photographs], kinds=KINDS, n_levels=2, random_state=0
    )
    return made.images, made.target, made.groups


def regression():
    return TransformedTargetRegressor(
        make_pipeline(StandardScaler(), SVR()), transformer=StandardScaler()
    )


def evaluate(name, images, models, n_splits):
    """A row of the table for every model."""
    X, y, groups = images
    rows = []
    splits = list(GroupShuffleSplit(n_splits, test_size=0.2, random_state=0).split(X, y, groups))
    for model_name, model in models.items():
        inside, errors, widths = [], [], []
        for train, test in splits:
            model.fit(X[train], y[train], groups=groups[train])
            predicted, std = model.predict(X[test], return_std=True)
            distance = np.abs(y[test] - predicted)
            half = [norm.ppf((1 + level) / 2) * std for level in LEVELS]
            inside.append([np.mean(distance <= each) for each in half])
            errors.append(np.sqrt(np.mean(distance**2)) / y.std())
            widths.append(np.mean(half[LEVELS.index(0.9)]) / y.std())
        cells = {"Images": name, "Model": model_name}
        for level, shares in zip(LEVELS, np.transpose(inside), strict=True):
            cells[f"Within {level:.0%}"] = mean_and_spread(100 * shares, 1)
        cells["RMSE"] = mean_and_spread(errors, 2)
        cells["± of 90%"] = mean_and_spread(widths, 2)
        print(cells, flush=True)
        rows.append(cells)
    return rows


if __name__ == "__main__":
    main()
