import numpy as np
import pytest

from sk_hyperimage.ensemble import PatchPoolingRegressor
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.images import PatchSequence
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor

SHARING = "C(4,3,1,linear,valid) MinMaxPool(6) FC(6) FC(1,linear)"
BORDERED = "C(4,3) MP(8) FC(6) FC(1,linear)"
N_IMAGES, N_PATCHES = 12, 9


class ByImage(PatchSequence):
    """Visits the images at random, the patches of each in their order."""

    def epoch_order(self, rows, rng):
        images = rng.permutation(np.unique(rows // N_PATCHES))
        return (images[:, None] * N_PATCHES + np.arange(N_PATCHES)).ravel()


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


@pytest.mark.parametrize("layers", [SHARING, BORDERED])
def test_updates_are_those_of_the_same_patches_one_by_one(layers, grids, rng):
    y, held_out = patch_fit_data(rng)
    by_image = network(layers, batch_by="image").fit(
        PatchSequence(grids), y, validation_mask=held_out
    )
    by_patch = network(layers).fit(ByImage(grids), y, validation_mask=held_out)
    for name, weights in by_patch.weights_.items():
        np.testing.assert_allclose(by_image.weights_[name], weights, rtol=1e-6, atol=1e-9)
    for ours, theirs in zip(by_image.history_, by_patch.history_, strict=True):
        assert ours["valid_loss"] == pytest.approx(theirs["valid_loss"])


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
