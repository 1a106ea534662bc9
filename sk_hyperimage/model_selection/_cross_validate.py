"""Cross-validation with any scoring that can be killed and run again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import check_scoring
from sklearn.utils import check_consistent_length

from sk_hyperimage._typing import Estimator, Floats, ImagesLike
from sk_hyperimage.model_selection._protocol import Protocol, fit_metadata
from sk_hyperimage.model_selection._run_splits import run_splits
from sk_hyperimage.model_selection._split_store import Outcome
from sk_hyperimage.model_selection._splits import SplitsLike, make_splits
from sk_hyperimage.utils._sklearn import HasMethods, Interval, validate_params
from sk_hyperimage.utils._validation import check_groups

CONSTRAINTS: dict[str, list[Any]] = {
    "estimator": [HasMethods(["fit"])],
    "cv": [
        Interval(Integral, 1, None, closed="left"),
        HasMethods(["split"]),
        HasMethods(["__iter__"]),
    ],
    "params": [dict, None],
    "store": [str, os.PathLike, None],
    "n_jobs": [Integral, None],
    "verbose": ["verbose"],
}

Scoring = str | Callable[..., Any] | Iterable[str] | Mapping[str, str | Callable[..., Any]]


@validate_params(
    CONSTRAINTS
    | {"scoring": [str, callable, list, tuple, set, dict, None], "score_params": [dict, None]},
    prefer_skip_nested_validation=False,
)
def cross_validate_splits(
    estimator: Estimator,
    X: ImagesLike,
    y: Any,
    *,
    groups: ArrayLike | None = None,
    cv: SplitsLike = 10,
    scoring: Scoring | None = None,
    params: dict[str, object] | None = None,
    score_params: dict[str, object] | None = None,
    store: str | os.PathLike | None = None,
    n_jobs: int | None = None,
    verbose: int | bool = 0,
) -> dict[str, Floats]:
    """Score an estimator on many splits that share no reference.

    In every split a clone is fitted on the training and validation images, with a
    `validation_mask` that marks the latter if its `fit` requests one, and scored on the test
    images. Test images are used for nothing else; the choice between models belongs to the
    validation images.

    Parameters
    ----------
    estimator : estimator
        A scikit-learn estimator. With an int `random_state` every run gives the same result;
        otherwise a resumed run differs from the one that was interrupted.
    X : array-like or sequence of images or file paths of shape (n_images, ...)
        One row per image.
    y : array-like of shape (n_images, ...)
        Targets of any kind, such as labels or boxes, passed on as they are.
    groups : array-like of shape (n_images,), default=None
        Reference of each image. None: no two images share one.
    cv : int, splitter or iterable, default=10
        Number of splits of a ``ReferenceShuffleSplit`` with seed 0, a splitter, or splits such as
        those of :func:`load_splits`. If there are only training and test images, a quarter of the
        training references is held out for validation.
    scoring : str, callable, list or dict, default=None
        As in :func:`sklearn.model_selection.cross_validate`; None is the estimator's own `score`.
        A function ``f(estimator, X, y, **score_params)`` of a module returns one score, or several
        in a dict.
    params : dict, default=None
        Further metadata for `fit`; values with one item per image are cut to the images of the
        split.
    score_params : dict, default=None
        Metadata for the scoring, such as masks of the images, cut likewise. A function gets all
        of it, scorers in a list or dict what they request.
    store : str or path-like, default=None
        Folder for finished splits. A run that was killed goes on from there, and a run with more
        splits adds to them; another model, data set, scoring or library version is refused.
    n_jobs : int, default=None
        Number of splits to run at once, as in joblib. With
        ``joblib.parallel_config(backend="dask")`` they run on the machines of a Dask cluster.
    verbose : int or bool, default=0
        Whether to report progress on stderr after every split.

    Returns
    -------
    scores : dict of str to ndarray of shape (n_splits,)
        "test_score", or "test_<name>" for every name in `scoring`; the same however often the run
        was interrupted. If `fit` takes a `validation_mask`, also "validation_score" or
        "validation_<name>", for choosing between models. Others learn from the validation images.

    Raises
    ------
    ValueError
        If an argument does not fit the others, references are shared between parts of a split,
        metadata is not requested, scores are not numbers, a stored file is damaged, or the store
        is that of another run.

    See Also
    --------
    cross_validate_quality : Predictions, correlations and a table for quality scores.
    sklearn.model_selection.cross_validate : The same without references, validation and store.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_hyperimage.model_selection import cross_validate_splits
    >>> X = np.random.default_rng(0).random((60, 3))
    >>> references = np.repeat(np.arange(15), 4)
    >>> scores = cross_validate_splits(
    ...     LogisticRegression(C=100), X, X.sum(axis=1) > 1.5, groups=references, cv=20,
    ...     scoring=["accuracy", "roc_auc"],
    ... )
    >>> sorted(scores), scores["test_roc_auc"].shape
    (['test_accuracy', 'test_roc_auc'], (20,))
    """
    check_consistent_length(X, y, groups)
    groups = None if groups is None else check_groups(groups)
    metadata, takes_mask = fit_metadata(estimator, groups, params)
    judge = partial(_scores, check_scoring(estimator, scoring))
    parts = ("test", "validation") if takes_mask else ("test",)
    protocol = Protocol(estimator, X, y, metadata, takes_mask, judge, score_params or {}, parts)
    outcomes = run_splits(
        protocol,
        make_splits(cv, X, y, groups, repeatable=store is not None),
        judged_by={"scoring": scoring},
        store=store,
        n_jobs=n_jobs,
        verbose=verbose,
    )
    return _columns(outcomes)


def _scores(
    scorer: Callable[..., Any], model: Any, X: Any, y: Any, /, **score_params: Any
) -> dict[str, float]:
    """Scores of a fitted model by name, "score" if there is only one."""
    given = scorer(model, X, y, **score_params)
    scores = {}
    for name, value in given.items() if isinstance(given, dict) else [("score", given)]:
        number = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
        if not isinstance(number, Real):
            raise ValueError(f"scoring gives {value!r} as {name!r}, which is not a number")
        scores[name] = float(number)
    return scores


def _columns(outcomes: list[Outcome]) -> dict[str, Floats]:
    names = list(outcomes[0])
    for index, outcome in enumerate(outcomes):
        if set(outcome) != set(names):
            raise ValueError(
                f"scoring gives {sorted(outcome)} in split {index} but {sorted(names)} in split 0"
            )
    return {name: np.array([outcome[name] for outcome in outcomes]) for name in names}
