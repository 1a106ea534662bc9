"""Networks trained on images: all patches of an image at a time, and both stages as one."""

import numpy as np
import pytest
import torch

from sk_hyperimage.ensemble import PatchPoolingRegressor
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.images import PatchSequence
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor
from sk_hyperimage.neural_network.aggregation._over_patches import TwoStage
from sk_hyperimage.neural_network.aggregation._over_patches import by_image as arrange_by_image
from sk_hyperimage.neural_network.layers import build_module

SHARING = "C(4,3,1,linear,valid) MinMaxPool(6) FC(6) FC(1,linear)"
BORDERED = "C(4,3) MP(8) FC(6) FC(1,linear)"
FROZEN = "C(4,3,1,linear,valid) MinMaxPool(6) FC(6) Frozen FC(1,linear)"
N_IMAGES, N_PATCHES = 12, 9


class ImageAfterImage(PatchSequence):
    """Visits the images at random, the patches of each in their order."""

    def epoch_order(self, rows, rng):
        images = rng.permutation(np.unique(rows // N_PATCHES))
        return (images[:, None] * N_PATCHES + np.arange(N_PATCHES)).ravel()


class Identity(torch.nn.Module):
    """Describes a patch by its pixels."""

    def embed(self, batch, layer):
        return batch


def test_training_sees_some_patches_of_each_image_once_and_prediction_all():
    grids = torch.arange(2 * 12.0).reshape(2, 3, 4, 1, 1, 1)
    net = TwoStage(Identity(), torch.nn.Identity(), layer=-1, n_drawn=5)
    torch.manual_seed(0)
    seen = [net.train()(grids).flatten(1).numpy() for _ in range(40)]
    for batch in seen:
        assert batch.shape == (2, 5)
        assert all(len(set(cells)) == 5 for cells in batch)
        assert (batch // 12 == [[0], [1]]).all()
    assert len(np.unique(seen)) == 24  # anew for every batch, and differently in each image
    assert (seen[0][0] != seen[0][1] - 12).any()
    assert (net.eval()(grids).flatten() == torch.arange(24.0)).all()


def test_more_patches_than_there_are_is_all_of_them():
    grids = torch.arange(12.0).reshape(1, 3, 4, 1, 1, 1)
    net = TwoStage(Identity(), torch.nn.Identity(), layer=-1, n_drawn=50).train()
    assert sorted(net(grids).flatten().tolist()) == list(range(12))


@pytest.fixture
def grids(rng):
    return PatchExtractor(8).fit_transform(rng.normal(size=(N_IMAGES, 16, 16, 1)))


def network(layers=SHARING, **parameters):
    return CNNRegressor(
        layers, max_epochs=3, batch_size=2 * N_PATCHES, random_state=0, **parameters
    )


def patch_fit_data(rng):
    y = rng.normal(size=N_IMAGES * N_PATCHES)
    return y, np.repeat(np.arange(N_IMAGES) >= 9, N_PATCHES)


@pytest.mark.parametrize("layers", [SHARING, BORDERED, FROZEN])
def test_updates_are_those_of_the_same_patches_one_by_one(layers, grids, rng):
    y, held_out = patch_fit_data(rng)
    by_image = network(layers, batch_by="image").fit(
        PatchSequence(grids), y, validation_mask=held_out
    )
    by_patch = network(layers).fit(ImageAfterImage(grids), y, validation_mask=held_out)
    for name, weights in by_patch.weights_.items():
        np.testing.assert_allclose(by_image.weights_[name], weights, rtol=1e-6, atol=1e-9)
    for ours, theirs in zip(by_image.history_, by_patch.history_, strict=True):
        assert ours["valid_loss"] == pytest.approx(theirs["valid_loss"])


def test_images_of_different_sizes_share_the_layers_that_are_frozen(rng):
    shapes = [(16 + index % 3, 20 - index % 2, 1) for index in range(N_IMAGES)]
    grids = PatchExtractor(8, grid_shape=(3, 3)).fit_transform(
        [rng.normal(size=shape) for shape in shapes]
    )
    y, held_out = patch_fit_data(rng)
    by_image = network(FROZEN, batch_by="image")
    by_image.fit(PatchSequence(grids), y, validation_mask=held_out)
    by_patch = network(FROZEN).fit(ImageAfterImage(grids), y, validation_mask=held_out)
    for name, weights in by_patch.weights_.items():
        np.testing.assert_allclose(by_image.weights_[name], weights, rtol=1e-6, atol=1e-9)
    assert by_image.history_[-1]["valid_loss"] == pytest.approx(
        by_patch.history_[-1]["valid_loss"]
    )
    net = by_image.net_.module_.cpu()
    patches, weight = PatchSequence(grids), np.ones(len(y))
    arranged, described, *_ = arrange_by_image(net, patches, y, weight, held_out)
    assert described.shape == (N_IMAGES, 3, 3, 6)
    outputs = arranged(torch.from_numpy(described.take(np.array([4, 7]))))
    expected = by_patch.embed(patches, layer=-1)[[*range(36, 45), *range(63, 72)]]
    np.testing.assert_allclose(outputs.detach(), expected, rtol=1e-6, atol=1e-9)


def test_weights_of_patches_count(grids, rng):
    y, held_out = patch_fit_data(rng)
    weight = rng.integers(0, 2, size=len(y)).astype(float)
    spoilt = np.where(weight > 0, y, 1e3)
    fits = [
        network(batch_by="image").fit(
            PatchSequence(grids), values, sample_weight=weight, validation_mask=held_out
        )
        for values in (y, spoilt)
    ]
    assert fits[0].history_ == fits[1].history_


def test_cut_patches_train_alike(grids, rng):
    y, held_out = patch_fit_data(rng)
    lazy = network(batch_by="image").fit(PatchSequence(grids), y, validation_mask=held_out)
    targets = y.reshape(grids.shape[:3])
    encoder = HyperImageEncoder(network(batch_by="image")).fit(
        np.asarray(grids), np.zeros(N_IMAGES), patch_targets=targets,
        validation_mask=held_out[::N_PATCHES],
    )  # fmt: skip
    for name, weights in lazy.weights_.items():
        np.testing.assert_allclose(encoder.patch_estimator_.weights_[name], weights, rtol=1e-6)


def test_images_of_different_sizes_are_cut_into_patches(rng):
    images = [rng.normal(size=(16, 16 + index % 2, 1)) for index in range(8)]
    grids = PatchExtractor(8).fit_transform(images)
    model = PatchPoolingRegressor(network(batch_by="image")).fit(grids, rng.normal(size=8))
    assert np.isfinite(model.predict(grids)).all()


def test_classes_are_learned(rng):
    images = rng.normal(size=(40, 16, 16, 1))
    bright = np.arange(40) % 2 == 0
    images[bright] += 1
    grids = PatchExtractor(8).fit_transform(images)
    model = CNNClassifier(
        SHARING, batch_by="image", max_epochs=20, solver="adam", random_state=0
    ).fit(PatchSequence(grids), np.repeat(bright, N_PATCHES))
    assert (model.predict(PatchSequence(grids)) == np.repeat(bright, N_PATCHES)).mean() > 0.9


def test_fitting_again_gives_the_same_bits(grids, rng):
    y, _ = patch_fit_data(rng)
    first, again = (network(batch_by="image").fit(PatchSequence(grids), y) for _ in range(2))
    assert all((first.weights_[name] == again.weights_[name]).all() for name in first.weights_)


def test_augmentation_is_refused(grids, rng):
    y, _ = patch_fit_data(rng)
    with pytest.raises(ValueError, match="batch_by"):
        network(batch_by="image", augmentation="flips").fit(PatchSequence(grids), y)


def test_a_validation_mask_through_an_image_is_refused(grids, rng):
    y, held_out = patch_fit_data(rng)
    held_out[0] = True
    with pytest.raises(ValueError, match="all patches of an image"):
        network(batch_by="image").fit(PatchSequence(grids), y, validation_mask=held_out)


def test_patches_of_an_image_are_validated_together(grids, rng):
    y, _ = patch_fit_data(rng)
    masked = network(batch_by="image", validation_fraction=0.25).fit(PatchSequence(grids), y)
    assert masked.n_iter_ == 3  # a split through an image would have been refused


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
    of_image = extractor.grid_.windows((13, 10))
    gradients = []
    for windows, batch in ((None, np.asarray(grids)), (of_image, images)):
        both = TwoStage(first, second, -2, windows).double()
        both.zero_grad()
        both(torch.from_numpy(batch)).abs().sum().backward()
        gradients.append([p.grad.clone() for p in both.parameters() if p.grad is not None])
    assert len(gradients[0]) == len(gradients[1]) > 6
    for of_grids, of_images in zip(*gradients, strict=True):
        torch.testing.assert_close(of_images, of_grids)
