"""Many splits: loaded from a store, or run in parallel, here or on a Dask cluster."""

from __future__ import annotations

import operator
import os
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any
from uuid import uuid4

from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel, delayed

from sk_hyperimage.model_selection._fingerprint import describe, digest
from sk_hyperimage.model_selection._protocol import Protocol, run_split
from sk_hyperimage.model_selection._split_store import Outcome, SplitStore
from sk_hyperimage.model_selection._splits import Split
from sk_hyperimage.utils._names import versions


def run_splits(
    protocol: Protocol,
    splits: list[Split],
    *,
    judged_by: dict[str, object],
    store: str | os.PathLike | None,
    n_jobs: int | None,
    verbose: int | bool,
) -> list[Outcome]:
    """Outcomes of all splits, from the store if they are there.

    They depend on `judged_by` besides the model and the data of its `fit`.
    """
    kept = None if store is None else _open_store(store, protocol, judged_by)
    outcomes = {
        index: found
        for index, split in enumerate(splits)
        if kept is not None and (found := kept.load(split)) is not None
    }
    missing = {index: split for index, split in enumerate(splits) if index not in outcomes}
    for index, outcome in _reported(_run(protocol, missing, n_jobs), len(missing), verbose):
        if kept is not None:
            kept.save(splits[index], outcome)
        outcomes[index] = outcome
    return [outcomes[index] for index in range(len(splits))]


def _open_store(
    folder: str | os.PathLike, protocol: Protocol, judged_by: dict[str, object]
) -> SplitStore:
    data = {"X": protocol.X, "y": protocol.y, **protocol.metadata}
    fingerprint = {
        "estimator": describe(protocol.estimator),
        **describe(judged_by),
        "data": {name: digest(value) for name, value in data.items()},
        "score_params": {name: digest(value) for name, value in protocol.score_params.items()},
        "versions": versions(),
    }
    return SplitStore(folder, fingerprint)


def _reported(
    finished: Iterable[tuple[int, Outcome]], total: int, verbose: int | bool
) -> Iterator[tuple[int, Outcome]]:
    """Pass finished splits on, and report progress."""
    start = time.monotonic()
    for done, outcome in enumerate(finished, 1):
        yield outcome
        if verbose:
            left = (time.monotonic() - start) / done * (total - done)
            print(f"{done} of {total} splits, {left:.0f} s left", file=sys.stderr, flush=True)


def _run(
    protocol: Protocol, splits: dict[int, Split], n_jobs: int | None
) -> Iterator[tuple[int, Outcome]]:
    """Yield the number and the outcome of every split as soon as it is finished."""
    if not splits:
        return iter(())
    backend, _ = get_active_backend()
    client = getattr(backend, "client", None)
    if client is not None:
        return _run_on_dask(client, protocol, splits)
    # One split per batch: several would be yielded, and kept, only when all are finished.
    parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
    return parallel(delayed(run_split)(protocol, *numbered) for numbered in splits.items())


def _run_on_dask(
    client: Any, protocol: Protocol, splits: dict[int, Split]
) -> Iterator[tuple[int, Outcome]]:
    """Run splits on the cluster of joblib's active Dask backend.

    Not by joblib.Parallel, which puts data on single machines, where it can be lost, and waits
    forever for a split that killed its workers or that they cannot import (joblib 1.6).
    """
    import cloudpickle  # comes with distributed
    from distributed import as_completed

    run = uuid4().hex
    # It is unpickled inside a task, so that a worker without the packages fails there instead of
    # hanging; and the result of a task is recomputed if its machine is lost.
    pickled = cloudpickle.dumps(partial(run_split, protocol))
    shared = client.submit(cloudpickle.loads, pickled, key=f"task-{run}")
    futures = [
        client.submit(operator.call, shared, index, split, key=f"split-{index}-{run}")
        for index, split in splits.items()
    ]
    try:
        for future, outcome in as_completed(futures, with_results=True):
            if future.status != "finished":
                outcome = future.result()  # raises the error of a split lost with the scheduler
            future.release()  # or it is run again when the machine that ran it is lost
            yield outcome
    finally:
        client.cancel(futures)
