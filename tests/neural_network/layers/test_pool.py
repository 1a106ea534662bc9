"""Pooling: values, order with a ReLU, and windows reduced to one place."""

import numpy as np
import pytest
import torch

from sk_hyperimage.images import Windows
from sk_hyperimage.neural_network.layers import build_module, parse


def test_average_pooling_takes_means_and_drops_the_border(rng):
    module = build_module("AP(2) FC(1)", (5, 4, 3)).layers[0]
    maps = rng.normal(size=(2, 3, 5, 4))
    expected = maps[:, :, :4].reshape(2, 3, 2, 2, 2, 2).mean(axis=(3, 5))
    np.testing.assert_allclose(module(torch.from_numpy(maps)).numpy(), expected, rtol=1e-12)


def test_averages_come_after_the_relu(rng):
    torch.manual_seed(0)
    module = build_module("C(4) AP(4) FC(1)", (4, 4, 1)).double()
    batch = torch.from_numpy(rng.normal(size=(5, 4, 4, 1)))
    convolved = torch.relu(module.layers[0][0](batch.permute(0, 3, 1, 2)))
    torch.testing.assert_close(
        module(batch), module.layers[2](convolved.mean(dim=(2, 3), keepdim=True))
    )


@pytest.mark.parametrize("word", ["MP", "MinMaxPool", "AP"])
@pytest.mark.parametrize("size", [3, 5])
def test_windows_are_reduced_as_they_are_pooled_one_by_one(word, size, rng):
    (pool, _) = parse(f"{word}({size}) FC(1)")
    maps = torch.from_numpy(rng.normal(size=(2, 3, 12, 11))).requires_grad_()
    rows, cols = np.array([0, 1, 6]), np.array([2, 5])
    windows = Windows.lattice(rows, cols, (5, 5))
    one_by_one = torch.stack(
        [maps[:, :, row : row + 5, col : col + 5] for row in rows for col in cols], dim=1
    ).flatten(0, 1)
    expected = pool.module((5, 5, 3))(one_by_one)[:, :, 0, 0]
    for given in (maps, maps.detach()):
        torch.testing.assert_close(pool.reduce(given, windows), expected)
    weights = torch.from_numpy(rng.normal(size=expected.shape))
    (ours,) = torch.autograd.grad((pool.reduce(maps, windows) * weights).sum(), maps)
    (theirs,) = torch.autograd.grad((expected * weights).sum(), maps)
    torch.testing.assert_close(ours, theirs)
