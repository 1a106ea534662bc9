import pickle

import numpy as np
import pytest
from sklearn.utils import _safe_indexing

from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.images import PatchSequence, _patch_grids
from sk_hyperimage.images._grid import patch_starts


def cut_by_loops(image, grid_shape, size):
    rows, cols = map(patch_starts, image.shape[:2], (size, size), grid_shape)
    return np.stack([[image[r : r + size, c : c + size] for c in cols] for r in rows])


@pytest.fixture
def images(rng):
    return rng.random((7, 20, 26, 3))


@pytest.fixture
def grids(images):
    return PatchExtractor(patch_size=8, overlap=0.5).fit_transform(images)


def test_grids_hold_the_patches_that_loops_cut(grids, images):
    expected = np.stack([cut_by_loops(image, (4, 6), 8) for image in images])
    assert grids.shape == expected.shape == (7, 4, 6, 8, 8, 3)
    np.testing.assert_array_equal(np.asarray(grids), expected)
    np.testing.assert_array_equal(grids[2], expected[2])
    np.testing.assert_array_equal(np.asarray(grids, dtype=np.float32), expected.astype(np.float32))


@pytest.mark.parametrize(
    "key", [slice(1, 6, 2), [4, 0], np.array([3, 3]), np.arange(7) % 2 == 0, slice(None)]
)
def test_grids_are_sliced_as_arrays_are_and_stay_lazy(grids, key):
    chosen = grids[key]
    assert isinstance(chosen, type(grids))
    np.testing.assert_array_equal(np.asarray(chosen), np.asarray(grids)[key])
    np.testing.assert_array_equal(np.asarray(grids[(key, Ellipsis)]), np.asarray(chosen))
    np.testing.assert_array_equal(np.asarray(_safe_indexing(grids, [1, 2])), grids.take([1, 2]))


def test_indices_out_of_range_are_refused(grids):
    with pytest.raises(IndexError):
        grids[7]
    with pytest.raises(IndexError, match="take a sample first"):
        grids[0, 1]


def test_patch_sequence_is_the_grids_in_one_row(grids):
    patches = PatchSequence(grids)
    flat = np.asarray(grids).reshape(-1, 8, 8, 3)
    order = np.random.default_rng(0).permutation(len(flat))
    np.testing.assert_array_equal(patches.take(order), flat[order])
    np.testing.assert_array_equal(patches.sources, np.repeat(np.arange(7), 24))


def test_training_order_is_a_permutation_that_decodes_each_image_once(grids, monkeypatch):
    image_bytes = grids.image(0).nbytes
    monkeypatch.setattr(_patch_grids, "CACHE_BYTES", 2 * image_bytes)
    patches = PatchSequence(grids)
    rows = np.arange(len(patches))[::2]
    order = patches.epoch_order(rows, np.random.default_rng(0))
    assert sorted(order) == list(rows)
    images = patches.sources[order]
    # With room for two images the order falls into blocks of at most two images each.
    changes = [set(images[: i + 1]) & set(images[i + 1 :]) for i in range(len(images) - 1)]
    assert max(len(open_images) for open_images in changes) <= 2
    for start in range(0, len(order), 5):
        patches.take(order[start : start + 5])
        assert patches._cached_bytes <= 2 * image_bytes


def test_a_pickled_sequence_holds_its_images_and_no_patches(grids, images):
    patches = PatchSequence(grids)
    fresh = len(pickle.dumps(patches))
    first = patches.take(np.arange(len(patches)))
    pickled = pickle.dumps(patches)
    assert len(pickled) == fresh
    np.testing.assert_array_equal(pickle.loads(pickled).take(np.arange(len(patches))), first)


def test_images_in_memory_are_views_and_never_written(images, grids):
    before = images.copy()
    np.asarray(grids)[:] = 0
    assert (images == before).all()


def test_images_stand_for_their_grids_where_they_are_of_one_shape_and_not_scaled(images):
    extractor = PatchExtractor(patch_size=8, overlap=0.5).fit(images)
    assert extractor.transform(images).images_as_cut is not None
    assert extractor.transform(list(images[:, 1:])).images_as_cut is not None
    larger = np.zeros((2, 21, 26, 3))  # too little to be warned of
    assert extractor.transform(larger).images_as_cut is None
    assert extractor.transform([images[0], images[1, 1:]]).images_as_cut is None
