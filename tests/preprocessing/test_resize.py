import numpy as np
import pytest
from skimage.io import imread
from skimage.transform import resize
from sklearn.model_selection import KFold, cross_validate
from sklearn.pipeline import Pipeline

from sk_hyperimage import architectures
from sk_hyperimage.images import Samples
from sk_hyperimage.neural_network import CNNClassifier
from sk_hyperimage.preprocessing import ImageResizer


def test_images_of_the_size_are_left_alone_and_others_interpolated(rng):
    fits, small = rng.random((8, 12, 3)), rng.random((4, 6, 3))
    resized = ImageResizer((8, 12)).fit_transform([fits, small])
    assert resized.shape == (2, 8, 12, 3)
    np.testing.assert_array_equal(resized[0], fits)
    np.testing.assert_array_equal(resized[1], resize(small, (8, 12)))


def test_shrinking_smooths_first():
    checkerboard = np.indices((64, 64)).sum(axis=0) % 2 * 1.0
    shrunk = ImageResizer((8, 8)).fit_transform(checkerboard[np.newaxis])
    np.testing.assert_allclose(shrunk, 0.5, atol=0.1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_keep_their_type_and_range(dtype, rng):
    images = rng.normal(scale=50, size=(2, 9, 7, 2)).astype(dtype)
    resized = ImageResizer((6, 5)).fit_transform(images)
    assert resized.dtype == dtype
    assert images.min() <= resized.min() < -20
    in_bytes = ImageResizer((6, 5)).fit_transform(np.full((1, 9, 7), 51, dtype=np.uint8))
    np.testing.assert_allclose(in_bytes, 0.2, rtol=1e-6)


def test_turning_keeps_every_pixel_of_upright_images(rng):
    upright, square = rng.random((12, 8)), rng.random((8, 8))
    turned, kept = np.asarray(ImageResizer((8, 12), rotate=True).fit_transform([upright, square]))
    np.testing.assert_array_equal(turned[..., 0], np.rot90(upright))
    np.testing.assert_array_equal(kept[..., 0], resize(square, (8, 12)))
    straight = ImageResizer((8, 12)).fit_transform([upright])[0]
    np.testing.assert_array_equal(straight[..., 0], resize(upright, (8, 12), anti_aliasing=True))
    to_square = ImageResizer((8, 8), rotate=True).fit_transform([upright])[0]
    np.testing.assert_array_equal(to_square[..., 0], resize(upright, (8, 8), anti_aliasing=True))


def test_files_stay_files_until_an_image_is_asked_for(photo_files):
    resized = ImageResizer((16, 24)).fit_transform(photo_files)
    assert isinstance(resized, Samples)
    assert resized.shape == (6, 16, 24, 3)
    chosen = resized[[4, 1]]
    for path in photo_files[1:]:
        if path != photo_files[4]:
            path.unlink()
    expected = resize(imread(photo_files[4]) / np.float32(255), (16, 24), anti_aliasing=True)
    np.testing.assert_allclose(chosen[0], expected, atol=1e-6)
    with pytest.raises(FileNotFoundError, match="image1.png"):
        chosen[1]
    assert chosen.name(1) == f"X[1] ({str(photo_files[1])!r})"


def test_an_array_gives_an_array_of_the_same_rank(rng):
    for shape in [(3, 5, 5), (3, 5, 5, 1), (3, 5, 5, 3)]:
        resized = ImageResizer((4, 6)).fit_transform(rng.random(shape))
        assert isinstance(resized, np.ndarray)
        assert resized.shape == (3, 4, 6, *shape[3:])


@pytest.mark.parametrize("shape", [(256,), (0, 384), (25.6, 384), (256, 384, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="size must be two positive integers"):
        ImageResizer(shape).fit(np.zeros((1, 4, 4)))


def test_the_end_to_end_network_of_table_4_serves_cross_validate_from_files(tmp_path, rng):
    from skimage.io import imsave

    rows, cols, _ = architectures.RECORDS["FORGERY_END_TO_END"].input_shape
    paths = np.array([str(tmp_path / f"{index}.png") for index in range(4)])
    for index, path in enumerate(paths):
        shape = [(rows, cols, 3), (cols, rows, 3), (100, 120, 3)][index % 3]
        imsave(path, rng.integers(0, 256, size=shape, dtype=np.uint8), check_contrast=False)
    network = CNNClassifier(
        architectures.FORGERY_END_TO_END, max_epochs=1, early_stopping=False, random_state=0
    )
    model = Pipeline([("resize", ImageResizer((rows, cols), rotate=True)), ("network", network)])
    tampered = np.array([True, False] * 2)
    scores = cross_validate(model, paths, tampered, cv=KFold(2), return_estimator=True)
    assert np.isfinite(scores["test_score"]).all()
    for fitted in scores["estimator"]:
        assert fitted["network"].input_shape_ == (256, 384, 3)
