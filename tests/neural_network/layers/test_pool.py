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


def padded_pooling(maps, size, stride, take):
    """Squares at a stride, padded with NaN alike on both sides, the odd pixel after, by loops."""
    _, _, *sides = maps.shape
    counts = [-(-side // stride) for side in sides]
    missing = [
        max(0, (n - 1) * stride + size - side) for n, side in zip(counts, sides, strict=True)
    ]
    widths = [(total // 2, total - total // 2) for total in missing]
    maps = np.pad(maps, [(0, 0), (0, 0), *widths], constant_values=np.nan)
    rows = [
        [
            take(maps[:, :, i : i + size, j : j + size], axis=(2, 3))
            for j in range(0, counts[1] * stride, stride)
        ]
        for i in range(0, counts[0] * stride, stride)
    ]
    return np.array(rows).transpose(2, 3, 0, 1)


@pytest.mark.parametrize(("word", "take"), [("MP", np.nanmax), ("AP", np.nanmean)])
@pytest.mark.parametrize("sides", [(62, 31), (7, 8), (1, 2), (5, 6)])
@pytest.mark.parametrize(("size", "stride"), [(3, 2), (2, 2), (3, 1), (4, 2), (5, 3), (2, 3)])
def test_padded_squares_count_pixels_of_the_image_alone(word, take, sides, size, stride, rng):
    (pool, _) = parse(f"{word}({size},{stride}) FC(1)")
    maps = rng.normal(-5, 1, size=(2, 3, *sides))  # below zero: padding must not win
    found = pool.module((*sides, 3))(torch.from_numpy(maps)).numpy()
    assert found.shape[2:] == pool.output_shape((*sides, 3))[:2]
    np.testing.assert_allclose(found, padded_pooling(maps, size, stride, take), rtol=1e-12)
    needs_border = any((-(-side // stride) - 1) * stride + size > side for side in sides)
    assert pool.step((*sides, 3)) == (None if needs_border else (size, stride))


@pytest.mark.parametrize("word", ["MP", "AP"])
def test_unpadded_squares_that_overlap(word, rng):
    (pool, _) = parse(f"{word}(3,2,valid) FC(1)")
    maps = torch.from_numpy(rng.normal(size=(2, 3, 8, 9)))
    squares = maps.unfold(2, 3, 2).unfold(3, 3, 2)
    expected = squares.amax(dim=(4, 5)) if word == "MP" else squares.mean(dim=(4, 5))
    torch.testing.assert_close(pool.module((8, 9, 3))(maps), expected)
    assert pool.step((8, 9, 3)) == (3, 2)


@pytest.mark.parametrize("layers", ["C(3,3,valid) MP(3,2) FC(1)", "C(3,3) MP(3,2) C(2) FC(1)"])
@pytest.mark.parametrize("side", [4, 5, 8])
def test_convolutions_are_trained_through_padded_squares_as_in_order(layers, side):
    torch.manual_seed(0)
    module = build_module(layers, (side, side, 1), 1)
    batch = torch.randn(6, side, side, 1)
    module(batch).square().sum().backward()
    gradients = [p.grad.clone() for p in module.parameters()]
    module.zero_grad()
    in_order = batch.permute(0, 3, 1, 2)
    for block in module.layers:
        in_order = block(in_order)
    in_order.square().sum().backward()
    for gradient, parameter in zip(gradients, module.parameters(), strict=True):
        torch.testing.assert_close(gradient, parameter.grad)
