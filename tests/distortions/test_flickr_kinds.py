"""The eight kinds of paper 3, by their numbers."""

import numpy as np
import pytest
from skimage.data import astronaut

from sk_hyperimage.distortions import FLICKR_KINDS

IMAGE = astronaut()[100:220, 150:270]
GRAY = np.full((300, 300, 3), 128, np.uint8)


def changed(kind, strength, image=GRAY):
    rng = np.random.RandomState(0)
    return FLICKR_KINDS[kind].of_strength(image, strength, rng).astype(float)


def test_gaussian_noise_has_its_variance():
    assert changed("gaussian noise", 0.0125).std() / 255 == pytest.approx(0.0125**0.5, rel=0.01)


def test_salt_and_pepper_hits_channels_one_by_one():
    hit = changed("salt and pepper", 0.05) != 128
    assert hit.mean() == pytest.approx(0.05, abs=0.002)
    whole = hit.all(axis=2).mean()
    assert whole < 0.001  # .05**3
    assert (changed("salt and pepper", 1.0) == 255).mean() == pytest.approx(0.5, abs=0.01)


def test_quantization_takes_the_lower_edge_of_equal_bins():
    ramp = np.tile(np.arange(256, dtype=np.uint8)[:, np.newaxis, np.newaxis], (1, 16, 3))
    levels = changed("quantization", 4.9, ramp)
    np.testing.assert_array_equal(levels[:, 0, 0], np.arange(256) // 64 * 64)


@pytest.mark.parametrize(("side", "expected"), [(100, 0.0376), (300, 0.0132)])
def test_pink_noise_falls_with_the_side_of_the_image(side, expected):
    # Standard deviation for each unit of the factor, worked out from the definition: without the
    # frequency of zero, which moves the mean.
    frequencies = np.fft.fftfreq(side)
    power = 1 / (frequencies[:, np.newaxis] ** 2 + frequencies**2 + 1e-5)
    power[0, 0] = 0
    assert np.sqrt(power.sum() / 2) / side**2 == pytest.approx(expected, rel=0.025)
    fields = [
        FLICKR_KINDS["1/f noise"].operation(np.zeros((side, side, 3)), 1, np.random.RandomState(n))
        for n in range(8)
    ]
    spread = np.var(fields, axis=(1, 2)).mean() ** 0.5 / 255
    assert spread == pytest.approx(expected, rel=0.1)


def test_low_pass_leaves_nothing_above_the_new_rate():
    stripes = np.zeros((90, 90, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.ptp(changed("low-pass", 0.3, stripes)[20:-20, 20:-20], axis=1).max() < 255
    np.testing.assert_array_equal(changed("low-pass", 0.03), GRAY)  # no dark rim


def test_denoising_of_a_part_is_that_of_the_whole():
    kind = FLICKR_KINDS["denoising"]
    rng = np.random.RandomState(0)
    whole = kind(IMAGE, 2, rng)[50:70, 60:90].astype(int)
    reach = kind.reach
    part = kind(IMAGE[50 - reach : 70 + reach, 60 - reach : 90 + reach], 2, rng)
    part = part[reach:-reach, reach:-reach].astype(int)
    assert np.abs(part - whole).max() <= 1 and (part == whole).mean() > 0.99


def test_stronger_levels_change_more():
    pixels = IMAGE[:64, :64]
    for name, kind in FLICKR_KINDS.items():
        made = [kind(pixels, level, np.random.RandomState(0)) for level in (1, 2, 3)]
        changes = [np.abs(image - pixels.astype(float)).mean() for image in made]
        assert changes == sorted(changes) and changes[0] > 0, name
