"""What is fixed while a network works, and given back afterwards."""

import numpy as np
import pytest
import torch

from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor, PatchRanker
from sk_hyperimage.neural_network.training._devices import computes_in_tf32
from sk_hyperimage.neural_network.training._reproducible import reproducible

FLAGS = ("enabled", "deterministic", "benchmark", "allow_tf32")


def settings():
    return (
        *(getattr(torch.backends.cudnn, flag) for flag in FLAGS),
        torch.get_float32_matmul_precision(),
        torch.get_default_dtype(),
    )


@pytest.fixture
def other_settings():
    """Settings of a user that differ from all that are fixed."""
    before = settings()
    torch.set_default_dtype(torch.float64)
    torch.set_float32_matmul_precision("medium")
    with torch.backends.cudnn.flags(
        enabled=False, deterministic=False, benchmark=True, allow_tf32=True
    ):
        yield
    torch.set_default_dtype(torch.float32)
    torch.set_float32_matmul_precision("highest")
    assert settings() == before


def test_cudnn_works_and_gives_the_same_bits():
    before = settings()
    with reproducible():
        assert settings() == (True, True, False, False, "highest", torch.float32)
        assert not torch.backends.cuda.matmul.allow_tf32
    assert settings() == before


def test_products_are_in_tf32_only_where_asked_for():
    before = settings()
    with reproducible(tf32=True):
        assert settings() == (True, True, False, True, "high", torch.float32)
        assert torch.backends.cuda.matmul.allow_tf32
    assert settings() == before
    assert computes_in_tf32("tf32", "cuda:1")
    assert not computes_in_tf32("tf32", "cpu")
    assert not computes_in_tf32("full", "cuda")


def test_settings_of_the_user_are_given_back(other_settings):
    before = settings()
    with reproducible(0):
        assert settings() == (True, True, False, False, "highest", torch.float32)
    with pytest.raises(RuntimeError, match="stop"), reproducible(0):
        raise RuntimeError("stop")
    assert settings() == before


def dense(input_shape, n_outputs):
    n_inputs = int(np.prod(input_shape))
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(n_inputs, n_outputs))


NETWORKS = {
    "regressor": (CNNRegressor, "C(3) MP(2) FC(4) FC(1,linear)"),
    "classifier": (CNNClassifier, "C(3) MP(2) FC(4) Drop(0.5) FC(1)"),
    "ranker": (PatchRanker, "C(3) MP(2) FC(4)"),
    "one's own": (CNNRegressor, dense),
}


@pytest.mark.parametrize("network", NETWORKS)
def test_networks_do_not_depend_on_settings_of_the_user(network, rng, request):
    kind, layers = NETWORKS[network]
    X, y = rng.random((20, 4, 4), dtype=np.float32), np.arange(20) % 2
    model = kind(layers, max_epochs=2, random_state=0)
    expected = model.fit(X, y).weights_
    request.getfixturevalue("other_settings")
    for name, weights in model.fit(X, y).weights_.items():
        np.testing.assert_array_equal(weights, expected[name])


def test_random_numbers_follow_the_seed_and_leave_no_trace():
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    drawn = []
    for _ in range(2):
        with reproducible(5):
            drawn.append(torch.rand(3))
    assert torch.equal(*drawn)
    assert torch.equal(torch.rand(2), expected)


def test_products_set_through_newer_names_are_left_alone():
    if not hasattr(torch.backends.cuda.matmul, "fp32_precision"):
        pytest.skip("this torch has the older names only")
    found = torch.backends.cuda.matmul.fp32_precision
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    try:
        with reproducible():
            assert torch.backends.cudnn.enabled
        assert torch.backends.cuda.matmul.fp32_precision == "tf32"
    finally:
        torch.backends.cuda.matmul.fp32_precision = found
