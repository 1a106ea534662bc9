"""Constrained convolution: no weights whatever break the constraint."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone

from sk_hyperimage.neural_network import CNNClassifier
from sk_hyperimage.neural_network.layers import build_module, make_module
from sk_hyperimage.neural_network.layers._constrained import ConstrainedConvolution
from sk_hyperimage.persistence import load_model, save_model

LAYERS = "CC(4,5) C(6,3,2) LRN MP(3,2) FC(8) FC(1)"
FAST = {
    "batch_size": 10,
    "solver": "adam",
    "learning_rate_init": 0.01,
    "max_epochs": 10,
    "random_state": 0,
}


def constrained(kernels, tolerance):
    kernels = np.asarray(kernels)
    middle = kernels.shape[2] // 2
    assert (kernels[:, :, middle, middle] == -1).all()
    np.testing.assert_allclose(kernels.sum(axis=(2, 3)), 0, atol=tolerance)


def kernels_of(model):
    return model.net_.module_.layers[0].weight.detach().cpu().numpy()


@pytest.fixture(scope="module")
def task():
    """Noise, and noise that was smoothed, on slopes of any height."""
    rng = np.random.default_rng(0)
    images = rng.normal(scale=0.3, size=(60, 16, 16))
    images[::2] += np.roll(images[::2], 1, axis=2)
    images += rng.uniform(0, 3, size=(60, 1, 1)) * np.linspace(0, 1, 16)
    return images.astype(np.float32), np.arange(60) % 2


@pytest.fixture(scope="module")
def fitted(task):
    return CNNClassifier(LAYERS, **FAST).fit(*task)


def test_filters_start_as_averages_of_neighbors_that_cannot_be_large():
    torch.manual_seed(0)
    others = ConstrainedConvolution(3, 1000, 5).free.detach()
    assert (others >= 0).all()
    torch.testing.assert_close(others.sum(dim=2), torch.ones(1000, 3))


def test_the_seed_decides_the_start():
    def free(seed):
        torch.manual_seed(seed)
        return build_module("CC(3) FC(1)", (9, 9, 1)).layers[0].free.detach()

    assert torch.equal(free(0), free(0)) and not torch.equal(free(0), free(1))


@pytest.mark.parametrize("scale", [1e-3, 1, 1e3])
def test_any_free_weights_give_kernels_that_hold_to_the_constraint_and_are_no_larger(scale):
    torch.manual_seed(0)
    module = ConstrainedConvolution(2, 50, 5).double()
    with torch.no_grad():
        module.free.normal_().mul_(scale)  # of zero mean: their sums nearly cancel
    kernels = module.weight.detach()
    constrained(kernels, 1e-12 * max(1, scale))
    moved = kernels.flatten(2).abs().sum(dim=2) - module.free.detach().abs().sum(dim=2)
    assert moved.max() < 2 + 5 * scale  # the center, the sum of 1, and a mean of 24 draws


def test_kernels_are_the_nearest_that_hold_to_the_constraint():
    free = torch.randn(1, 1, 8, dtype=torch.float64)
    module = ConstrainedConvolution(1, 1, 3).double()
    with torch.no_grad():
        module.free.copy_(free)
    kernel = module.weight.detach().flatten()
    others = torch.cat([kernel[:4], kernel[5:]])
    step = others - free.flatten()
    torch.testing.assert_close(step, step.mean().expand(8))  # orthogonal to the plane of sum 1


def test_a_flat_image_becomes_zero_and_a_slope_the_asymmetry_of_the_kernel():
    module = build_module("CC(7,5) FC(1)", (12, 12, 3)).layers[0]
    flat = torch.full((1, 3, 12, 12), 0.7)
    assert module(flat).abs().max() < 1e-6
    rows = torch.arange(12.0)[:, None].expand(1, 3, 12, 12)
    torch.testing.assert_close(module(rows + 0.7), module(rows), rtol=0, atol=1e-4)


def test_reduced_precision_does_not_reach_the_prediction_errors():
    module = build_module("CC(3) FC(1)", (9, 9, 1)).layers[0]
    maps = 0.7 + 0.01 * torch.rand(2, 1, 9, 9)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        reduced = module(maps)
    assert torch.equal(reduced, module(maps))


def test_outputs_are_neighbors_weighted_minus_the_pixel(rng):
    module = build_module("CC(3,3) FC(1)", (6, 7, 2)).double()
    batch = rng.normal(size=(2, 6, 7, 2))
    free = module.layers[0].free.detach().numpy()
    maps = module.embed(torch.from_numpy(batch), 0).detach().numpy()
    assert maps.shape == (2, 4, 5, 3)
    expected = np.zeros_like(maps)
    places = [(i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    for channel in range(2):
        for place, (i, j) in enumerate(places):
            seen = batch[:, i : i + 4, j : j + 5, channel, np.newaxis]
            expected += free[:, channel, place] * seen
        expected -= batch[:, 1:5, 1:6, channel, np.newaxis]
    np.testing.assert_allclose(maps, expected, atol=1e-6)  # of sums of 1 in float32


def test_gradients_are_those_along_the_constraint():
    module = ConstrainedConvolution(1, 2, 3).double()
    maps = torch.randn(3, 1, 8, 8, dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda free: torch.func.functional_call(module, {"free": free}, maps), module.free
    )
    kernels = module.weight.detach().requires_grad_()
    target = torch.randn(3, 2, 6, 6, dtype=torch.float64)
    (torch.conv2d(maps, kernels) * target).sum().backward()
    (module(maps) * target).sum().backward()
    unconstrained = kernels.grad.flatten(2)
    unconstrained = torch.cat([unconstrained[..., :4], unconstrained[..., 5:]], dim=2)
    along = unconstrained - unconstrained.mean(dim=2, keepdim=True)
    torch.testing.assert_close(module.free.grad, along)


def test_the_constraint_holds_after_fit_and_filters_have_learned(task, fitted):
    start = CNNClassifier(LAYERS, **FAST | {"max_epochs": 0}).fit(*task)
    constrained(kernels_of(start), 1e-6)
    constrained(kernels_of(fitted), 1e-6)
    assert np.abs(kernels_of(fitted) - kernels_of(start)).max() > 1e-3
    assert fitted.score(*task) > 0.8


@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_constraint_holds_in_the_last_and_in_the_best_weights(early_stopping, task):
    options = FAST | {"solver": "sgd", "learning_rate_init": 0.1, "max_epochs": 3}
    model = CNNClassifier(LAYERS, early_stopping=early_stopping, **options).fit(*task)
    rebuilt = make_module(LAYERS, (16, 16, 1), 1)
    rebuilt.load_state_dict({name: torch.tensor(w) for name, w in model.weights_.items()})
    constrained(rebuilt.layers[0].weight.detach(), 1e-4)


def test_the_constraint_holds_after_saving_pickling_and_cloning(task, fitted, tmp_path):
    save_model(fitted, tmp_path / "a.model")
    for again in (load_model(tmp_path / "a.model"), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(kernels_of(again), kernels_of(fitted))
        np.testing.assert_array_equal(again.predict_proba(task[0]), fitted.predict_proba(task[0]))
    refitted = clone(fitted).fit(*task)
    np.testing.assert_array_equal(kernels_of(refitted), kernels_of(fitted))


def test_brightness_does_not_reach_the_classifier(task, fitted):
    X = task[0]
    np.testing.assert_allclose(
        fitted.decision_function(X + np.float32(0.5)), fitted.decision_function(X), atol=1e-3
    )


def test_a_codebook_cannot_be_its_start(task):
    with pytest.raises(ValueError, match="start with a convolution"):
        CNNClassifier(LAYERS, initial_weights="codebook").fit(*task)
