"""The evaluation protocol of quality assessment in one call that can be killed and run again."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import chain
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_array, check_consistent_length, column_or_1d

from sk_hyperimage.model_selection._fingerprint import describe, digest, versions
from sk_hyperimage.model_selection._one_split import Reading, Task, consumed
from sk_hyperimage.model_selection._protocol_result import ALL, ProtocolResult, make_result
from sk_hyperimage.model_selection._run_splits import run_splits
from sk_hyperimage.model_selection._split_store import Predictions, SplitStore
from sk_hyperimage.model_selection._splits import Split, make_splits
from sk_hyperimage.utils._sklearn import HasMethods, Interval, validate_params

OWN_METADATA = {"groups", "validation_mask"}


@validate_params(
    {
        "estimator": [HasMethods(["fit"])],
        "cv": [
            Interval(Integral, 1, None, closed="left"),
            HasMethods(["split"]),
            HasMethods(["__iter__"]),
        ],
        "params": [dict, None],
        "readings": [dict, None],
        "store": [str, os.PathLike, None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    },
    prefer_skip_nested_validation=False,
)
def cross_validate_quality(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    groups: Any,
    cv: Any = 10,
    distortion: Any = None,
    params: dict[str, Any] | None = None,
    readings: dict[str, Reading] | None = None,
    store: str | os.PathLike | None = None,
    n_jobs: int | None = None,
    verbose: int | bool = 0,
) -> ProtocolResult:
    """Evaluate an estimator on many splits that share no reference.

    In every split a clone is fitted on the training and validation images, with a
    `validation_mask` that marks the latter if its `fit` asks for one, and judged on the test
    images. Test images serve nothing else; models are chosen by the validation images alone.

    Parameters
    ----------
    estimator : estimator
        Any regressor of scikit-learn's contract. With an int `random_state` every run gives the
        same result; without, a resumed run is not the one that was interrupted.
    X : array-like or sequence of images or file paths of shape (n_images, ...)
        One row for each image.
    y : array-like of shape (n_images,)
        Subjective scores.
    groups : array-like of shape (n_images,) or None
        Reference of each image. None says that no two images share one.
    cv : int, splitter or iterable, default=10
        Number of splits of a ``ReferenceShuffleSplit`` of seed 0 (the paper takes 100), a
        splitter, or splits such as :func:`load_splits` gives. Where there are only training and
        test images, a quarter of the training references is held out to validate on.
    distortion : array-like of shape (n_images,), default=None
        Kind of damage in each image, to have every kind scored by itself too.
    params : dict, default=None
        Further metadata for `fit`, such as `patch_targets`; what has one item for each image is
        cut to the images of the split.
    readings : dict of str to str or callable, default=None
        What to read off each fitted model: names of methods, or functions ``f(model, X)`` of a
        module, that give one score for each image. Competitors that share a model thus need one
        training. None: ``{"predict": "predict"}``.
    store : str or path-like, default=None
        Folder for finished splits. A run that was killed goes on there, one with more splits adds
        to them; another model, data set or version of a library is refused.
    n_jobs : int, default=None
        Splits that are run at once, as joblib takes it. With
        ``joblib.parallel_config(backend="dask")`` they run on the machines of a Dask cluster.
    verbose : int or bool, default=0
        Whether to say on stderr how far it is after every split.

    Returns
    -------
    result : ProtocolResult
        Its `table` is the same however often the run was interrupted.

    Raises
    ------
    ValueError
        If an argument does not fit the others, references are shared between parts of a split,
        metadata is not asked for, a stored file is damaged, or the store is of another run.

    Warns
    -----
    LogisticFitWarning
        If "plcc_logistic4" is the raw PLCC somewhere, because its mapping could not be fitted.

    See Also
    --------
    ReferenceShuffleSplit : The paper's 60/20/20 splits.
    save_splits, load_splits : The same splits for everyone.

    Notes
    -----
    The table of an estimator that takes no `validation_mask` is as valid, but it learns from the
    validation images, so there are no validation scores of it.

    References
    ----------
    The hyper-image paper, "Experiments": random splits by reference, 60 % to train, 20 % to
    validate, 20 % to test.

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
    y = column_or_1d(check_array(y, ensure_2d=False, dtype=np.float64, input_name="y"))
    check_consistent_length(X, y, groups, distortion)
    readings = readings or {"predict": "predict"}
    groups = None if groups is None else column_or_1d(groups)
    kinds = None if distortion is None else _kinds(distortion)
    metadata, takes_mask = _metadata(estimator, groups, params or {})
    splits = _splits(cv, X, y, groups, store)
    task = Task(estimator, X, y, metadata, takes_mask, readings)
    outcomes = _run(task, splits, _open_store(store, task), n_jobs, verbose)
    return make_result(splits, outcomes, list(readings), y, kinds, takes_mask)


