"""Many splits at once: on the cores of this machine, or on the machines of a Dask cluster."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import uuid4

from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel, delayed

from sk_hyperimage.model_selection._one_split import Task, run_split
from sk_hyperimage.model_selection._split_store import Predictions
from sk_hyperimage.model_selection._splits import Split


def run_splits(
    task: Task, splits: dict[int, Split], n_jobs: int | None
) -> Iterator[tuple[int, Predictions]]:
    """Yield the number and the predictions of every split as soon as it is finished."""
    if not splits:
        return iter(())
    backend, _ = get_active_backend()
    client = getattr(backend, "client", None)
    if client is not None:
        return _on_dask(client, task, splits)
    # One split a batch: several at once would be yielded, and kept, only when all are finished.
    parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
    return parallel(delayed(run_split)(task, *numbered) for numbered in splits.items())


def _on_dask(
    client: Any, task: Task, splits: dict[int, Split]
) -> Iterator[tuple[int, Predictions]]:
    """Run splits on the cluster of joblib's active Dask backend.

    Not through joblib.Parallel, which places data on single machines, to be lost with them, and
    waits for ever for a split that killed its workers or that they cannot import (joblib 1.6).
    """
    import cloudpickle  # comes with distributed
    from distributed import as_completed

    run = uuid4().hex
    # Pickled, it is opened inside a task, so that a worker without the packages for it fails there
    # and does not fall silent; and what a task gives is made anew when its machine is lost.
    pickled = cloudpickle.dumps(partial(run_split, task))
    shared = client.submit(cloudpickle.loads, pickled, key=f"task-{run}")
    futures = [
        client.submit(operator.call, shared, index, split, key=f"split-{index}-{run}")
        for index, split in splits.items()
    ]
    try:
        for future, outcome in as_completed(futures, with_results=True):
            # The outcome of a split lost with the scheduler is an error that is not raised.
            yield outcome if future.status == "finished" else future.result()
    finally:
        client.cancel(futures)
