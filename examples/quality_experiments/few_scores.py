"""What a first stage that learned from damage made on purpose is worth, for few to many scores.

    python examples/quality_experiments/few_scores.py --data ~/photographs

writes the table for the documentation. Of the photographs, the first are damaged in random regions
and scored by a computation; models learn from the scores of some of them, and are tested on
photographs that they have not seen. The others serve pre-training, without scores.

    python examples/quality_experiments/few_scores.py --data ~/photographs \
        --opinion ~/ChallengeDB --scores 20 50 100 320

does the same with photographs as people take them, and their scores of these.
"""

import argparse

import data
import models
import numpy as np
from sklearn.model_selection import GroupShuffleSplit
from tables import RESULTS, mean_and_spread, save

from sk_hyperimage.datasets import make_local_damage
from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import pretrain_on_damage
from sk_hyperimage.metrics import srocc_score

N_SCORES = (20, 50, 100, 400)
DEFAULT = "Two-stage, the default"
PRETRAINED = "Two-stage, pre-trained"
# What a VotingRegressor of the two predicts, without fitting them again.
AVERAGED = "Two-stage, the mean of both"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder of photographs")
    parser.add_argument("--opinion", help="folder of LIVE In the Wild, in place of damage")
    parser.add_argument("--skip", type=int, default=0, help="photographs, the first by name")
    parser.add_argument("--scored", type=int, default=64, help="photographs")
    parser.add_argument("--unscored", type=int, default=120, help="photographs to pre-train on")
    parser.add_argument("--scores", type=int, nargs="+", default=N_SCORES, help="to learn from")
    parser.add_argument("--size", type=int, default=160, help="of photographs, in pixels")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument(
        "--words", dest="n_words", type=int, default=400, help="of CORNIA's codebook"
    )
    parser.add_argument("--output", default=RESULTS, help="folder for the table")
    options = parser.parse_args(arguments)
    n_used = options.skip + options.scored + options.unscored
    photographs = data.squares(options.data, n_used, options.size)[options.skip :]
    if len(photographs) < options.scored + 5:
        parser.error(f"{options.data} holds too few photographs")
    scored, unscored = np.split(photographs, [options.scored])
    if options.opinion:
        made, table = data.live_challenge(options.opinion), "few_scores_authentic"
    else:
        made, table = make_local_damage(scored, n_per_reference=8, random_state=0), "few_scores"
    first_stage = pretrain_on_damage(unscored, random_state=0)
    competitors = {
        "BRISQUE": models.brisque(options).model,
        "CORNIA": models.cornia_rbf(options).model,
        DEFAULT: HyperImageRegressor(random_state=0),
        PRETRAINED: HyperImageRegressor(patch_estimator=first_stage, layer=-1, random_state=0),
    }
    no_scores = srocc_of_first_stage(first_stage, made)
    found = {name: [] for name in [*competitors, AVERAGED]}
    splits = list(
        GroupShuffleSplit(options.splits, test_size=0.2, random_state=0).split(
            made.images, made.target, made.groups
        )
    )
    for seed, (train, test) in enumerate(splits):
        drawn = np.random.RandomState(seed).permutation(train)
        predicted = {
            name: [predictions(model, made, drawn[:n], test) for n in options.scores]
            for name, model in competitors.items()
        }
        predicted[AVERAGED] = np.mean([predicted[DEFAULT], predicted[PRETRAINED]], axis=0)
        for name, of_numbers in predicted.items():
            sroccs = [srocc_score(made.target[test], some) for some in of_numbers]
            found[name].append(sroccs)
            print(seed, name, np.round(sroccs, 3), flush=True)
    found = {name: np.array(of_splits) for name, of_splits in found.items()}
    rows = [
        {"Model": name}
        | {f"{n} scores": mean_and_spread(of[:, place]) for place, n in enumerate(options.scores)}
        for name, of in found.items()
    ]
    record = {
        "images scored": len(made.target),
        "photographs of these": len(np.unique(made.groups)),
        "photographs to pre-train on": len(unscored),
        "splits": options.splits,
        "tested": "the images of 20 % of the photographs, drawn at random for each split",
        "SROCC of the mean of patches, no score learned from, all images": no_scores,
    }
    record |= {
        f"SROCC, {ours.lower()} over {simple}": {
            f"{n} scores": compared((found[ours] - found[simple])[:, place])
            for place, n in enumerate(options.scores)
        }
        for ours, simple in [(PRETRAINED, "BRISQUE"), (AVERAGED, "BRISQUE"), (AVERAGED, "CORNIA")]
    }
    save(table, rows, record, options.output)


def predictions(model, made, train, test):
    """Of a model that has learned from some images, for those of other photographs."""
    # The others are Pipelines of features and a search.
    name = "groups" if isinstance(model, HyperImageRegressor) else "regress__groups"
    model.fit(made.images[train], made.target[train], **{name: made.groups[train]})
    return model.predict(made.images[test])


def srocc_of_first_stage(first_stage, made):
    """Of the mean of what the first stage says of patches."""
    model = HyperImageRegressor(patch_estimator=first_stage, layer=-1, random_state=0)
    model.fit(made.images[:16], made.target[:16])
    similarity = model.predict_patches(made.images).mean(axis=(1, 2))
    return round(srocc_score(made.target, similarity), 3)


def compared(differences):
    n_better = (differences > 0).sum()
    return f"{mean_and_spread(differences)}, better in {n_better} of {len(differences)} splits"


if __name__ == "__main__":
    main()
