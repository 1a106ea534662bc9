"""Scores of a model in every split of devices.

All models learn from the same photographs. Those of the validation part are for networks, which
stop by them; a model without a network sees none of them.
"""

from sklearn.metrics import accuracy_score, check_scoring, log_loss

from sk_hyperimage.ensemble import ResidualCNNClassifier
from sk_hyperimage.model_selection import ReferenceShuffleSplit, cross_validate_splits
from sk_hyperimage.preprocessing import JPEGReencoder

# 3 of 9 devices are for the test, as in the paper; it mentions no validation part.
TEST_SHARE, VALIDATION_SHARE = 1 / 3, 1 / 9


def evaluate(
    model,
    X,
    y,
    groups,
    *,
    validates,
    scoring,
    score_params,
    n_splits,
    store,
    n_jobs,
    fits=True,
):
    """Scores of a model, {score: values}; finished splits in `store` stay.

    With ``fits=False`` there are as many splits as the store holds, maybe none.
    """
    if not fits:
        n_splits = min(n_splits, len(list(store.glob("split-*.npz"))))
    if n_splits == 0:
        return {}
    splitter = ReferenceShuffleSplit(
        n_splits, test_size=TEST_SHARE, validation_size=VALIDATION_SHARE, random_state=0
    )
    splits = [
        (train, validation, test) if validates else (train, test)
        for train, validation, test in splitter.split_with_validation(groups=groups)
    ]
    found = cross_validate_splits(
        model,
        X,
        y,
        groups=groups,
        cv=splits,
        scoring=scoring,
        score_params=score_params,
        store=store,
        n_jobs=n_jobs,
        verbose=1,
    )
    return {
        name.removeprefix("test_").replace("validation_", "validation: "): values
        for name, values in found.items()
    }


def scores(model, X, y, qualities):
    """Accuracy of patches as they are, and after compression at each quality."""
    found = check_scoring(model, ["accuracy", "balanced_accuracy"])(model, X, y)
    for quality in qualities:
        saved = JPEGReencoder(quality=quality).fit_transform(X)
        found[f"accuracy, saved at {quality}"] = accuracy_score(y, model.predict(saved))
    if isinstance(model[-1], ResidualCNNClassifier):
        found["log loss"] = log_loss(y, model.predict_proba(X))
        start = model[-1].validation_scores_["classifier"]
        found["start's accuracy"], found["start's log loss"] = start
    return found
