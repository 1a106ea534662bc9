"""Local response normalization and batch normalization."""

import numpy as np
import pytest
import torch

from sk_hyperimage.neural_network import CNNClassifier
from sk_hyperimage.neural_network.layers import build_module, n_parameters


@pytest.mark.parametrize(("layers", "radius"), [("LRN", 5), ("LRN(2)", 2)])
def test_responses_are_divided_by_those_of_channels_nearby(layers, radius, rng):
    module = build_module(f"{layers} FC(1)", (3, 4, 9)).double().layers[0]
    maps = rng.normal(scale=50, size=(2, 9, 3, 4))
    expected = np.empty_like(maps)
    for channel in range(9):
        near = maps[:, max(0, channel - radius) : channel + radius + 1]
        expected[:, channel] = maps[:, channel] / (2 + 1e-4 * (near**2).sum(axis=1)) ** 0.75
    np.testing.assert_allclose(module(torch.from_numpy(maps)).numpy(), expected, rtol=1e-12)
    torchs = torch.nn.LocalResponseNorm(2 * radius + 1, 1e-4 * (2 * radius + 1), 0.75, 2.0)
    np.testing.assert_allclose(torchs(torch.from_numpy(maps)).numpy(), expected, rtol=1e-12)


def test_gradients_of_local_response_normalization():
    module = build_module("LRN(1) FC(1)", (2, 2, 4)).double().layers[0]
    maps = 20 * torch.randn(2, 4, 2, 2, dtype=torch.float64)
    assert torch.autograd.gradcheck(module, maps.requires_grad_())


def test_batch_normalization_comes_before_its_activation(rng):
    assert n_parameters("BN(tanh) FC(1,linear)", (3, 3, 5)) == 10 + 46
    module = build_module("BN(tanh) FC(1,linear)", (3, 3, 5)).double()
    batch = rng.normal(3, 2, size=(20, 3, 3, 5))
    standard = (batch - batch.mean((0, 1, 2))) / np.sqrt(batch.var((0, 1, 2)) + 1e-5)
    described = module.train().embed(torch.from_numpy(batch), 0).detach().numpy()
    np.testing.assert_allclose(described, np.tanh(standard), rtol=1e-10)
    assert not np.allclose(module.eval().embed(torch.from_numpy(batch), 0).detach(), described)


def test_pooling_before_the_relu_of_batch_normalization_changes_no_bit():
    torch.manual_seed(0)
    module = build_module("C(4,3,linear) BN(relu) MP(3,2) FC(1)", (9, 8, 2)).eval()
    batch = torch.randn(5, 9, 8, 2)
    in_order = batch.permute(0, 3, 1, 2)
    for block in module.layers:
        in_order = block(in_order)
    assert torch.equal(module(batch), in_order)


def test_running_means_are_kept_with_the_weights(rng):
    X = rng.normal(2, 1, size=(40, 6, 6)).astype(np.float32)
    y = np.arange(40) % 2
    X[y == 1] *= 2
    layers = "C(3,3,linear,valid) BN(relu) FC(1)"
    model = CNNClassifier(layers, max_epochs=5, random_state=0).fit(X, y)
    assert {"layers.1.norm.running_mean", "layers.1.norm.running_var"} <= set(model.weights_)
    again = CNNClassifier(
        layers, initial_weights=model.weights_, max_epochs=0, random_state=0
    ).fit(X, y)
    np.testing.assert_array_equal(again.decision_function(X), model.decision_function(X))
