"""All full-reference scores against opinions, on data whose references are at hand.

    python examples/quality_experiments/full_reference.py live-subset --data FOLDER

writes a table for the documentation: how every score by itself, and a regressor on two of them
that never saw the reference, rank the images. Correlations are 1 where the ranks agree, whichever
direction of the score is better.
"""

import argparse
import time

import data
import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from tables import RESULTS, save

from sk_hyperimage.feature_extraction import FullReferenceScores
from sk_hyperimage.images import pair_images
from sk_hyperimage.metrics import (
    FULL_REFERENCE,
    krocc_score,
    plcc_logistic5_score,
    plcc_score,
    srocc_score,
)

# Whether higher opinions are better.
EXPERIMENTS = {
    "live-subset": (data.live_subset, False),
    "live": (data.live, False),
    "tid-24": (data.tid2013, True),
}
REGRESSED = ("mdsi", "gmsd")
TIME = "Seconds of a core per pair"


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="full_reference",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--data", required=True, help="folder of the data set")
    parser.add_argument("--output", default=RESULTS, help="folder for the table")
    options = parser.parse_args(arguments)
    load, higher_is_better = EXPERIMENTS[options.experiment]
    images = load(options.data)
    tested = images.kind != data.PRISTINE
    pairs = pair_images(images.images[tested], images.references[tested])
    quality = images.target[tested] * (1 if higher_is_better else -1)
    groups, kinds = images.groups[tested], images.kind[tested]
    rows, features = [], {}
    for name, score in FULL_REFERENCE.items():
        start = time.process_time()
        features[name] = FullReferenceScores([name]).fit_transform(pairs)[:, 0]
        seconds = (time.process_time() - start) / len(pairs)
        predicted = features[name] if score.higher_is_better else -features[name]
        direction = "higher" if score.higher_is_better else "lower"
        rows.append(
            {"Score": name, "Better": direction}
            | correlations(quality, predicted, kinds)
            | {TIME: f"{seconds:.2f}"}
        )
        print(rows[-1], flush=True)
    rows.append(regressed(features, quality, groups, kinds))
    print(rows[-1])
    record = {
        "experiment": options.experiment,
        "images": len(pairs),
        "references": len(np.unique(groups)),
        "pristine images": "left out",
        "SVR": "scikit-learn's, of standardized scores and opinions; every reference predicted by "
        "a model of the others",
    }
    save(f"full_reference_{options.experiment}", rows, record, options.output)


def regressed(features, quality, groups, kinds):
    """The row of a regressor on two scores, tested on references that it never saw."""
    columns = np.column_stack([features[name] for name in REGRESSED])
    predicted = cross_val_predict(
        TransformedTargetRegressor(
            make_pipeline(StandardScaler(), SVR()), transformer=StandardScaler()
        ),
        columns,
        quality,
        groups=groups,
        cv=LeaveOneGroupOut(),
    )
    return (
        {"Score": f"SVR of {' and '.join(REGRESSED)}", "Better": "higher"}
        | correlations(quality, predicted, kinds)
        | {TIME: ""}
    )


def correlations(quality, predicted, kinds):
    """Correlations over all images, and SROCC of every kind of damage."""
    row = {
        "SROCC": srocc_score(quality, predicted),
        "KROCC": krocc_score(quality, predicted),
        "PLCC": plcc_score(quality, predicted),
        "PLCC, fitted": plcc_logistic5_score(quality, predicted),
    }
    for kind in np.unique(kinds):
        chosen = kinds == kind
        row[f"SROCC, {kind}"] = srocc_score(quality[chosen], predicted[chosen])
    return {name: f"{value:.3f}" for name, value in row.items()}


if __name__ == "__main__":
    main()
