"""Scores of models in every split: those of scikit-learn, and pixel scores of maps."""

from functools import partial
from pathlib import Path

import numpy as np
from sklearn.metrics import check_scoring

from sk_hyperimage.inspection import patch_maps
from sk_hyperimage.metrics import localization_scores
from sk_hyperimage.model_selection import cross_validate_splits

SCORERS = ["accuracy", "balanced_accuracy", "roc_auc"]
PARAMS = ("masks", "pairs")  # besides the groups and the validation mask of the protocol


def evaluate(competitors, images, splits, store, n_jobs):
    """Scores of every model in all splits, {model: {score: values}}; splits in `store` stay."""
    scores = {}
    for name, competitor in competitors.items():
        params = {key: getattr(images, key) for key in PARAMS if key in competitor.metadata}
        found = cross_validate_splits(
            competitor.estimator,
            images.images,
            images.target,
            groups=images.groups,
            cv=splits,
            scoring=scores_with_maps if "masks" in params else SCORERS,
            params=params,
            score_params={"masks": images.masks} if "masks" in params else None,
            store=store and Path(store, name.replace(" ", "_")),
            n_jobs=n_jobs,
            verbose=1,
        )
        scores[name] = {
            key.removeprefix("test_"): values
            for key, values in found.items()
            if key.startswith("test_")
        }
    return scores


def scores_with_maps(model, images, target, masks):
    """Scores of whole images, and mean pixel scores of the maps of tampered ones."""
    scores = check_scoring(model, SCORERS)(model, images, target)
    shown = [k for k in np.flatnonzero(target) if masks[k] is not None]
    of_itself = getattr(model, "pixel_maps", partial(patch_maps, model))
    maps = of_itself(images[shown]) if shown else []
    of_pixels = localization_scores([masks[k] for k in shown], maps)
    return scores | {f"pixel {name}": np.nanmean(values) for name, values in of_pixels.items()}