def _kinds(distortion: Any) -> np.ndarray:
    kinds = column_or_1d(distortion).astype(str)
    if ALL in kinds:
        raise ValueError(f"distortion has the kind {ALL!r}, which names all images in the result")
    return kinds


def _metadata(estimator: Any, groups: Any, params: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """What to hand to `fit`, and whether a validation mask is to go with it."""
    if OWN_METADATA & set(params):
        raise ValueError("params holds groups or validation_mask, which the protocol passes on")
    asked = consumed(estimator, OWN_METADATA | set(params))
    for name in sorted(set(params) - asked):
        raise ValueError(
            f"params holds {name!r}, which the fit of {type(estimator).__name__} does not ask "
            f"for; leave it out, or request it by set_fit_request({name}=True)"
        )
    metadata = dict(params)
    if groups is not None and "groups" in asked:
        metadata["groups"] = groups
    return metadata, "validation_mask" in asked


def _splits(cv: Any, X: Any, y: np.ndarray, groups: np.ndarray | None, store: Any) -> list[Split]:
    splits = make_splits(cv, X, y, groups)
    if store is not None and hasattr(cv, "split"):
        again = make_splits(cv, X, y, groups)
        if not all(map(np.array_equal, chain(*splits), chain(*again))):
            raise ValueError(
                "cv draws other splits every time, so that a store could not be resumed; set its "
                "random_state to an int"
            )
    return splits


def _open_store(folder: Any, task: Task) -> SplitStore | None:
    if folder is None:
        return None
    data = {
        "X": digest(task.X, files=True),
        "y": digest(task.y),
        **{name: digest(value) for name, value in task.metadata.items()},
    }
    fingerprint = {
        "estimator": describe(task.estimator),
        "readings": describe(list(task.readings.items())),  # their order is that of the rows
        "data": data,
        "versions": versions(),
    }
    return SplitStore(folder, fingerprint)


def _run(
    task: Task, splits: list[Split], store: SplitStore | None, n_jobs: int | None, verbose: Any
) -> list[Predictions]:
    """Predictions of every split: those in the store, and those that are still to be made."""
    outcomes = {
        index: found
        for index, split in enumerate(splits)
        if store is not None and (found := store.load(split)) is not None
    }
    missing = {index: split for index, split in enumerate(splits) if index not in outcomes}
    finished = run_splits(task, missing, n_jobs)
    for index, predictions in _reported(finished, len(missing), verbose):
        if store is not None:
            store.save(splits[index], predictions)
        outcomes[index] = predictions
    return [outcomes[index] for index in range(len(splits))]


def _reported(
    finished: Iterable[tuple[int, Predictions]], total: int, verbose: Any
) -> Iterator[tuple[int, Predictions]]:
    """Pass finished splits on, and say how far it is."""
    start = time.monotonic()
    for done, outcome in enumerate(finished, 1):
        yield outcome
        if verbose:
            left = (time.monotonic() - start) / done * (total - done)
            print(f"{done} of {total} splits, {left:.0f} s left", file=sys.stderr, flush=True)
