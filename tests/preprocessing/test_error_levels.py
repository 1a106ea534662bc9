"""Error levels against compression by hand, and what they show of a pasted region."""

import io

import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image
from scipy.ndimage import gaussian_filter

from sk_hyperimage.preprocessing import ErrorLevels, JPEGReencoder


@pytest.fixture
def noise(rng):
    return rng.random((2, 48, 64, 3)).astype(np.float32)


def test_channels_are_those_computed_by_hand(rng):
    picture = rng.integers(0, 256, size=(40, 56), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=60)
    change = np.abs(np.asarray(Image.open(file), dtype=float) - picture) / 255
    expected = np.log(gaussian_filter(change, 3.0) + 0.001)
    expected = (expected - expected.mean()) / (expected.std() + 0.02)
    levels = ErrorLevels([60], sigma=3.0).fit_transform(picture[np.newaxis])
    assert_allclose(levels[0], expected, atol=1e-4)


def test_colors_have_a_channel_of_luma_and_two_of_chroma_for_every_quality(noise):
    levels = ErrorLevels((90, 50)).fit_transform(noise)
    assert (levels.shape, levels.dtype) == ((2, 48, 64, 6), np.float32)
    assert_allclose(levels.mean(axis=(1, 2)), 0, atol=1e-5)
    gray = ErrorLevels((90, 50)).fit_transform(np.repeat(noise[..., :1], 3, axis=3))
    assert np.abs(levels[..., 1]).max() > 1 > np.abs(gray[..., 1]).max()  # gray has no chroma


def test_a_region_of_another_history_stands_out(noise):
    known = JPEGReencoder(quality=50).fit_transform(noise)
    known[:, 12:36, 20:44] = noise[:, 12:36, 20:44]
    luma = ErrorLevels([50]).fit_transform(known)[..., 0]
    assert luma[:, 16:32, 24:40].min() > luma[:, :8].max()


def test_an_image_without_changes_is_zero():
    flat = np.full((1, 24, 24), 128, dtype=np.uint8)
    assert_allclose(ErrorLevels().fit_transform(flat), np.zeros((1, 24, 24, 4)), atol=1e-5)


def test_files_are_read_one_at_a_time_and_sizes_may_differ(tmp_path, rng):
    for name, shape in (("a", (24, 32, 3)), ("b", (40, 24, 3))):
        Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(tmp_path / f"{name}.png")
    levels = ErrorLevels().fit_transform([tmp_path / "a.png", tmp_path / "b.png"])
    assert [level.shape for level in levels] == [(24, 32, 12), (40, 24, 12)]


@pytest.mark.parametrize("qualities", [[], [0], [96], [50.5]])
def test_qualities_are_checked(noise, qualities):
    with pytest.raises(ValueError, match="qualities"):
        ErrorLevels(qualities).fit(noise)


def test_other_images_than_gray_and_rgb_are_refused(rng):
    with pytest.raises(ValueError, match="2 channels"):
        ErrorLevels().fit(rng.random((1, 16, 16, 2)))
