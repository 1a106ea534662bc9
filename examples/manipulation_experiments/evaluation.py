"""Scores of a model in every split of devices."""

from pathlib import Path

from sklearn.metrics import accuracy_score, check_scoring

from sk_hyperimage.model_selection import ReferenceShuffleSplit, cross_validate_splits
from sk_hyperimage.preprocessing import JPEGReencoder

# 3 of 9 devices are for the test, as in the paper; it mentions no validation part.
TEST_SHARE, VALIDATION_SHARE = 1 / 3, 1 / 9


def evaluate(model, X, y, groups, *, scoring, score_params, n_splits, store, n_jobs):
    """Scores of a model, {score: values}; finished splits in `store` stay."""
    found = cross_validate_splits(
        model,
        X,
        y,
        groups=groups,
        cv=ReferenceShuffleSplit(
            n_splits, test_size=TEST_SHARE, validation_size=VALIDATION_SHARE, random_state=0
        ),
        scoring=scoring,
        score_params=score_params,
        store=store and Path(store),
        n_jobs=n_jobs,
        verbose=1,
    )
    return {
        name.removeprefix("test_"): values
        for name, values in found.items()
        if name.startswith("test_")
    }


def scores(model, X, y, qualities):
    """Accuracy of patches as they are, and after compression at each quality."""
    found = check_scoring(model, ["accuracy", "balanced_accuracy"])(model, X, y)
    for quality in qualities:
        saved = JPEGReencoder(quality=quality).fit_transform(X)
        found[f"accuracy, saved at {quality}"] = accuracy_score(y, model.predict(saved))
    return found
