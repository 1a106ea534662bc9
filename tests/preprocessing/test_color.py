import numpy as np
import pytest
from PIL import Image
from sklearn.pipeline import make_pipeline

from sk_hyperimage.feature_extraction import BrisqueFeatures, PatchExtractor
from sk_hyperimage.images import Samples, pair_images
from sk_hyperimage.preprocessing import ColorConverter, ImageResizer

MODES = ["L", "LA", "RGB", "RGBA", "P", "CMYK"]


@pytest.fixture
def mixed_files(tmp_path, rng):
    """One picture in a file of every mode; without colors, so that all are the same in gray."""
    gray = Image.fromarray(rng.integers(0, 256, (12, 15), dtype=np.uint8))
    paths = []
    for mode in MODES:
        color = gray.convert("RGB") if mode == "CMYK" else gray
        paths.append(tmp_path / f"{mode}.{'tif' if mode == 'CMYK' else 'png'}")
        color.convert(mode).save(paths[-1])
    return paths


@pytest.mark.parametrize(("to", "n_channels"), [("gray", 1), ("rgb", 3), ("green", 1)])
def test_images_of_all_kinds_become_alike_and_stay_files(to, n_channels, mixed_files):
    converter = ColorConverter(to).fit(mixed_files)
    made = converter.transform(mixed_files)
    assert isinstance(made, Samples)
    assert made.shape == (6, 12, 15, n_channels)
    expected = np.asarray(Image.open(mixed_files[0])) / np.float32(255)
    for index in range(6):
        assert made[index].dtype == np.float32
        for channel in range(n_channels):
            np.testing.assert_allclose(made[index][..., channel], expected, atol=2e-7)
    assert made[[3, 1]].shape == (2, 12, 15, n_channels)
    assert made[[3, 1]].name(0) == f"X[3] ({str(mixed_files[3])!r})"
    assert converter.n_features_in_ == 1
    assert converter.transform(mixed_files[2:3]).shape == (1, 12, 15, n_channels)
    assert converter.n_features_in_ == 1


def test_gray_is_the_luma_of_pillow_without_rounding(rng):
    image = rng.integers(0, 256, (9, 8, 3), dtype=np.uint8)
    gray = ColorConverter("gray").fit_transform([image])[0]
    assert gray.shape == (9, 8, 1)
    np.testing.assert_allclose(gray[..., 0] * 255, image @ [0.299, 0.587, 0.114], atol=0.03)
    np.testing.assert_allclose(
        gray[..., 0] * 255, np.asarray(Image.fromarray(image).convert("L"), float), atol=0.6
    )


def test_green_is_the_second_channel_or_the_only_one(rng):
    image = rng.random((9, 8, 4))
    made = ColorConverter("green").fit_transform([image, image[..., :3], image[..., 1:2]])
    for green in made:
        np.testing.assert_array_equal(green, image[..., 1:2])


def test_alpha_is_dropped_and_colors_kept_to_the_last_bit(rng):
    image = rng.random((9, 8, 4))
    made = ColorConverter("rgb").fit_transform([image, image[..., :3], image[..., :1]])
    np.testing.assert_array_equal(made[0], image[..., :3])
    np.testing.assert_array_equal(made[1], image[..., :3])
    np.testing.assert_array_equal(made[2], image[..., [0, 0, 0]])
    gray = ColorConverter("gray").fit_transform([image[..., :2], image[..., :1]])
    np.testing.assert_array_equal(gray[0], image[..., :1])
    np.testing.assert_array_equal(gray[1], image[..., :1])


@pytest.mark.parametrize("shape", [(2, 9, 8), (2, 9, 8, 1), (2, 9, 8, 2), (2, 9, 8, 4), (4, 5)])
def test_arrays_give_arrays(shape, rng):
    X = rng.random(shape)
    gray = ColorConverter("gray").fit_transform(X)
    assert isinstance(gray, np.ndarray)
    assert gray.shape == (shape if len(shape) < 4 else (2, 9, 8, 1))
    color = ColorConverter("rgb").fit_transform(X)
    assert isinstance(color, np.ndarray)
    assert color.shape == ((4, 1, 5, 3) if len(shape) == 2 else (2, 9, 8, 3))


def test_a_converter_first_makes_every_later_step_take_mixed_images(mixed_files):
    features = make_pipeline(ColorConverter(), BrisqueFeatures()).fit_transform(mixed_files)
    np.testing.assert_allclose(features[1], features[0], rtol=1e-4)
    chain = make_pipeline(ColorConverter("rgb"), ImageResizer((10, 10)), PatchExtractor(5, 0))
    assert chain.fit_transform(mixed_files).shape == (6, 2, 2, 5, 5, 3)


def test_other_numbers_of_channels_and_pairs_are_refused(rng):
    with pytest.raises(ValueError, match="X holds images of 5 channels; gray and RGB have 1 to 4"):
        ColorConverter().fit(rng.random((2, 9, 8, 5)))
    made = ColorConverter().fit_transform([rng.random((9, 8)), rng.random((9, 8, 5))])
    with pytest.raises(ValueError, match=r"X\[1\]: the image has 5 channels"):
        made[1]
    pairs = pair_images(rng.random((2, 9, 8)), rng.random((2, 9, 8)))
    with pytest.raises(ValueError, match="holds pairs; convert images and references before"):
        ColorConverter().fit(pairs)
    with pytest.raises(ValueError, match="'to' parameter"):
        ColorConverter("opaque").fit(rng.random((2, 9, 8)))
