"""Convolutions trained through the extremes of their outputs alone."""

import numpy as np
import pytest
import torch

from sk_hyperimage.images import Windows
from sk_hyperimage.neural_network.layers import build_module, parse

NETWORKS = [
    ("C(5,7,1,linear,valid) MinMaxPool(10) FC(4) FC(1)", True),
    ("C(5,4,1,linear,valid) MinMaxPool(12) FC(1)", True),  # a border of one is dropped
    ("C(5,4,2,relu,valid) MP(7) FC(1)", True),
    ("C(5,4,1,relu,valid) MP(3) FC(1)", False),  # more than one square
    ("C(5,3,1,linear,same) MP(16) FC(1)", False),  # outputs at the border see no whole window
    ("C(5,7,1,tanh,valid) MP(10) FC(1)", False),
]


@pytest.mark.parametrize(("layers", "at_once"), NETWORKS)
def test_networks_have_the_gradients_of_their_modules_in_a_row(layers, at_once, rng):
    torch.manual_seed(0)
    net = build_module(layers, (16, 16, 3)).double()
    batch = torch.from_numpy(rng.random((6, 16, 16, 3)))
    maps = batch.permute(0, 3, 1, 2)
    assert net.pools_at_once(0, maps, net.shapes[1][:2]) == at_once
    in_a_row = torch.nn.Sequential(*net.layers)(maps)
    gradients = [
        torch.autograd.grad((outputs**2).sum(), list(net.parameters()))
        for outputs in (net(batch), in_a_row)
    ]
    torch.testing.assert_close(net(batch), in_a_row)
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("word", ["MP", "MinMaxPool"])
@pytest.mark.parametrize("stride", [1, 2])
def test_windows_have_the_gradients_of_all_outputs(word, stride, rng):
    (pool, _) = parse(f"{word}(4) FC(1)")
    convolution = torch.nn.Conv2d(2, 3, 5, stride).double()
    maps = torch.from_numpy(rng.random((2, 2, 30, 28)))
    windows = Windows.lattice([0, 1, 6], [2, 5], (5, 5))
    weights = torch.from_numpy(rng.normal(size=(2 * 6, pool.output_shape((4, 4, 3))[-1])))
    outputs = (
        pool.reduce_convolution(convolution, maps, windows),
        pool.reduce(convolution(maps), windows),
    )
    torch.testing.assert_close(*outputs)
    torch.testing.assert_close(
        *(
            torch.autograd.grad((o * weights).sum(), list(convolution.parameters()))
            for o in outputs
        )
    )


def test_inputs_have_gradients_where_they_are_asked_for(rng):
    net = build_module(NETWORKS[0][0], (16, 16, 3)).double()
    batch = torch.from_numpy(rng.random((2, 16, 16, 3))).requires_grad_()
    assert torch.autograd.gradcheck(net, batch)


def test_bfloat16_gradients_are_close():
    torch.manual_seed(0)
    net = build_module(NETWORKS[0][0], (16, 16, 3))
    batch = torch.rand(8, 16, 16, 3)
    full = torch.autograd.grad(net(batch).sum(), net.layers[0][0].weight)[0]
    with torch.autocast("cpu", torch.bfloat16):
        outputs = net(batch)
    short = torch.autograd.grad(outputs.sum(), net.layers[0][0].weight)[0]
    assert short.dtype == torch.float32
    similarity = np.corrcoef(short.ravel(), full.ravel())[0, 1]
    assert similarity > 0.9
