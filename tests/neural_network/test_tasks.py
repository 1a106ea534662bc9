"""Targets, losses and predictions of tasks, and a task of another shape in the same loop."""

import numpy as np
import pytest
import torch

from sk_hyperimage.images import ArraySamples
from sk_hyperimage.neural_network._tasks import Labels, Ranks, Scores, Task
from sk_hyperimage.neural_network.training._batches import Batches, Part, Source
from sk_hyperimage.neural_network.training._net import Net, train

DOUBLE = np.dtype(np.float64)


@pytest.mark.parametrize(("loss", "power"), [("absolute_error", 1), ("squared_error", 2)])
def test_scores_are_standardized_and_come_back(loss, power, rng):
    task, y = Scores(loss, 5.0, 2.0), rng.normal(size=7)
    target = task.encode(y, DOUBLE)
    np.testing.assert_allclose(task.decode(target[:, None]), y)
    outputs = rng.normal(size=(7, 1))
    losses = task.losses(torch.from_numpy(outputs), torch.from_numpy(target))
    np.testing.assert_allclose(losses, np.abs(outputs[:, 0] - (y - 5) / 2) ** power)
    assert task.n_outputs == 1


@pytest.mark.parametrize("n_classes", [2, 3])
def test_log_loss_is_that_of_the_probabilities(n_classes, rng):
    classes = np.array(["a", "b", "c"])[:n_classes]
    task, y = Labels(classes), classes[rng.integers(n_classes, size=9)]
    outputs = rng.normal(size=(9, task.n_outputs))
    assert outputs.shape[1] == (1 if n_classes == 2 else 3)
    target = torch.from_numpy(task.encode(y, DOUBLE))
    of_label = task.decode(outputs)[np.arange(9), np.searchsorted(classes, y)]
    losses = task.losses(torch.from_numpy(outputs), target)
    np.testing.assert_allclose(losses, -np.log(of_label))


def test_ranks_ask_for_the_margin_on_the_right_side():
    task = Ranks(3.0)
    target = torch.from_numpy(task.encode(np.array([1, -1, 1]), DOUBLE))
    outputs = torch.tensor([[4.0], [1.0], [-1.0]], dtype=torch.float64)
    assert task.losses(outputs, target).tolist() == [0, 4, 4]
    assert task.decode(outputs.numpy()).tolist() == [4, 1, -1]


class Maps(Task):
    """A map for every sample, compared pixel by pixel, the worst row counting."""

    n_outputs = None

    def encode(self, y, dtype):
        return y.astype(dtype)

    def losses(self, outputs, target):
        return (outputs - target).square().mean(dim=(1, 3)).amax(dim=1)

    def decode(self, outputs):
        return outputs.astype(np.float64)


class Gain(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.zeros((), dtype=torch.float64))

    def forward(self, batch):
        return self.gain * batch.permute(0, 3, 1, 2)


def test_targets_of_any_shape_go_through_the_loop(rng):
    images = rng.normal(size=(20, 4, 3, 2))
    task, rows = Maps(), np.arange(20)
    target = task.encode(1.5 * images.transpose(0, 3, 1, 2), DOUBLE)
    part = Part(Source(ArraySamples(images), "cpu"), target, np.ones(20), rows)
    net = Net(
        Gain(),
        task,
        precision="full",
        device="cpu",
        max_epochs=30,
        lr=0.1,
        batch_size=10,
        iterator_train=Batches,
        iterator_valid=Batches,
        train_split=None,
    )
    train(net, part, kept="weights")
    assert net.module_.gain.item() == pytest.approx(1.5, abs=0.01)
    assert net.history[-1]["train_loss"] < net.history[0]["train_loss"] / 100
