import numpy as np
import pytest
from skimage.io import imsave
from skimage.metrics import structural_similarity

from sk_hyperimage.ensemble import PatchPoolingRegressor
from sk_hyperimage.feature_extraction import PatchExtractor, patch_ssim, select_patches
from sk_hyperimage.neural_network import CNNRegressor

GRID = PatchExtractor(16, overlap=0.5)


@pytest.fixture
def pairs(rng):
    """Six pristine images; damaged ones of noise in a corner, the last of them undamaged."""
    pristine = rng.integers(0, 256, size=(6, 40, 56, 3), dtype=np.uint8)
    damaged = pristine.copy()
    damaged[:5, 20:, :24] = rng.integers(0, 256, size=(5, 20, 24, 3))
    return damaged, pristine


def test_similarity_of_a_patch_is_that_of_scikit_image(pairs):
    damaged, pristine = pairs
    similarity = patch_ssim(damaged, pristine, extractor=GRID)
    cut, whole = (GRID.fit_transform(images) for images in pairs)
    assert similarity.shape == cut.shape[:3]
    for index in np.ndindex(similarity.shape):
        image, u, v = index
        expected = structural_similarity(
            cut[image][u, v], whole[image][u, v], channel_axis=2, data_range=1
        )
        assert similarity[index] == pytest.approx(expected, abs=1e-5)


def test_equal_patches_have_similarity_one_to_the_last_bit(pairs):
    similarity = patch_ssim(*pairs, extractor=GRID)
    assert (similarity[5] == 1).all()
    assert (similarity[:5, 0] == 1).all()
    assert (similarity[:5, -1, 0] < 0.9).all()


def test_files_give_what_arrays_give(pairs, tmp_path):
    paths = []
    for name, images in zip(["damaged", "pristine"], pairs, strict=True):
        paths.append([tmp_path / f"{name}{index}.png" for index in range(6)])
        for path, image in zip(paths[-1], images, strict=True):
            imsave(path, image, check_contrast=False)
    of_files = patch_ssim(*paths, extractor=GRID)
    np.testing.assert_array_equal(of_files, patch_ssim(*pairs, extractor=GRID))


def test_a_reference_of_another_size_is_named(pairs):
    damaged, pristine = pairs
    references = [*pristine[:2], pristine[2][:, :50], *pristine[3:]]
    with pytest.raises(ValueError, match=r"images\[2\]"):
        patch_ssim(damaged, references, extractor=GRID)


def test_patches_smaller_than_windows_are_refused(pairs):
    with pytest.raises(ValueError, match="patch_size"):
        patch_ssim(*pairs, extractor=PatchExtractor(5))


@pytest.fixture
def similarity(rng):
    """Two pristine images and ten of 24 patches, half of them damaged."""
    similarity = np.ones((12, 4, 6))
    similarity[2:, :, :3] = rng.uniform(0.2, 0.95, size=(10, 4, 3))
    return similarity


def test_low_similarities_and_pristine_images_are_kept(similarity):
    y = np.arange(12.0)
    targets = select_patches(similarity, y, balance=False)
    kept = ~np.isnan(targets)
    assert kept[:2].all()
    assert (kept[2:] == (similarity[2:] < 0.97)).all()
    assert (targets[kept] == np.broadcast_to(y[:, None, None], kept.shape)[kept]).all()


def test_damaged_and_pristine_patches_become_equally_many(similarity):
    kept = ~np.isnan(select_patches(similarity, np.zeros(12), random_state=0))
    assert kept[:2].sum() == kept[2:].sum() == 48
    assert not kept[2:, :, 3:].any()
    few = similarity.copy()
    few[3:] = 1.0
    few[3:, 0, 0] = 0.99  # neither pristine images nor patches that differ
    kept = ~np.isnan(select_patches(few, np.zeros(12), random_state=0))
    assert kept[:2].sum() == kept[2].sum() == 12


def test_so_many_patches_of_an_image_at_most(similarity):
    targets = select_patches(similarity, np.zeros(12), max_per_image=5, balance=False)
    kept = (~np.isnan(targets)).sum(axis=(1, 2))
    assert (kept == [24] * 2 + [5] * 10).all()


def test_without_pristine_images_nothing_is_left_out(similarity):
    kept = ~np.isnan(select_patches(similarity[2:], np.zeros(10)))
    assert (kept == (similarity[2:] < 0.97)).all()


def test_the_seed_decides_what_is_drawn(similarity):
    first, again, other = (
        select_patches(similarity, np.zeros(12), random_state=seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (np.isnan(first) != np.isnan(other)).any()


def test_nothing_below_the_threshold_is_an_error():
    with pytest.raises(ValueError, match="threshold"):
        select_patches(np.ones((3, 2, 2)), np.zeros(3))


@pytest.mark.parametrize("similarity", [np.ones((3, 4)), np.full((3, 2, 2), np.nan)])
def test_similarities_of_another_kind_are_refused(similarity):
    with pytest.raises(ValueError, match="similarity"):
        select_patches(similarity, np.zeros(3))


def test_scores_of_intact_patches_do_not_matter(rng):
    images = rng.normal(size=(16, 16, 16, 1))
    similarity = np.ones((16, 3, 3))
    similarity[:, 0] = 0.5
    targets = select_patches(similarity, np.arange(16.0))
    grids = PatchExtractor(8).fit_transform(images)
    network = CNNRegressor("FC(4) FC(1,linear)", max_epochs=2, random_state=0)
    fits = [
        PatchPoolingRegressor(network).fit(x, np.arange(16.0), patch_targets=targets)
        for x in (grids, PatchExtractor(8).fit_transform(np.where(images_below(), images, 9.0)))
    ]
    first, second = (fit.patch_estimator_.history_ for fit in fits)
    assert first == second


def images_below():
    """Pixels that the first row of a grid of 3 x 3 patches of 8 pixels in 16 covers."""
    return (np.arange(16) < 8)[:, None, None]


def test_scores_may_be_a_column(similarity):
    y = np.arange(float(len(similarity)))
    column = select_patches(similarity, y[:, np.newaxis], random_state=0)
    np.testing.assert_array_equal(column, select_patches(similarity, y, random_state=0))
