import numpy as np
import pytest
from skimage.io import imsave
from sklearn.utils import _safe_indexing

from sk_hyperimage.images import ArraySamples, ImageCollection, as_float_image


@pytest.mark.parametrize(
    ("dtype", "given", "expected"),
    [
        (np.uint8, [0, 51, 255], [0, 0.2, 1]),
        (np.uint16, [0, 13107, 65535], [0, 0.2, 1]),
        (bool, [False, True, True], [0, 1, 1]),
        (np.float32, [-1, 0.5, 300], [-1, 0.5, 300]),
        (np.float64, [-1, 0.5, 300], [-1, 0.5, 300]),
        (np.int64, [0, 51, 255], [0, 0.2, 1]),
        (np.int8, [0, 51, 127], [0, 0.2, 127 / 255]),
        (np.float16, [-1, 0.5, 300], [-1, 0.5, 300]),
        (">f4", [-1, 0.5, 300], [-1, 0.5, 300]),
        (">u2", [0, 13107, 65535], [0, 0.2, 1]),
        (np.longdouble, [-1, 0.5, 300], [-1, 0.5, 300]),
    ],
)
def test_integers_are_scaled_and_floats_kept(dtype, given, expected):
    image = as_float_image(np.array([given], dtype=dtype))
    assert image.shape == (1, 3, 1)
    assert image.dtype == (np.float64 if dtype in (np.float64, np.longdouble) else np.float32)
    np.testing.assert_allclose(image[0, :, 0], expected, rtol=1e-6)


def test_files_are_read_when_they_are_asked_for_and_not_before(photo_files):
    images = ImageCollection(photo_files)
    third = images[2]
    photo_files[2].unlink()
    assert third.shape == (22, 28, 3)
    assert len(images[[0, 2]]) == 2
    with pytest.raises(FileNotFoundError, match="image2.png"):
        images[2]


@pytest.mark.parametrize("suffix", ["png", "tif", "TIFF"])
def test_sixteen_bits_of_a_file_are_kept(suffix, rng, tmp_path):
    path = tmp_path / f"image.{suffix}"
    shape = (5, 6) if suffix == "png" else (5, 6, 3)
    image = rng.integers(2**16, size=shape, dtype=np.uint16)
    imsave(path, image, check_contrast=False)
    read = ImageCollection([path])[0]
    np.testing.assert_allclose(read.squeeze() * 65535, image, rtol=1e-6)


def test_selections_remember_where_images_stood(photo_files):
    images = ImageCollection(photo_files)[[5, 3]][::-1]
    assert images.name(0) == f"X[3] ({str(photo_files[3])!r})"
    photo_files[3].write_bytes(photo_files[3].read_bytes()[:600])
    with pytest.raises(ValueError, match=r"X\[3\].*image3.png"):
        images[0]


def test_transforms_follow_one_another(rng):
    images = ImageCollection([rng.random((3, 4)), rng.random((5, 6))])
    mapped = images.map(lambda image: image + 1).map(lambda image: image * 2)
    np.testing.assert_allclose(mapped[1], (images[1] + 1) * 2)


def test_scikit_learn_slices_collections_without_decoding(photo_files):
    images = ImageCollection([*photo_files, "absent.png"])
    for key in ([0, 3], np.array([True] * 3 + [False] * 4), slice(2, 5)):
        chosen = _safe_indexing(images, key)
        assert isinstance(chosen, ImageCollection)
        assert list(chosen.indices) == list(np.arange(7)[key])


def test_images_of_one_size_become_one_array_and_others_an_object_array(rng):
    same = ImageCollection([rng.random((3, 4)), rng.random((3, 4))])
    assert np.asarray(same).shape == (2, 3, 4, 1)
    mixed = np.asarray(ImageCollection([rng.random((3, 4)), rng.random((4, 4))]))
    assert mixed.dtype == object
    assert mixed[1].shape == (4, 4, 1)


def test_files_of_different_channels_are_refused_by_name(photo_files, tmp_path, rng):
    from skimage.io import imsave

    imsave(tmp_path / "gray.png", rng.integers(0, 255, (20, 20), np.uint8), check_contrast=False)
    images = ImageCollection([*photo_files, tmp_path / "gray.png"])
    for use in [lambda: images[6]] + 2 * [lambda: images.image_shapes]:
        with pytest.raises(ValueError, match=r"X\[6\] .*gray.png.* has 1 channels.*has 3"):
            use()


def test_lazy_samples_refuse_a_promise_of_no_copy(rng):
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(ArraySamples(rng.random((2, 3))), copy=False)


def test_iteration_and_representation(rng):
    samples = ArraySamples(rng.random((2, 3, 1)))
    assert [sample.shape for sample in samples] == [(3, 1), (3, 1)]
    assert repr(samples) == "<ArraySamples: 2 samples of (3, 1), float64>"


def test_color_tiffs_of_floats_are_read(rng, tmp_path):
    import tifffile

    image = rng.random((5, 6, 3))
    tifffile.imwrite(tmp_path / "image.tif", image, photometric="rgb")
    images = ImageCollection([tmp_path / "image.tif"])
    assert images.sample_shape == (5, 6, 3)
    np.testing.assert_array_equal(images[0], image.astype(images[0].dtype))


def test_floats_of_a_file_beyond_those_of_a_batch_are_refused_by_name(tmp_path):
    import tifffile

    for value in (1e38, 1e39):
        tifffile.imwrite(tmp_path / "image.tif", np.full((3, 4), value), photometric="minisblack")
        images = ImageCollection([tmp_path / "image.tif"])
        if value < 3e38:
            np.testing.assert_allclose(np.asarray(images), value, rtol=1e-6)
    with pytest.raises(ValueError, match=r"X\[0\] .*image.tif.* holds values so large"):
        images[0]
