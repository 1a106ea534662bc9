"""A new kind of layer is a class and a row; parser, network and dense encoding know none."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from sk_hyperimage.images import Windows
from sk_hyperimage.neural_network.aggregation._dense import embed_windows, n_shared
from sk_hyperimage.neural_network.layers import Layer, build_module, n_parameters, parse
from sk_hyperimage.neural_network.layers._kinds import KINDS


class Scaling(torch.nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = torch.nn.Parameter(torch.tensor(float(factor)))

    def forward(self, maps):
        return self.factor * maps


@dataclass(frozen=True)
class Scale(Layer):
    """Multiply by a number that is learned."""

    word = "Scale"
    has_weights = True

    factor: int = 2

    @classmethod
    def read(cls, arguments):
        return cls(*arguments.whole_numbers(1, 1))

    def n_parameters(self, shape):
        return 1

    def module(self, shape):
        return Scaling(self.factor)

    def step(self, shape):
        return 1, 1


@pytest.fixture
def scale(monkeypatch):
    monkeypatch.setitem(KINDS, "Scale", Scale)


def test_a_new_kind_is_read_printed_counted_and_built(scale):
    layers = parse("C(2,3,valid) Scale(3) FC(1)")
    assert layers[1] == Scale(3)
    assert layers[1].position == 13
    assert str(layers[1]) == "Scale(3)"
    assert n_parameters("Scale(3) FC(1,linear)", (2, 2, 1)) == 1 + 5
    module = build_module("Scale(3) FC(1,linear)", (2, 2, 1))
    batch = torch.rand(4, 2, 2, 1)
    torch.testing.assert_close(module.embed(batch, 0), 3 * batch)
    with pytest.raises(ValueError, match="must end in a dense layer"):
        build_module("FC(1) Scale(3)", (2, 2, 1), n_outputs=1)


def test_a_new_kind_is_shared_by_overlapping_patches(scale):
    torch.manual_seed(0)
    net = build_module("C(2,3,valid) Scale(3) MP(4) FC(3) FC(1)", (6, 6, 1)).double().eval()
    windows = Windows.lattice(np.array([0, 1, 4]), np.array([0, 3]), (6, 6))
    image = torch.rand(1, 10, 9, 1, dtype=torch.float64)
    patches = torch.stack(
        [image[0, row : row + 6, col : col + 6] for row in (0, 1, 4) for col in (0, 3)]
    )
    assert n_shared(net, windows, -2) == 3
    torch.testing.assert_close(embed_windows(net, image, windows, -2), net.embed(patches, -2))


def test_kinds_that_do_not_say_so_are_not_shared():
    assert Layer().step((4, 4, 1)) is None
