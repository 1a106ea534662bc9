import numpy as np
import pytest
import torch

from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.neural_network.aggregation._dense import Windows
from sk_hyperimage.neural_network.aggregation._two_stage import TwoStage
from sk_hyperimage.neural_network.layers._modules import build_module


@pytest.fixture
def stages():
    torch.manual_seed(0)
    first = build_module("C(3) MP(4) FC(5) Drop(0.9) FC(4) Drop(0.9) FC(1,linear)", (4, 4, 1))
    second = build_module("C(2) MP(2) FC(3) FC(1,linear)", (2, 3, 4))
    return first, second


def test_descriptions_are_tiled_as_the_patches_lie(stages):
    first, second = (stage.eval() for stage in stages)
    grids = torch.rand(2, 2, 3, 4, 4, 1)
    hyper_images = torch.empty(2, 2, 3, 4)
    for n in range(2):
        for u in range(2):
            for v in range(3):
                hyper_images[n, u, v] = first.embed(grids[n, u, v][None], -2)[0]
    torch.testing.assert_close(TwoStage(first, second, -2)(grids), second(hyper_images))


def test_the_first_stage_is_trained_but_describes_without_dropout(stages):
    first, second = stages
    both = TwoStage(first, second, -2).train()
    grids = torch.rand(2, 2, 3, 4, 4, 1)
    torch.testing.assert_close(both(grids), both.eval()(grids))
    both.train()(grids).sum().backward()
    described = [p for block in list(first.layers)[:-2] for p in block.parameters()]
    assert described and all(p.grad.abs().sum() > 0 for p in described)
    assert second.training


def test_whole_images_give_what_their_patch_grids_give():
    torch.manual_seed(0)
    first = build_module("C(3,3,1,linear,valid) MinMaxPool(4) FC(4) FC(1,linear)", (6, 6, 2), 1)
    second = build_module("C(2) MP(2) FC(3) FC(1,linear)", (3, 2, 4), 1)
    extractor = PatchExtractor(6, grid_shape=(3, 2))
    images = np.random.default_rng(0).random((4, 13, 10, 2))
    grids = extractor.fit_transform(images)
    of_image = Windows.of_grid(extractor.grid_, (13, 10))
    gradients = []
    for windows, batch in ((None, np.asarray(grids)), (of_image, images)):
        both = TwoStage(first, second, -2, windows).double()
        both.zero_grad()
        both(torch.from_numpy(batch)).abs().sum().backward()
        gradients.append([p.grad.clone() for p in both.parameters() if p.grad is not None])
    assert len(gradients[0]) == len(gradients[1]) > 6
    for of_grids, of_images in zip(*gradients, strict=True):
        torch.testing.assert_close(of_images, of_grids)
