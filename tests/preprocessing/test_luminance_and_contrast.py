"""Two channels: what local contrast normalization takes away, and what it leaves."""

import numpy as np
import pytest

from sk_hyperimage.images import pair_images
from sk_hyperimage.preprocessing import (
    ColorConverter,
    LocalContrastNormalizer,
    LuminanceAndContrast,
)


@pytest.mark.parametrize("shape", [(20, 24), (20, 24, 1), (20, 24, 3), (20, 24, 4)])
def test_channels_are_the_gray_image_and_its_normalization(shape, rng):
    images = rng.random((3, *shape))
    both = LuminanceAndContrast().fit_transform(images)
    gray = ColorConverter("gray").fit_transform(images).reshape(3, 20, 24)
    np.testing.assert_array_equal(both[..., 0], gray)
    np.testing.assert_array_equal(both[..., 1], LocalContrastNormalizer().fit_transform(gray))


def test_the_range_of_images_does_not_matter_where_it_is_said(rng):
    levels = rng.integers(0, 256, size=(2, 16, 16, 3), dtype=np.uint8)
    by_type = LuminanceAndContrast().fit_transform(levels)
    by_range = LuminanceAndContrast(data_range=255).fit_transform(levels.astype(np.float32))
    np.testing.assert_allclose(by_range, by_type, atol=1e-4)


def test_gray_and_color_images_may_stand_in_one_list(rng):
    color = rng.random((16, 16, 3))
    gray = ColorConverter("gray").fit_transform([color])[0]
    both = LuminanceAndContrast().fit_transform([gray, color])
    np.testing.assert_array_equal(both[0], both[1])


def test_more_channels_than_colors_have_are_averaged(rng):
    images = rng.random((2, 16, 16, 6))
    both = LuminanceAndContrast().fit_transform(images)
    np.testing.assert_allclose(both[..., 0], images.mean(axis=3))


def test_both_images_of_a_pair_have_both_channels(rng):
    images, references = rng.random((2, 3, 16, 16, 3))
    of_pairs = LuminanceAndContrast().fit_transform(pair_images(images, references))
    for index, part in ((0, images), (1, references)):
        alone = LuminanceAndContrast().fit_transform(part)
        for pair, image in zip(of_pairs, alone, strict=True):
            np.testing.assert_array_equal(pair[..., 2 * index : 2 * index + 2], image)
