"""How models are scored: as a user would, by scikit-learn's own cross-validation."""

import numpy as np
import sklearn
from joblib import Memory, Parallel, delayed
from sklearn.model_selection import cross_validate

from sk_hyperimage.inspection import tampering_maps
from sk_hyperimage.metrics import localization_scores

# Of whole images as authentic or tampered.
SCORING = ("accuracy", "balanced_accuracy", "roc_auc")


def evaluate(competitors, images, splits, store, n_jobs):
    """Scores of every model in every split, {model: [{score: value}]}; those in `store` stay."""
    # Arrays that joblib maps into its workers' memory count as the arrays that they are.
    in_split = Memory(store, mmap_mode="r", verbose=0).cache(score)
    runs = [(name, split) for split in splits for name in competitors]
    found = Parallel(n_jobs, verbose=5)(
        delayed(in_split)(competitors[name], images, split) for name, split in runs
    )
    scores = {name: [] for name in competitors}
    for (name, _), of_split in zip(runs, found, strict=True):
        scores[name].append(of_split)
    return scores


def score(competitor, images, split):
    """Scores of a model in one split, those of its maps among them if it can draw any."""
    train, validation, test = split
    metadata = {
        "validation_mask": np.isin(np.arange(len(images.target)), validation),
        "masks": images.masks,
        "pairs": images.pairs,
        "groups": images.groups,
    }
    with sklearn.config_context(enable_metadata_routing=True):
        done = cross_validate(
            competitor.estimator,
            images.images,
            images.target,
            params={name: metadata[name] for name in competitor.metadata},
            cv=[(np.concatenate([train, validation]), test)],
            scoring=SCORING,
            return_estimator=True,
            error_score="raise",
        )
    scores = {name: float(done[f"test_{name}"][0]) for name in SCORING}
    if "masks" in competitor.metadata:
        scores |= of_maps(done["estimator"][0], images, test)
    return scores


def of_maps(model, images, test):
    """Mean pixel-level scores of the maps of tampered test images."""
    shown = [k for k in test[images.target[test] == 1] if images.masks[k] is not None]
    maps = tampering_maps(model, images.images[shown])
    scores = localization_scores([images.masks[k] for k in shown], maps)
    return {f"pixel {name}": float(np.nanmean(values)) for name, values in scores.items()}
