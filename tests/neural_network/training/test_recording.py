"""A GPU that replays its updates learns what a processor learns."""

import numpy as np
import pytest
import torch

from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.neural_network.layers import build_module
from sk_hyperimage.neural_network.training._recording import Recording, harmless_warnings_ignored

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")

SHAPE = (16, 18, 2)
NETWORKS = [
    "C(4,3,1,linear,valid) MinMaxPool(14) FC(6) FC(1,linear)",
    "CC(3) C(4,3) LRN MP(3,2) FC(6,tanh) FC(1,linear)",
    "C(4) BN(relu) AP(2) MeanStd FC(1,linear)",
    "2xC(4) MP(2) WeightedMean FC(1,linear)",
    "C(4,3,1,linear,valid) MinMaxPool(14) Frozen FC(1,linear)",
]


def fitted(layers, images, device, **parameters):
    return CNNRegressor(
        layers,
        max_epochs=3,
        batch_size=10,
        learning_rate_init=1e-3,
        validation_fraction=0.2,
        device=device,
        random_state=0,
        **parameters,
    ).fit(images, images.std(axis=(1, 2, 3)))


@pytest.fixture
def images(rng):
    return rng.normal(size=(44, *SHAPE)) * rng.uniform(0.5, 2, size=(44, 1, 1, 1))


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("layers", NETWORKS)
def test_a_gpu_learns_what_the_processor_learns(layers, solver, images):
    there, here = (fitted(layers, images, device, solver=solver) for device in ("cuda", "cpu"))
    for name, weights in here.weights_.items():
        np.testing.assert_allclose(there.weights_[name], weights, rtol=1e-6, atol=1e-9)
    for there_once, here_once in zip(there.history_, here.history_, strict=True):
        assert there_once == pytest.approx(here_once, rel=1e-6)


@pytest.mark.parametrize("precision", ["full", "bfloat16"])
def test_the_same_seed_gives_the_same_bits(precision, images):
    layers = "C(4,3,1,linear,valid) MinMaxPool(14) FC(6) Drop(0.5) FC(1,linear)"
    images = images.astype(np.float32)
    first, second = (fitted(layers, images, "cuda", precision=precision) for _ in range(2))
    for name, weights in first.weights_.items():
        np.testing.assert_array_equal(weights, second.weights_[name])


def test_a_recording_computes_as_the_module_and_draws_anew(images):
    module = build_module("C(4) BN(relu) MP(16) FC(8) Drop(0.5) FC(1,linear)", SHAPE).cuda()
    batch = torch.from_numpy(images[:10]).float().cuda()
    with harmless_warnings_ignored():
        recording = Recording(module)
        outputs = [recording(batch).detach().clone() for _ in range(3)]
        assert not torch.equal(outputs[0], outputs[1])
        assert not torch.equal(outputs[1], outputs[2])
        tracked = module.state_dict()["layers.1.norm.num_batches_tracked"]
        assert tracked == 3  # and not the passes before the recording
        for dropout in module.modules():
            if isinstance(dropout, torch.nn.Dropout):
                dropout.p = 0.0
        Recording(module)(batch).sum().backward()
        gradients = [weights.grad.clone() for weights in module.parameters()]
        expected = torch.autograd.grad(module(batch).sum(), list(module.parameters()))
        for gradient, of_module in zip(gradients, expected, strict=True):
            torch.testing.assert_close(gradient, of_module)
