import numpy as np
import pytest
from sklearn.base import clone

from sk_hyperimage.feature_extraction import PatchExtractor


def test_grid_follows_from_the_largest_image_and_is_the_same_for_all(rng):
    images = [rng.random((30, 20)), rng.random((16, 40)), rng.random((33, 17))]
    extractor = PatchExtractor(patch_size=8, overlap=0).fit(images)
    assert extractor.grid_.max_shape == (33, 40)
    assert extractor.transform(images).shape == (3, 5, 5, 8, 8, 1)


def test_files_and_arrays_give_the_same_patches(photo_files):
    from skimage.io import imread

    extractor = PatchExtractor(patch_size=8).fit(photo_files)
    from_files = extractor.transform(photo_files)
    from_arrays = extractor.transform([imread(path) for path in photo_files])
    from_objects = extractor.transform(
        np.array([imread(path) for path in photo_files] + [None], dtype=object)[:-1]
    )
    assert from_files.dtype == np.float32
    np.testing.assert_array_equal(np.asarray(from_files), np.asarray(from_arrays))
    np.testing.assert_array_equal(np.asarray(from_files), np.asarray(from_objects))
    assert np.asarray(from_files).max() <= 1


def test_larger_images_are_scaled_down_when_they_are_cut(rng):
    extractor = PatchExtractor(patch_size=8).fit(rng.random((2, 16, 24)))
    large = np.full((1, 64, 48), 0.25)
    with pytest.warns(UserWarning, match=r"X\[0\] of 64 x 48 pixels is scaled down, 4 times"):
        grids = extractor.transform(large)
    assert grids.shape == (1, 3, 5, 8, 8, 1)
    assert grids.image(0).shape == (16, 12, 1)
    np.testing.assert_allclose(np.asarray(grids), 0.25)


def test_larger_images_are_named_once_or_refused_or_expected(rng, photo_files):
    extractor = PatchExtractor(patch_size=8).fit(photo_files[:2])  # of 21 x 30 pixels at most
    extractor.transform(photo_files)  # of at most 25 rows: too little to be warned of
    sizes = [(21, 30), (42, 30), (63, 60), (26, 30)]
    with pytest.warns(
        UserWarning, match=r"X\[2\] of 63 x 60 .*1 more, are scaled down, 3 times.*TiledReg"
    ) as caught:
        extractor.transform([rng.random((*size, 3)) for size in sizes])
    assert len(caught) == 1
    refusing = clone(extractor).set_params(larger_images="error").fit(photo_files[:2])
    assert refusing.transform(photo_files[:2]).shape == extractor.transform(photo_files[:2]).shape
    with pytest.raises(
        ValueError, match=r"image2.png'\) of 22 x 28 pixels is larger than 21 x 30"
    ):
        refusing.transform(photo_files)
    with pytest.raises(ValueError, match="image2.png.*larger"):
        refusing.set_params(max_image_size=(21, 30)).fit(photo_files)
    PatchExtractor(patch_size=8, max_image_size=20).fit(photo_files[:2]).transform(photo_files)


def test_image_smaller_than_a_patch_is_named(rng, photo_files):
    images = [rng.random((20, 20)), rng.random((20, 7))]
    with pytest.raises(ValueError, match=r"X\[1\] of 20 x 7 pixels is smaller than a patch"):
        PatchExtractor(patch_size=8).fit(images)
    with pytest.raises(ValueError, match="image0.png.*smaller than a patch"):
        PatchExtractor(patch_size=22).fit(photo_files)


def test_rectangular_patches_and_given_grids():
    extractor = PatchExtractor(patch_size=(4, 6), grid_shape=(2, 7))
    assert extractor.fit_transform(np.zeros((1, 10, 20))).shape == (1, 2, 7, 4, 6, 1)


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"patch_size": 0}, "patch_size"),
        ({"patch_size": (8, 8, 8)}, "patch_size"),
        ({"overlap": 1.0}, "overlap"),
        ({"grid_shape": (0, 2)}, "grid_shape"),
    ],
)
def test_invalid_parameters_are_named(parameters, name):
    with pytest.raises(ValueError, match=name):
        PatchExtractor(**parameters).fit(np.zeros((1, 32, 32)))


def test_clone_keeps_parameters():
    extractor = PatchExtractor(patch_size=(4, 6), overlap=0.25, grid_shape=(2, 3))
    assert clone(extractor).get_params() == extractor.get_params()


def test_one_panorama_among_small_images_is_named_and_may_be_limited():
    images = [np.zeros((20, 22))] * 23 + [np.zeros((12, 1500))]
    with pytest.warns(UserWarning, match=r"grid of 4 x 374 patches, because .*X\[23\].*max_image"):
        assert PatchExtractor(8).fit(images).grid_.grid_shape == (4, 374)
    limited = PatchExtractor(4, overlap=0, max_image_size=(20, 500)).fit(images[:23])
    assert limited.grid_.max_shape == (20, 22)
    both = PatchExtractor(1, overlap=0, max_image_size=32).fit(images)
    assert both.grid_.max_shape == (20, 32)
    assert both.transform(images).image(23).shape == (1, 32, 1)
