"""The protocol of quality assessment: predictions on many splits, and their scores."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_array, check_consistent_length, column_or_1d

from sk_hyperimage._typing import Floats, ImagesLike, Predictor
from sk_hyperimage.model_selection._cross_validate import CONSTRAINTS
from sk_hyperimage.model_selection._protocol import Protocol, fit_metadata
from sk_hyperimage.model_selection._quality_result import ALL, QualityResult, make_result
from sk_hyperimage.model_selection._run_splits import run_splits
from sk_hyperimage.model_selection._splits import PARTS, SplitsLike, make_splits
from sk_hyperimage.utils._sklearn import validate_params
from sk_hyperimage.utils._validation import check_groups

Method = str | Callable[[Any, Any], ArrayLike]


@validate_params(CONSTRAINTS | {"methods": [dict, None]}, prefer_skip_nested_validation=False)
def cross_validate_quality(
    estimator: Predictor,
    X: ImagesLike,
    y: ArrayLike,
    *,
    groups: ArrayLike | None,
    cv: SplitsLike = 10,
    kind: ArrayLike | None = None,
    params: dict[str, object] | None = None,
    methods: dict[str, Method] | None = None,
    store: str | os.PathLike | None = None,
    n_jobs: int | None = None,
    verbose: int | bool = 0,
) -> QualityResult:
    """Evaluate an estimator on many splits that share no reference.

    Splits are run as by :func:`cross_validate_splits`; the paper takes 100.

    Parameters
    ----------
    estimator, X, cv, params, store, n_jobs, verbose
        As in :func:`cross_validate_splits`. The estimator is a regressor.
    y : array-like of shape (n_images,)
        Subjective scores.
    groups : array-like of shape (n_images,) or None
        Reference of each image. None: no two images share one.
    kind : array-like of shape (n_images,), default=None
        Kind of damage in each image, to score each kind by itself as well.
    methods : dict of str to str or callable, default=None
        Ways to predict with each fitted model: names of its methods, or functions
        ``f(model, X)`` of a module, that return one score per image. Competitors that share a
        model thus need one training. None: ``{"predict": "predict"}``.

    Returns
    -------
    result : QualityResult
        Its `table` is the same however often the run was interrupted.

    Raises
    ------
    ValueError
        As :func:`cross_validate_splits`, and if a test or validation part has one image only.

    Warns
    -----
    LogisticFitWarning
        If some "plcc_logistic4" are raw PLCC because the mapping could not be fitted.

    See Also
    --------
    cross_validate_splits : The same with other scores, such as those of classifiers.
    ReferenceShuffleSplit : The paper's 60/20/20 splits.
    save_splits, load_splits : The same splits for everyone.

    Notes
    -----
    The table of an estimator without `validation_mask` is just as valid, but it learns from the
    validation images and therefore has no validation scores.

    References
    ----------
    The hyper-image paper, "Experiments": random splits by reference, 60 % for training, 20 % for
    validation, 20 % for testing.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sk_hyperimage.model_selection import cross_validate_quality
    >>> X = np.random.default_rng(0).random((60, 3))
    >>> references = np.repeat(np.arange(15), 4)
    >>> result = cross_validate_quality(Ridge(0.1), X, X @ [3, 2, 1], groups=references, cv=20)
    >>> srocc = result.table()[0]
    >>> srocc["metric"], srocc["n_splits"], round(srocc["median"], 2)
    ('srocc', 20, 1.0)
    """
    scores = column_or_1d(check_array(y, ensure_2d=False, dtype=np.float64, input_name="y"))
    check_consistent_length(X, scores, groups, kind)
    methods = methods or {"predict": "predict"}
    groups = None if groups is None else check_groups(groups)
    kinds = None if kind is None else column_or_1d(kind).astype(str)
    if kinds is not None and ALL in kinds:
        raise ValueError(f"kind holds {ALL!r}, which names all images in the result")
    metadata, takes_mask = fit_metadata(estimator, groups, params)
    judge = partial(_predictions, methods)
    protocol = Protocol(estimator, X, scores, metadata, takes_mask, judge, {}, PARTS[1:])
    splits = make_splits(cv, X, scores, groups, repeatable=store is not None)
    for index, split in enumerate(splits):
        for part, rows in zip(PARTS[1:], split[1:], strict=True):
            if len(rows) < 2:
                raise ValueError(
                    f"the {part} part of split {index} of cv has one image; scores need two"
                )
    outcomes = run_splits(
        protocol,
        splits,
        judged_by={"methods": methods},
        store=store,
        n_jobs=n_jobs,
        verbose=verbose,
    )
    return make_result(splits, outcomes, list(methods), scores, kinds, takes_mask)


def _predictions(methods: dict[str, Method], model: Any, X: Any, y: Floats) -> dict[str, Floats]:
    """Predictions of every method, one per image."""
    predictions: dict[str, Floats] = {}
    for name, method in methods.items():
        given = getattr(model, method)(X) if isinstance(method, str) else method(model, X)
        values = predictions[name] = np.asarray(given, dtype=np.float64)
        if values.shape != y.shape:
            raise ValueError(
                f"methods[{name!r}] gives an array of shape {values.shape} for {len(y)} images; "
                f"it must give one score per image"
            )
        if not np.isfinite(values).all():
            raise ValueError(f"methods[{name!r}] gives NaN or infinity")
    return predictions
