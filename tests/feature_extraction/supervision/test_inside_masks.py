"""Patches inside and outside masks: which are chosen, and what a first stage learns of them."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from sklearn.metrics import roc_auc_score

from sk_hyperimage.ensemble import HyperImageClassifier
from sk_hyperimage.feature_extraction import InsideMasks, PatchExtractor
from sk_hyperimage.inspection import patch_maps
from sk_hyperimage.neural_network import CNNClassifier


@pytest.fixture
def data(rng):
    """Noise, less of it in a region of every second image."""
    images = rng.random((16, 24, 32)).astype(np.float32)
    masks = np.zeros((16, 24, 32), dtype=bool)
    masks[1::2, 8:20, 4:20] = True
    images[masks] = 0.5 + 0.2 * (images[masks] - 0.5)
    return images, np.arange(16) % 2, masks


def chosen(supervision, images, y, masks, patch_size=4, overlap=0.0):
    grids = PatchExtractor(patch_size, overlap=overlap).fit_transform(images)
    patches = supervision.training_patches(grids, y, np.random.RandomState(0), masks=masks)
    shape = grids.shape[:3]
    return patches.target.reshape(shape), patches.kept.reshape(shape)


def test_patches_are_inside_where_most_of_them_is_masked(data):
    images, y, masks = data
    masks[1, 8:12, 4:8] = [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    target, kept = chosen(InsideMasks(inside=0.5, outside=0.1), images, y, masks)
    share = masks.reshape(16, 6, 4, 8, 4).mean(axis=(2, 4))
    assert share[1, 2, 1] == 0.25
    assert_array_equal(target, share >= 0.5)
    assert_array_equal(kept > 0, (share >= 0.5) | (share <= 0.1))
    assert not kept[1, 2, 1]


def test_every_inside_and_every_outside_weighs_the_same(data):
    images, y, masks = data
    masks[1, 12:] = masks[3] = False  # two patches wide, and none
    target, weights = chosen(InsideMasks(), images, y, masks)
    of_sides = [np.where(target == side, weights, 0).sum(axis=(1, 2)) for side in (0, 1)]
    is_known = np.arange(16) != 3
    np.testing.assert_allclose(of_sides, [is_known, is_known & (y == 1)])


def test_a_few_patches_of_every_image_are_drawn_at_random(data):
    images, y, masks = data
    masks[1, 12:] = masks[1, :, 12:] = False
    masks[1, 8:12, 4:12] = True  # two patches
    target, kept = chosen(InsideMasks(max_per_image=3), images, y, masks)
    n_inside = ((kept > 0) & target).sum(axis=(1, 2))
    n_outside = ((kept > 0) & ~target).sum(axis=(1, 2))
    assert_array_equal(n_inside, np.where(y == 1, 3, 0) - (np.arange(16) == 1))
    assert_array_equal(n_outside, 3)
    assert len({tuple(np.flatnonzero(of_image)) for of_image in kept[y == 0]}) > 4


def test_only_the_middle_of_a_patch_is_looked_at(data):
    images, y, _ = data
    masks = np.zeros((16, 24, 32), dtype=bool)
    masks[1::2, 11:13, 15:17] = True  # the middle 2 x 2 pixels of one patch
    target, kept = chosen(InsideMasks(center=0.25), images, y, masks, patch_size=8, overlap=0.5)
    assert_array_equal(np.argwhere(target[1]), [[2, 3]])
    assert kept.all()
    with pytest.raises(ValueError, match="no patch inside"):
        chosen(InsideMasks(), images, y, masks, patch_size=8, overlap=0.5)


def test_masks_of_intact_images_do_not_matter_and_missing_ones_leave_images_out(data):
    images, y, masks = data
    of_damaged = [mask if label else None for mask, label in zip(masks, y, strict=True)]
    expected = chosen(InsideMasks(), images, y, masks)
    for found, wanted in zip(chosen(InsideMasks(), images, y, of_damaged), expected, strict=True):
        assert_array_equal(found, wanted)
    of_damaged[3], of_damaged[5] = None, np.zeros((24, 32))
    _, kept = chosen(InsideMasks(), images, y, of_damaged)
    assert_array_equal(np.flatnonzero(~(kept > 0).any(axis=(1, 2))), [3, 5])


def test_masks_follow_images_that_the_grid_scales_down(data, tmp_path):
    images, y, masks = data
    grids = PatchExtractor(4, overlap=0, max_image_size=(24, 32)).fit(images)
    twice = [images[0].repeat(2, 0).repeat(2, 1), images[1].repeat(2, 0).repeat(2, 1)]
    Image.fromarray(masks[1].repeat(2, 0).repeat(2, 1)).save(tmp_path / "mask.png")
    patches = InsideMasks().training_patches(
        grids.transform(twice), y[:2], np.random.RandomState(0), [None, tmp_path / "mask.png"]
    )
    target, _ = chosen(InsideMasks(), images[:2], y[:2], masks[:2])
    assert_array_equal(patches.target, target.ravel())


def test_a_first_stage_learns_where(data):
    images, y, masks = data
    network = CNNClassifier(
        "C(8,3,1,relu,valid) AP(6) FC(8) FC(1,sigmoid)",
        solver="adam",
        learning_rate_init=0.01,
        max_epochs=12,
    )
    model = HyperImageClassifier(
        "passthrough", PatchExtractor(8), network, supervision=InsideMasks(), random_state=0
    )
    maps = np.stack(patch_maps(model.fit(images[:12], y[:12], masks=masks[:12]), images[12:]))
    assert roc_auc_score(masks[12:].ravel(), maps.ravel()) > 0.9


def test_what_cannot_be_trained_on_is_refused_by_name(data):
    images, y, masks = data
    with pytest.raises(ValueError, match=r"masks\[1\] is 24 x 31, but X\[1\] is 24 x 32"):
        chosen(InsideMasks(), images, y, list(masks[:1]) + [masks[1, :, :-1]] + list(masks[2:]))
    with pytest.raises(ValueError, match="no patch inside"):
        chosen(InsideMasks(), images, y, np.zeros_like(masks))
    with pytest.raises(ValueError, match="outside=0.5 is not below inside=0.5"):
        chosen(InsideMasks(outside=0.5), images, y, masks)
    with pytest.raises(ValueError, match="authentic and tampered"):
        chosen(InsideMasks(), images, np.zeros(16), masks)
