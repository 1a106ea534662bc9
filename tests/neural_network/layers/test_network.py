import numpy as np
import pytest
import torch

from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.neural_network.layers import build_module


def conv_by_loops(image, weight, bias, stride, padding):
    """2-D convolution of one channel-last image in numpy, weights (n, c, r, r)."""
    top, bottom, left, right = padding
    image = np.pad(image, ((top, bottom), (left, right), (0, 0)))
    size = weight.shape[2]
    n_rows = (image.shape[0] - size) // stride + 1
    n_cols = (image.shape[1] - size) // stride + 1
    out = np.empty((n_rows, n_cols, len(weight)))
    for i in range(n_rows):
        for j in range(n_cols):
            window = image[i * stride : i * stride + size, j * stride : j * stride + size]
            out[i, j] = np.einsum("rsc,ncrs->n", window, weight) + bias
    return out


def weights_of(block):
    layer = next(m for m in block.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear)))
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


@pytest.mark.parametrize(
    ("layers", "stride", "padding"),
    [
        ("C(4)", 1, (1, 1, 1, 1)),
        ("C(4,5,2)", 2, (2, 2, 1, 2)),
        ("C(4,3,2)", 2, (1, 1, 0, 1)),
        ("C(4,4)", 1, (1, 2, 1, 2)),
        ("C(4,3,1,valid)", 1, (0, 0, 0, 0)),
    ],
)
def test_convolutions_equal_loops_in_numpy(layers, stride, padding, rng):
    module = build_module(layers, (7, 8, 3)).double()
    torch.nn.init.normal_(module.layers[0][-2].bias)
    batch = rng.normal(size=(2, 7, 8, 3))
    out = module(torch.from_numpy(batch)).permute(0, 2, 3, 1).detach().numpy()
    expected = [
        np.maximum(conv_by_loops(image, *weights_of(module.layers[0]), stride, padding), 0)
        for image in batch
    ]
    np.testing.assert_allclose(out, expected, atol=1e-12)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("size", [2, 3, 6])
