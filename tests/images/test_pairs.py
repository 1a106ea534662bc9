"""An image and its reference are one image of twice the channels, and every step takes it."""

import numpy as np
import pytest
from skimage.io import imread, imsave
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.images import Samples, pair_images
from sk_hyperimage.preprocessing import ImageResizer, LocalContrastNormalizer


@pytest.fixture
def images(rng):
    return rng.random((8, 20, 24, 3))


@pytest.fixture
def references(rng):
    return rng.random((8, 20, 24, 3))


@pytest.fixture
def reference_files(photo_files, tmp_path):
    """References of the sizes of `photo_files`: their negatives."""
    paths = [tmp_path / f"reference{index}.png" for index in range(len(photo_files))]
    for path, photo in zip(paths, photo_files, strict=True):
        imsave(path, 255 - imread(photo), check_contrast=False)
    return paths


def mean_and_deviation(grids):
    """Numbers of all patches of a pair, for a linear model."""
    return np.stack([np.r_[g.mean(axis=(0, 1, 2, 3)), g.std(axis=(0, 1, 2, 3))] for g in grids])


MODEL = Pipeline(
    [
        ("normalize", LocalContrastNormalizer()),
        ("patches", PatchExtractor(patch_size=8)),
        ("describe", FunctionTransformer(mean_and_deviation)),
        ("regress", Ridge()),
    ]
)


def test_channels_of_the_image_come_first_and_then_those_of_the_reference(images, references):
    pairs = pair_images(images, references)
    assert pairs.shape == (8, 20, 24, 6)
    assert pairs.n_channels == 6
    np.testing.assert_array_equal(pairs[3][..., :3], images[3])
    np.testing.assert_array_equal(pairs[3][..., 3:], references[3])


def test_gray_levels_and_bytes_are_paired_as_floats(rng):
    levels = rng.integers(0, 256, size=(2, 5, 6), dtype=np.uint8)
    pairs = pair_images(levels, levels / 255)
    assert pairs.dtype == pairs[0].dtype == np.float64
    np.testing.assert_allclose(pairs[0][..., 0], pairs[0][..., 1], atol=1e-7)


@pytest.mark.parametrize(
    "step", [LocalContrastNormalizer(), PatchExtractor(8), ImageResizer(10)], ids=str
)
def test_an_array_of_pairs_gives_the_same_numbers(step, images, references):
    stacked = np.concatenate([images, references], axis=3)
    pairs = pair_images(images, references)
    made = clone(step).fit_transform(pairs)
    assert isinstance(made, Samples)
    np.testing.assert_array_equal(np.asarray(made), np.asarray(clone(step).fit_transform(stacked)))
    apart = [np.asarray(clone(step).fit_transform(half)) for half in (images, references)]
    np.testing.assert_array_equal(np.asarray(made), np.concatenate(apart, axis=-1))


def test_pipelines_are_cross_validated_on_pairs(images, references):
    y, groups = images.mean(axis=(1, 2, 3)), np.arange(8) // 2
    stacked = np.concatenate([images, references], axis=3)
    scores = [
        cross_validate(
            clone(MODEL), X, y, groups=groups, cv=GroupKFold(4), scoring="neg_mean_squared_error"
        )["test_score"]
        for X in (pair_images(images, references), stacked)
    ]
    assert np.isfinite(scores[0]).all()
    np.testing.assert_allclose(scores[0], scores[1])


def test_single_images_are_refused_where_pairs_were_seen(images, references):
    model = clone(MODEL).fit(pair_images(images, references), np.arange(8.0))
    assert model["patches"].n_features_in_ == 6
    with pytest.raises(ValueError, match="X has 3 channels, but .* is expecting 6"):
        model.predict(images)


def test_files_are_decoded_when_a_pair_is_asked_for(photo_files, reference_files):
    pairs = LocalContrastNormalizer().fit_transform(pair_images(photo_files, reference_files))
    grids = PatchExtractor(8).fit_transform(pairs)
    chosen = grids[[4, 1]]
    expected = np.concatenate([imread(photo_files[4]), imread(reference_files[4])], axis=2)
    for path in photo_files[:4] + reference_files[:4]:
        path.unlink()
    by_array = LocalContrastNormalizer().fit_transform(expected[np.newaxis])
    np.testing.assert_array_equal(chosen.image(0), by_array[0])
    with pytest.raises(FileNotFoundError, match="image1.png"):
        chosen[1]
    assert chosen.name(1) == f"X[1] ({str(photo_files[1])!r})"


def test_selections_are_pairs(photo_files, reference_files):
    pairs = pair_images(photo_files, reference_files)
    np.testing.assert_array_equal(pairs[::-2][1], pairs[3])
    np.testing.assert_allclose(pairs[2][..., :3], 1 - pairs[2][..., 3:], atol=1e-6)
    assert pairs.shape == (6,) and pairs[:1].shape == (1, 20, 30, 6)


def test_images_of_another_size_than_their_reference_are_named_with_it(photo_files):
    pairs = pair_images(photo_files, photo_files[1:] + photo_files[:1])
    with pytest.raises(ValueError, match=r"image X\[2\].*image2.png.* X\[2\].*image3.png"):
        pairs[2]


def test_references_of_similar_scenes_are_cut_or_mirrored_to_the_size_of_their_image(rng):
    images = rng.random((3, 6, 8))
    references = [rng.random(shape) for shape in ((9, 12), (3, 8), (6, 5))]
    pairs = pair_images(images, references, aligned=False)
    assert pairs.shape == (3, 6, 8, 2) and pairs[1:].shape == (2, 6, 8, 2)
    found = [pair[..., 1] for pair in pairs[[0, 1, 2]]]
    np.testing.assert_array_equal(found[0], references[0][1:7, 2:10])
    rows = np.pad(references[1], [(1, 2), (0, 0)], mode="symmetric")
    np.testing.assert_array_equal(found[1], rows)
    np.testing.assert_array_equal(found[2][:, 1:6], references[2])
    np.testing.assert_array_equal(np.asarray(pairs)[..., 0], images)


def test_other_numbers_of_images_or_channels_are_refused(images):
    with pytest.raises(ValueError, match="there are 8 images but 7 references"):
        pair_images(images, images[1:])
    with pytest.raises(ValueError, match="images have 3 channels but references have 1"):
        pair_images(images, images[..., 0])
    with pytest.raises(ValueError, match="no images"):
        pair_images([], [])


def test_pairs_of_arrays_are_checked_as_images_are(images):
    images[2, 3, 4] = np.nan
    with pytest.raises(ValueError, match=r"images: X\[2\] contains NaN"):
        pair_images(images, images)
    with pytest.raises(ValueError, match=r"references: X\[2\] contains NaN"):
        pair_images(np.zeros_like(images), images)
    with pytest.raises(ValueError, match=r"X\[0\] has shape \(4,\)"):
        pair_images(np.zeros((3, 4)), np.zeros((3, 4)))
