"""Batches that do not fit into memory are computed in portions."""

import warnings

import numpy as np
import pytest
import torch

from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.neural_network.training._memory import Portions


class Greedy(torch.nn.Module):
    """A linear network that finds memory for a few samples only."""

    def __init__(self, input_shape, n_outputs, limit=None, error=torch.OutOfMemoryError):
        super().__init__()
        self.linear = torch.nn.Linear(int(np.prod(input_shape)), n_outputs)
        self.limit = limit
        self.error = error

    def forward(self, batch):
        if self.limit is not None and len(batch) > self.limit:
            raise self.error("more than there is")
        return self.linear(batch.flatten(1))


def greedy(limit, error=torch.OutOfMemoryError):
    """A factory of such networks."""
    return lambda **shapes: Greedy(limit=limit, error=error, **shapes)


SETTING = {"max_epochs": 3, "early_stopping": False, "random_state": 0}


def test_halved_batches_train_the_same_network_and_say_so_once(rng):
    X, y = rng.random((40, 3, 3)), rng.random(40)
    whole = CNNRegressor(greedy(None), batch_size=20, **SETTING).fit(X, y, sample_weight=y)
    with pytest.warns(UserWarning, match="a batch of 20 does not fit") as caught:
        halved = CNNRegressor(greedy(6), batch_size=20, **SETTING).fit(X, y, sample_weight=y)
        predicted = halved.predict(X)
    assert len(caught) == 1
    np.testing.assert_allclose(predicted, whole.predict(X), rtol=1e-9)
    losses = [[row["train_loss"] for row in model.history_] for model in (whole, halved)]
    np.testing.assert_allclose(*losses, rtol=1e-9)


def test_a_single_sample_too_large_is_an_error(rng):
    with pytest.warns(UserWarning), pytest.raises(torch.OutOfMemoryError, match="more than"):
        CNNRegressor(greedy(0), **SETTING).fit(rng.random((8, 3, 3)), np.arange(8.0))


def test_other_errors_pass(rng):
    with warnings.catch_warnings(), pytest.raises(RuntimeError, match="more than"):
        warnings.simplefilter("error")
        CNNRegressor(greedy(2, RuntimeError), **SETTING).fit(rng.random((8, 3, 3)), np.arange(8.0))


def test_what_was_done_before_memory_ran_out_is_undone():
    portions, total = Portions(), []

    def add(rows):
        if len(rows) > 2 or (len(total) == 1 and portions.max_rows == 2):
            raise torch.OutOfMemoryError
        total.append(int(rows.sum()))
        return len(rows)

    with pytest.warns(UserWarning, match="a batch of 4"):
        sizes = portions.compute(add, torch.arange(1, 5), restart=total.clear)
    assert sizes == [1, 1, 1, 1]
    assert total == [1, 2, 3, 4]
