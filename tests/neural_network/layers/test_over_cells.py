"""Words over all cells of a map, against numpy."""

import numpy as np
import pytest
import torch

from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.neural_network.layers import build_module, n_parameters, parse
from sk_hyperimage.neural_network.layers._over_cells import (
    MomentsOverCells,
    OverCells,
    WeightedOverCells,
)


@pytest.fixture
def grids(rng):
    """Three grids of 4 x 5 cells, six channels."""
    return rng.normal(size=(3, 4, 5, 6))


def net(layers, shape=(4, 5, 6)):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build_module(layers, shape).double().eval()


def give_weights(module, rng):
    for tensor in module.parameters():
        tensor.data = torch.from_numpy(rng.normal(size=tensor.shape))


def test_means_and_deviations_are_those_of_numpy(grids):
    cells = grids.reshape(3, 20, 6)
    moments = np.concatenate([cells.mean(axis=1), cells.std(axis=1)], axis=1)
    maps = torch.from_numpy(grids).permute(0, 3, 1, 2)
    np.testing.assert_allclose(OverCells()(maps).numpy(), moments[:, :6], rtol=1e-12)
    np.testing.assert_allclose(MomentsOverCells()(maps).numpy(), moments, rtol=1e-12)


@pytest.mark.parametrize("n_deciding", [0, 2])
def test_weighted_mean_is_that_of_numpy(n_deciding, grids, rng):
    module = net(f"WeightedMean({n_deciding}) FC(1)" if n_deciding else "WeightedMean FC(1)")
    weighing = module.layers[0]
    give_weights(weighing, rng)
    w, b = weighing.weigh.weight.detach().numpy().ravel(), weighing.weigh.bias.item()
    cells = grids.reshape(3, 20, 6)
    weights = np.maximum(cells[..., -len(w) :] @ w + b, 0) + 1e-6
    values = cells[..., : 6 - n_deciding]
    expected = (weights[..., None] * values).sum(axis=1) / weights.sum(axis=1, keepdims=True)
    with torch.no_grad():
        found = module.embed(torch.from_numpy(grids), 0).numpy()
        shares = module.cell_shares(torch.from_numpy(grids)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    np.testing.assert_allclose(
        shares.reshape(3, 20), weights / weights.sum(axis=1, keepdims=True), rtol=1e-10
    )
    assert (shares < 1e-3).any()  # some cells count for next to nothing


def test_a_weighted_mean_begins_as_the_plain_mean(grids):
    module = net("WeightedMean(2) FC(1)")
    with torch.no_grad():
        begun = module.embed(torch.from_numpy(grids), 0).numpy()
    np.testing.assert_allclose(begun, grids[..., :4].mean(axis=(1, 2)))


@pytest.mark.parametrize("word", ["Mean", "MeanStd", "WeightedMean", "WeightedMean(2)"])
def test_places_of_cells_do_not_matter(word, grids, rng):
    module = net(f"{word} FC(1,linear)")
    give_weights(module, rng)
    moved = grids.reshape(3, 20, 6)[:, rng.permutation(20)].reshape(3, 10, 2, 6)
    with torch.no_grad():
        outputs = [module(torch.from_numpy(x)).numpy() for x in (grids, moved)]
    np.testing.assert_allclose(*outputs, rtol=1e-10)


@pytest.mark.parametrize(
    "module", [OverCells(), MomentsOverCells(), WeightedOverCells(3, 0), WeightedOverCells(3, 1)]
)
def test_gradients_are_exact_and_finite_for_equal_and_single_cells(module, rng):
    module = module.double()
    maps = torch.from_numpy(rng.normal(size=(2, 3, 2, 2))).requires_grad_()
    assert torch.autograd.gradcheck(module, maps)
    for flat in (torch.ones(2, 3, 2, 2), torch.zeros(2, 3, 1, 1)):
        maps = flat.double().requires_grad_()
        module(maps).sum().backward()
        assert maps.grad.isfinite().all()


def test_dead_weights_leave_the_plain_mean(grids):
    module = WeightedOverCells(6, 0).double()
    module.weigh.bias.data.fill_(-5)
    maps = torch.from_numpy(grids).permute(0, 3, 1, 2)
    np.testing.assert_allclose(module(maps).detach().numpy(), grids.mean(axis=(1, 2)), rtol=1e-10)


def test_sums_are_taken_in_float32_under_bfloat16():
    maps = 100 + torch.randn(2, 3, 20, 20, generator=torch.Generator().manual_seed(0))
    for module in (MomentsOverCells(), WeightedOverCells(3, 0)):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            lower = module(maps)
        assert lower.dtype == torch.float32
        torch.testing.assert_close(lower, module(maps))


@pytest.mark.parametrize(
    ("layers", "any_grid"),
    [
        ("Mean FC(1)", True),
        ("C(4,1) Drop(0.5) LRN WeightedMean(2) FC(1)", True),
        ("MeanStd FC(3) FC(1)", True),
        ("C(4) Mean FC(1)", False),
        ("MP(2) Mean FC(1)", False),
        ("C(4,1) MinMaxPool(1) Mean FC(1)", False),
        ("FC(3) FC(1)", False),
    ],
)
def test_networks_know_whether_the_size_of_a_grid_matters(layers, any_grid):
    assert net(layers).takes_any_grid is any_grid


def test_a_fitted_network_reads_grids_of_other_sizes(rng):
    grids = rng.normal(size=(12, 3, 4, 2))
    model = CNNRegressor("C(4,1) WeightedMean(2) FC(1,linear)", max_epochs=1, random_state=0)
    model.fit(grids, grids.mean(axis=(1, 2, 3)))
    doubled = model.predict(np.tile(grids, (1, 2, 1, 1)))
    np.testing.assert_allclose(doubled, model.predict(grids), rtol=1e-6)
    with pytest.raises(ValueError, match=r"samples of shape \(3, 4, 3\)|channels"):
        model.predict(rng.normal(size=(1, 3, 4, 3)))


@pytest.mark.parametrize("word", ["Mean", "MeanStd", "WeightedMean", "WeightedMean(2)"])
def test_words_are_written_as_they_are_read(word):
    (layer, _) = parse(f"{word} FC(1)")
    assert str(layer) == word


def test_words_describe_but_only_weights_count():
    assert n_parameters("Mean FC(1,linear)", (4, 5, 6)) == 7
    assert n_parameters("WeightedMean(2) FC(1,linear)", (4, 5, 6)) == 3 + 5
    module = net("C(3,1) MeanStd FC(2) FC(1)")
    assert module.embed(torch.zeros(1, 4, 5, 6).double(), 1).shape == (1, 6)
    assert module.embed(torch.zeros(1, 4, 5, 6).double(), -3).shape == (1, 6)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("WeightedMean(6) FC(1)", "leaves nothing to average: it gets 6 channels"),
        ("Mean C(3) FC(1)", "takes images but gets the 6 units"),
        ("Mean", "a layer with weights"),
        ("WeightedMean(0) FC(1)", "a whole number of at least 1"),
        ("MeanStd(3) FC(1)", "expected .\\)."),
    ],
)
def test_mistakes_are_named(layers, message):
    with pytest.raises(ValueError, match=message):
        build_module(layers, (4, 5, 6))