def test_min_max_pooling_puts_minima_first(training, size, rng):
    module = build_module(f"MinMaxPool({size}) FC(1)", (6, 6, 2)).layers[0].train(training)
    batch = rng.normal(size=(3, 2, 6, 6))
    blocks = batch.reshape(3, 2, 6 // size, size, 6 // size, size)
    expected = np.concatenate([blocks.min((3, 5)), blocks.max((3, 5))], axis=1)
    np.testing.assert_array_equal(module(torch.from_numpy(batch)).numpy(), expected)


def test_dense_layers_and_activations(rng):
    module = build_module("FC(5,tanh) FC(2,sigmoid)", (2, 3, 1)).double()
    batch = rng.normal(size=(4, 2, 3, 1))
    (w1, b1), (w2, b2) = map(weights_of, module.layers)
    hidden = np.tanh(batch.reshape(4, -1) @ w1.T + b1)
    expected = 1 / (1 + np.exp(-(hidden @ w2.T + b2)))
    np.testing.assert_allclose(module(torch.from_numpy(batch)).detach().numpy(), expected)


def test_embedding_is_the_activation_before_dropout(rng):
    module = build_module("C(3) MP(2) FC(6) Drop(0.5) FC(1,linear)", (4, 4, 1)).eval()
    batch = torch.from_numpy(rng.normal(size=(5, 4, 4, 1))).float()
    described = module.embed(batch, -2)
    assert described.shape == (5, 6)
    assert (described >= 0).all()
    torch.testing.assert_close(module.layers[-1](described), module(batch))
    torch.testing.assert_close(module.embed(batch, 1), described)
    assert module.embed(batch, 0).shape == (5, 4, 4, 3)
    torch.testing.assert_close(module.embed(batch, -1), module(batch))


def test_an_embedding_computes_no_later_layer():
    module = build_module("C(3) MP(2) FC(6) Drop(0.5) FC(1)", (4, 4, 1))
    computed = []
    for layer in module.modules():
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
            layer.register_forward_hook(lambda layer, *_: computed.append(layer.weight.shape[0]))
    module.embed(torch.zeros(1, 4, 4, 1), -2)
    assert computed == [3, 6]


def test_dropout_before_the_embedded_layer_is_active_in_training_only():
    module = build_module("FC(50) Drop(0.5) FC(20,linear) FC(1)", (2, 2, 1))
    batch = torch.ones(1, 2, 2, 1)
    module.train()
    assert not torch.equal(module.embed(batch, 1), module.embed(batch, 1))
    assert torch.equal(module.embed(batch, 0), module.embed(batch, 0))
    module.eval()
    assert torch.equal(module.embed(batch, 1), module.embed(batch, 1))


@pytest.mark.parametrize("layer", [3, -4])
def test_embedding_of_a_layer_that_is_not_there_is_refused(layer):
    module = build_module("C(3) FC(6) FC(1)", (4, 4, 1))
    with pytest.raises(ValueError, match=f"layer={layer} is out of range.*3 layers"):
        module.embed(torch.zeros(1, 4, 4, 1), layer)


def test_last_layer_takes_the_number_of_outputs_and_becomes_linear():
    module = build_module("FC(30) FC(1,sigmoid)", (2, 2, 1), n_outputs=4)
    out = module(10 * torch.randn(50, 2, 2, 1))
    assert out.shape == (50, 4)
    assert out.min() < 0
    assert out.max() > 1
    with pytest.raises(ValueError, match="must end in a dense layer"):
        build_module("FC(3) Drop(0.5)", (2, 2, 1), n_outputs=1)


def test_weights_start_he_normal_and_follow_the_seed():
    def build(seed):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return build_module("C(64,5) FC(300)", (8, 8, 32))

    first, again, other = build(0), build(0), build(1)
    for a, b, c in zip(*(m.state_dict().values() for m in (first, again, other)), strict=True):
        assert torch.equal(a, b)
        assert not a.any() or not torch.equal(a, c)
    convolution, dense = (block[-2].weight for block in first.layers)
    assert convolution.std().item() == pytest.approx(np.sqrt(2 / (32 * 25)), rel=0.02)
    assert dense.std().item() == pytest.approx(np.sqrt(2 / (64 * 64)), rel=0.02)


def test_global_pooling_has_the_gradients_of_max_pool2d(rng):
    pooling = build_module("MinMaxPool(6) FC(1)", (6, 6, 2)).layers[0]
    maps = torch.from_numpy(rng.normal(size=(3, 2, 6, 6))).requires_grad_()
    weights = torch.from_numpy(rng.normal(size=(3, 4, 1, 1)))
    pool = torch.nn.functional.max_pool2d
    expected = torch.cat([-pool(-maps, 6), pool(maps, 6)], dim=1)
    (ours,) = torch.autograd.grad((weights * pooling(maps)).sum(), maps)
    (theirs,) = torch.autograd.grad((weights * expected).sum(), maps)
    assert torch.equal(ours, theirs)


def test_names_of_weights_are_the_same_for_every_size_of_sample():
    layers = "C(3,3,2) MP(2) FC(6) Drop(0.5) FC(1)"
    names = [
        f"layers.{index}.{kind}.{part}"
        for index, kind in [(0, "conv"), (2, "dense"), (4, "dense")]
        for part in ("weight", "bias")
    ]
    for side in (7, 8):  # padded alike on all sides, and not
        assert list(build_module(layers, (side, side, 1)).state_dict()) == names


def test_frozen_keeps_the_layers_ahead_of_it_and_trains_the_others(rng):
    X, y = rng.random((20, 8, 8, 1)), rng.random(20)
    options = {"early_stopping": False, "random_state": 0}
    layers = "C(3,3,valid) MinMaxPool(6) FC(4) Frozen FC(5) FC(1,linear)"
    start, trained = (
        CNNRegressor(layers, max_epochs=n, **options).fit(X, y).weights_ for n in (0, 3)
    )
    kept = [name for name in start if (start[name] == trained[name]).all()]
    assert kept == [name for name in start if name[:8] in ("layers.0", "layers.2")]


def test_layers_that_are_frozen_describe_the_others_as_in_a_network_of_their_own(rng):
    X, y = rng.random((20, 8, 8, 1)), rng.random(20)
    options = {"max_epochs": 3, "early_stopping": False, "random_state": 0}
    frozen = CNNRegressor("C(3,3,valid) MinMaxPool(6) FC(4) Frozen FC(1,linear)", **options)
    weights = frozen.set_params(max_epochs=0).fit(X, y).weights_
    described = frozen.embed(X)
    alone = CNNRegressor(
        "FC(1,linear)",
        initial_weights={
            f"layers.0.dense.{part}": weights[f"layers.3.dense.{part}"]
            for part in ("weight", "bias")
        },
        **options,
    )
    expected = alone.fit(described, y).predict(described)
    frozen.set_params(max_epochs=3).fit(X, y)
    np.testing.assert_allclose(frozen.predict(X), expected, rtol=1e-6)


def test_gradients_reach_the_first_layer_through_an_embedding():
    module = build_module("C(3) MP(2) FC(6) FC(1)", (4, 4, 1))
    module.embed(torch.randn(5, 4, 4, 1), -2).sum().backward()
    assert module.layers[0][0].weight.grad.abs().sum() > 0
    assert module.layers[-1][1].weight.grad is None


@pytest.mark.parametrize("layers", ["C(6) MP(2) 2xC(5) MP(2) FC(3)", "C(6) MinMaxPool(8) FC(3)"])
def test_pooling_before_relu_changes_no_bit_of_outputs_and_gradients(layers):
    torch.manual_seed(0)
    module = build_module(layers, (8, 8, 2), 1)
    batch = torch.randn(10, 8, 8, 2)
    module(batch).square().sum().backward()
    gradients = [p.grad.clone() for p in module.parameters()]
    module.zero_grad()
    in_order = batch.permute(0, 3, 1, 2)
    for block in module.layers:
        in_order = block(in_order)
    in_order.square().sum().backward()
    torch.testing.assert_close(module(batch), in_order, rtol=0, atol=0)
    for gradient, parameter in zip(gradients, module.parameters(), strict=True):
        torch.testing.assert_close(gradient, parameter.grad, rtol=0, atol=0)
