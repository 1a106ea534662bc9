"""The learning rate from update to update."""

import numpy as np
import pytest
import torch

from sk_hyperimage.neural_network.training._schedule import LearningRate, groups_by_rate


class Clock:
    """Stands for the little of a net that the schedule reads and writes."""

    class History(list):
        def record(self, key, value):
            self[-1][key] = value

        def __getitem__(self, key):
            return (
                list.__getitem__(self, key[0])[key[1]]
                if isinstance(key, tuple)
                else (list.__getitem__(self, key))
            )

    def __init__(self):
        self.history = self.History()
        one, other = (torch.nn.Parameter(torch.zeros(1)) for _ in range(2))
        groups = [{"params": [one]}, {"params": [other], "factor": 0.1}]
        self.optimizer_ = torch.optim.SGD(groups, lr=1.0)


def run_schedule(schedule, losses, n_batches=2, **parameters):
    """Learning rates of all updates, for given validation losses."""
    options = {"initial": 1.0, "decay": 0.0, "monitor": "valid_loss", "patience": 2}
    options |= {"n_updates_total": len(losses) * n_batches} | parameters
    callback, net, rates = LearningRate(schedule, **options), Clock(), []
    callback.on_train_begin(net)
    for loss in losses:
        net.history.append({"valid_loss": loss})
        for _ in range(n_batches):
            callback.on_batch_begin(net, training=True)
            rate, other = (group["lr"] for group in net.optimizer_.param_groups)
            assert other == pytest.approx(0.1 * rate)
            rates.append(rate)
        callback.on_epoch_end(net)
    return rates


def test_rate_decays_with_every_update():
    rates = run_schedule("constant", [1.0] * 3, decay=0.5)
    np.testing.assert_allclose(rates, 1 / (1 + 0.5 * np.arange(6)))


def test_rate_is_divided_by_ten_on_every_plateau():
    rates = run_schedule("adaptive", [3, 2, 2, 2, 1, 1.5, 1, 1], n_batches=1)
    np.testing.assert_allclose(rates, [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.01])


def test_cosine_falls_from_one_to_nearly_zero():
    rates = run_schedule("cosine", [1.0] * 50)
    assert rates[0] == 1
    assert rates[50] == pytest.approx(0.5)
    assert rates[-1] < 0.001


def test_parts_of_a_network_say_how_much_faster_they_learn():
    part = torch.nn.Linear(2, 1)
    part.learning_rate_factors = {"bias": 10}
    whole = torch.nn.Sequential(torch.nn.Linear(2, 2), part)
    assert groups_by_rate(whole) == [("1.bias", {"factor": 10})]
    assert groups_by_rate(part) == [("bias", {"factor": 10})]
