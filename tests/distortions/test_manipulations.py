"""Manipulations: numbers of Table I, 8 bits, and where a place moves to."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from sk_hyperimage.datasets import load_sample_photos
from sk_hyperimage.distortions import MANIPULATIONS

TABLE_1 = {
    "median": (3, 5, 7),
    "blur": (0.5, 0.75, 1.1),
    "noise": (0.25, 0.5, 2.0),
    "resizing": (1.01, 1.125, 1.5),
    "jpeg": (90, 80, 70),
}
MOVING = ["resizing", "rotation"]
LEVELS = (1, 2, 3)


@pytest.fixture(scope="module")
def photo():
    return load_sample_photos().images[3]


def edited(name, level, image, seed=0):
    return MANIPULATIONS[name](image, level, np.random.RandomState(seed))


def test_the_first_rows_are_table_1_from_hard_to_easy():
    rows = {name: MANIPULATIONS[name].strengths for name in list(MANIPULATIONS)[:5]}
    assert rows == TABLE_1
    assert list(rows) == list(TABLE_1)
    assert {"rotation", "contrast enhancement", "histogram equalization"} <= set(MANIPULATIONS)
    assert all(len(kind.strengths) == 3 for kind in MANIPULATIONS.values())


@pytest.mark.parametrize("name", MANIPULATIONS)
def test_all_give_8_bits_and_leave_their_input(name, photo):
    before = photo.copy()
    for level in LEVELS:
        image = edited(name, level, photo)
        assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
    assert (photo == before).all()
    assert image.shape != photo.shape or (image != photo).any()


@pytest.mark.parametrize("name", [name for name in MANIPULATIONS if name not in MOVING])
def test_those_that_move_nothing_change_more_with_every_level(name, photo):
    errors = [np.abs(edited(name, level, photo).astype(float) - photo).mean() for level in LEVELS]
    assert 0 < errors[0] < errors[1] < errors[2]


@pytest.mark.parametrize(("level", "share"), [(1, 0.0455), (2, 0.3173), (3, 0.8026)])
def test_noise_below_half_a_level_is_rounded_away(level, share):
    flat = np.full((300, 300, 3), 100, dtype=np.uint8)
    changed = (edited("noise", level, flat) != flat).mean()
    assert changed == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / flat.size))


@pytest.mark.parametrize("level", LEVELS)
def test_medians_are_those_of_another_library_on_every_pixel(level, photo):
    size = MANIPULATIONS["median"].strengths[level - 1]
    expected = np.asarray(Image.fromarray(photo).filter(ImageFilter.MedianFilter(size)))
    np.testing.assert_array_equal(edited("median", level, photo), expected)


@pytest.mark.parametrize("level", LEVELS)
def test_blur_is_the_gaussian_itself_and_no_box(level, photo):
    sigma = MANIPULATIONS["blur"].strengths[level - 1]
    offsets = np.arange(-9, 10)
    kernel = np.exp(-((offsets / sigma) ** 2) / 2)
    kernel /= kernel.sum()
    wide = np.pad(photo.astype(float), [(9, 9), (9, 9), (0, 0)], mode="symmetric")
    for axis in (0, 1):
        wide = np.apply_along_axis(np.convolve, axis, wide, kernel, mode="valid")
    differs = edited("blur", level, photo) != np.rint(wide)
    assert differs.mean() < 0.0005


def test_jpeg_halves_the_colors_and_is_of_the_whole_image(photo):
    file = io.BytesIO()
    Image.fromarray(photo).save(file, format="JPEG", quality=70, subsampling="4:2:0")
    np.testing.assert_array_equal(edited("jpeg", 3, photo), np.asarray(Image.open(file)))


@pytest.mark.parametrize("shape", [(90, 120, 3), (121, 80, 3)])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", MOVING)
def test_what_is_seen_is_found_where_it_was_moved_to(name, level, shape):
    rows, cols = np.indices(shape[:2])
    plane = np.stack([20 + 1.1 * rows, 20 + 1.3 * cols, 10 + 0.6 * (rows + cols)], axis=2)
    image = np.rint(plane).astype(np.uint8)
    kind = MANIPULATIONS[name]
    new = edited(name, level, image)
    n_found = 0
    for place in np.random.default_rng(0).uniform(5, np.array(shape[:2]) - 5, size=(60, 2)):
        place = np.rint(place)
        moved = kind.moved(place, level, shape, new.shape)
        nearest = np.rint(moved).astype(int)
        if (nearest < 3).any() or (nearest > np.array(new.shape[:2]) - 4).any():
            continue
        n_found += 1
        seen = new[tuple(nearest)].astype(float)
        expected = image[tuple(place.astype(int))]
        assert np.abs(seen - expected).max() <= 2.5  # half a pixel of a slope, and rounding
    assert n_found > 30


def test_nothing_else_moves():
    assert MANIPULATIONS["median"].moved([3, 4], 1, (9, 9), (9, 9)).tolist() == [3, 4]
    assert {name for name, kind in MANIPULATIONS.items() if kind.motion} == set(MOVING)


@pytest.mark.parametrize("shape", [(90, 120), (121, 80), (64, 64), (40, 300), (300, 41)])
@pytest.mark.parametrize("level", LEVELS)
def test_turned_images_have_no_empty_corner_and_their_center(shape, level):
    white = edited("rotation", level, np.full((*shape, 3), 255, dtype=np.uint8))
    assert (white == 255).all()
    assert all((old - new) % 2 == 0 for old, new in zip(shape, white.shape, strict=False))
    assert min(np.array(white.shape[:2]) / shape) > 0.3


def test_sizes_are_scaled():
    image = np.zeros((200, 100, 3), dtype=np.uint8)
    sizes = [edited("resizing", level, image).shape[:2] for level in LEVELS]
    assert sizes == [(202, 101), (225, 112), (300, 150)]


def test_equalized_levels_are_ranks():
    image = np.repeat([[10, 20, 30, 40]], 4, axis=0)[..., np.newaxis].repeat(3, axis=2)
    image = image.astype(np.uint8)
    expected = [[0, 85, 170, 255], [5, 52, 100, 148], [8, 36, 65, 94]]
    for level, levels in zip((3, 2, 1), expected, strict=True):
        found = edited("histogram equalization", level, image)[0, :, 0]
        assert np.abs(found.astype(int) - levels).max() <= 1
    flat = np.full((8, 8, 3), 7, dtype=np.uint8)
    assert (edited("histogram equalization", 3, flat) == 0).all()


def test_contrast_is_enhanced_about_the_mean(photo):
    narrow = (100 + photo // 8).astype(np.uint8)
    wide = edited("contrast enhancement", 3, narrow)
    assert wide.std(axis=(0, 1)) == pytest.approx(1.4 * narrow.std(axis=(0, 1)), rel=0.01)
    assert wide.mean() == pytest.approx(narrow.mean(), abs=0.1)
