"""Overlapping patches that share layers are described as one by one."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression

from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.images import PatchSequence, Windows
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor, PatchRanker
from sk_hyperimage.neural_network.aggregation import _dense, embed_grids, first_stage
from sk_hyperimage.neural_network.aggregation._dense import embed_windows, n_shared
from sk_hyperimage.neural_network.layers import build_module

KANG = "C(6,7,1,linear,valid) MinMaxPool(10) FC(5) FC(4) Drop(0.5) FC(1,linear)"


def network(layers, patch, n_channels=2):
    torch.manual_seed(0)
    return build_module(layers, (*patch, n_channels), 1).double().eval()


def patch_by_patch(net, image, windows, layer):
    height, width = windows.shape
    patches = [
        image[row : row + height, col : col + width]
        for row in windows.rows.ravel()
        for col in windows.cols.ravel()
    ]
    return net.embed(torch.stack(patches), layer)


@pytest.mark.parametrize(
    ("layers", "step", "n_expected"),
    [
        (KANG, 3, 2),  # convolution, and pooling of the whole window
        ("C(6,7,1,linear,valid) AP(10) FC(4) FC(1,linear)", 3, 2),
        ("C(4,5,1,tanh,valid) AP(2) FC(3) FC(1,linear)", 4, 2),
        ("C(4,5,1,relu,valid) AP(2) FC(3) FC(1,linear)", 3, 1),
        ("C(4) MP(2) FC(3) FC(1,linear)", 4, 0),  # padding sees the border of the patch
        ("C(4,5,1,relu,valid) MP(2) FC(3) FC(1,linear)", 4, 2),
        ("C(4,5,1,relu,valid) MP(2) FC(3) FC(1,linear)", 3, 1),  # pooled from another row on
        ("C(4,2,2,relu,valid) C(3,3,1,relu,valid) FC(3) FC(1,linear)", 4, 2),
        ("C(4,2,2,relu,valid) C(3,3,1,relu,valid) FC(3) FC(1,linear)", 5, 0),
        ("C(4,3,1,relu,valid) C(4) FC(3) FC(1,linear)", 4, 1),
        ("FC(3) FC(1,linear)", 4, 0),
        ("CC(3,5) C(4,3,1,relu,valid) LRN MP(2) FC(3) FC(1,linear)", 2, 4),
        ("CC(3,5) LRN MP(3,2,valid) FC(3) FC(1,linear)", 4, 3),
        ("CC(3,5) LRN MP(3,2,valid) FC(3) FC(1,linear)", 3, 2),
        ("CC(3,5) MP(12,4,valid) FC(3) FC(1,linear)", 3, 2),  # one square of the whole window
        ("CC(3,5) AP(9,4,valid) FC(3) FC(1,linear)", 3, 2),  # not all of it
        ("CC(3,5) MP(3,2) FC(3) FC(1,linear)", 4, 1),  # padding sees the border of the patch
        ("CC(3,5) BN(relu) MP(2) FC(3) FC(1,linear)", 4, 1),  # means of patches in training
    ],
)
def test_layers_are_shared_exactly_as_far_as_they_see_the_same(layers, step, n_expected):
    net = network(layers, (16, 16))
    starts = np.arange(1, 24, step)
    windows = Windows.lattice(starts, starts, (16, 16))
    image = torch.rand(40, 40, 2, dtype=torch.float64)
    assert n_shared(net, windows, -2) == n_expected
    torch.testing.assert_close(
        embed_windows(net, image[None], windows, -2), patch_by_patch(net, image, windows, -2)
    )


@st.composite
def shared_networks(draw):
    """A network without padding, the size of its patches, and starts of any kind."""
    side = draw(st.integers(10, 24))
    layers, left = [], side
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["C", "C", "MP", "MinMaxPool", "AP", "strided"]))
        size = draw(st.integers(1, 5))
        stride = draw(st.integers(1, 2)) if kind in ("C", "strided") else size
        if left < size + 2:
            break
        left = (left - size) // stride + 1
        word = {"C": f"C(3,{size},{stride},relu,valid)", "strided": f"MP({size},{stride},valid)"}
        layers.append(word.get(kind, f"{kind}({size})"))
    starts = st.lists(st.integers(0, 20), min_size=1, max_size=4, unique=True).map(sorted)
    tail = "FC(4) FC(1,linear)"
    return " ".join([*layers, tail]), side, np.array(draw(starts)), np.array(draw(starts))


@given(case=shared_networks())
@settings(max_examples=60, deadline=None)
def test_any_network_and_grid_gives_what_single_patches_give(case):
    layers, side, rows, cols = case
    net = network(layers, (side, side))
    windows = Windows.lattice(rows, cols, (side, side))
    image = torch.rand(side + 20, side + 23, 2, dtype=torch.float64)
    torch.testing.assert_close(
        embed_windows(net, image[None], windows, -2), patch_by_patch(net, image, windows, -2)
    )


@pytest.mark.parametrize("n_floats", [1, 2000, 5000])
def test_strips_leave_no_seams(n_floats, monkeypatch):
    monkeypatch.setattr(_dense, "STRIP_FLOATS", n_floats)
    net = network(KANG, (16, 16))
    windows = Windows.lattice(np.array([1, 4, 10, 11, 20]), np.array([0, 3, 17]), (16, 16))
    images = torch.rand(2, 40, 36, 2, dtype=torch.float64)
    described = embed_windows(net, images, windows, -2)
    expected = [patch_by_patch(net, image, windows, -2) for image in images]
    torch.testing.assert_close(described, torch.cat(expected))


def test_a_convolution_can_describe_patches():
    net = network("C(6,3,1,relu,valid) C(5,3,1,relu,valid) FC(1,linear)", (8, 9))
    windows = Windows.lattice(np.array([0, 3]), np.array([2, 4, 5]), (8, 9))
    image = torch.rand(12, 15, 2, dtype=torch.float64)
    described = embed_windows(net, image[None], windows, -2)
    assert described.shape == (6, 4, 5, 5)
    torch.testing.assert_close(described, patch_by_patch(net, image, windows, -2))


def test_modules_of_other_kinds_share_nothing():
    windows = Windows.lattice(np.array([0]), np.array([0]), (4, 4))
    assert n_shared(torch.nn.Linear(2, 2), windows, -2) == 0


@pytest.fixture
def grids(rng):
    images = rng.random((6, 14, 17, 2))
    return PatchExtractor(8, overlap=0.7).fit_transform(images)


@pytest.fixture
def labels():
    return np.arange(6) % 2


def fitted(layers, grids, y, kind=CNNRegressor):
    patches = PatchSequence(grids)
    estimator = kind(layers, max_epochs=1, early_stopping=False, random_state=0)
    return estimator.fit(patches, y[patches.sources])


@pytest.mark.parametrize("pooling", ["MinMaxPool(6)", "AP(6)", "MP(2)"])
@pytest.mark.parametrize("layer", [None, 0, -1])
def test_grids_are_described_as_their_patches(pooling, layer, grids, labels):
    layers = f"C(4,3,1,relu,valid) {pooling} FC(5) FC(3) FC(1,linear)"
    estimator = fitted(layers, grids, labels)
    described = estimator.embed(PatchSequence(grids), layer)
    for wrapped in (estimator, FrozenEstimator(estimator)):
        assert first_stage(wrapped, grids, labels, layer).shares_layers
        np.testing.assert_allclose(embed_grids(wrapped, grids, layer), described, rtol=1e-9)
    assert described.shape[1:] == {None: (3,), 0: (6, 6, 4), -1: (1,)}[layer]


def test_only_networks_without_a_border_on_lazy_grids_share_layers(grids, labels):
    def shares(estimator, grids):
        return first_stage(estimator, grids, labels).shares_layers

    valid, same = "C(4,3,1,relu,valid) MP(6) FC(3)", "C(4) MP(8) FC(3)"
    assert not shares(fitted(f"{same} FC(1)", grids, labels), grids)
    assert not shares(fitted(valid, grids, labels, PatchRanker), grids)
    assert not shares(LinearRegression().fit([[1], [2]], [1, 2]), grids)
    assert not shares(FrozenEstimator(LinearRegression()), grids)
    assert not shares(fitted(f"{valid} FC(1)", grids, labels), np.asarray(grids))
    assert not hasattr(PatchRanker, "embed_grids")


def test_grids_of_other_patches_are_refused(grids, labels, rng):
    estimator = fitted("C(4,3,1,relu,valid) MP(6) FC(3) FC(1)", grids, labels)
    others = PatchExtractor(9).fit_transform(rng.random((2, 14, 17, 2)))
    with pytest.raises(ValueError, match=r"shape \(9, 9, 2\) but CNNRegressor was fitted"):
        embed_grids(estimator, others)


def test_rankers_describe_by_their_last_layer(grids, labels):
    ranker = fitted("C(4) MP(8) FC(5) FC(6)", grids, labels, PatchRanker)
    patches = PatchSequence(grids)
    assert ranker.embed(patches).shape == (len(patches), 6)
    np.testing.assert_array_equal(ranker.embed(patches), ranker.embed(patches, -1))


@pytest.mark.parametrize("kind", [CNNRegressor, CNNClassifier])
def test_predictions_share_layers_too_and_are_those_of_single_patches(kind, grids, labels):
    estimator = fitted("C(4,3,1,relu,valid) MP(6) FC(3) FC(1)", grids, labels, kind)
    patches = PatchSequence(grids)
    one_by_one = estimator._outputs(np.asarray(patches))
    seen = []
    convolution = estimator.net_.module_.layers[0]
    handle = convolution.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape))
    shared = estimator._outputs(patches)
    handle.remove()
    assert seen == [(1, 2, 14, 17)] * 6  # whole images
    np.testing.assert_allclose(shared, one_by_one, rtol=1e-9)
