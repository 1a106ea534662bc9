"""Damage of taking and sending photographs: what each operation does, in numbers."""

import numpy as np
import pytest

from sk_hyperimage.datasets import make_damage_kinds
from sk_hyperimage.distortions import KINDS
from sk_hyperimage.distortions._capture import (
    LOST,
    RECEIVED,
    color_cast,
    exposure,
    fast_fading,
    from_light,
    light,
    low_light_noise,
    motion_blur,
)
from sk_hyperimage.distortions._compression import jpeg2000


@pytest.fixture
def random():
    return np.random.RandomState(0)


def test_light_is_that_of_srgb_and_comes_back():
    levels = np.arange(256.0)
    np.testing.assert_allclose(from_light(light(levels)), levels, atol=1e-3)
    assert light(np.array(128.0)) == pytest.approx(0.21586, abs=1e-5)  # IEC 61966-2-1


def test_a_stop_is_twice_or_half_the_light(random):
    gray = np.full((4, 4, 3), 100.0)
    factors = {round(float(light(exposure(gray, 1.0, random)).mean() / light(gray).mean()), 3)
               for _ in range(20)}  # fmt: skip
    assert factors == {0.5, 2.0}


def test_motion_blur_keeps_the_sum_and_spreads_a_point_along_a_line(random):
    point = np.zeros((41, 41, 1))
    point[20, 20] = 1
    blurred = motion_blur(point, 12, random)[..., 0]
    assert blurred.sum() == pytest.approx(1)
    places = np.argwhere(blurred > 1e-3) - 20
    spread = np.linalg.svd(places.astype(float), compute_uv=False)
    assert 5 < np.abs(places).max() <= 8 and spread[1] < 0.2 * spread[0]


def test_shot_noise_has_the_variance_of_its_electrons(random):
    gray = np.full((200, 200, 1), 150.0)
    noisy = light(low_light_noise(gray, 5000, random)) * 5000
    expected = light(gray[0, 0, 0]) * 5000
    assert noisy.mean() == pytest.approx(expected, rel=0.01)
    assert noisy.var() == pytest.approx(expected + 4, rel=0.05)


def test_a_color_cast_multiplies_channels_by_factors_whose_product_is_one(random):
    factors = color_cast(np.ones((1, 1, 3)), 0.4, random)[0, 0]
    assert np.log(factors).sum() == pytest.approx(0)
    assert np.linalg.norm(np.log(factors)) == pytest.approx(0.4)


def test_fading_loses_whole_rows_and_as_many_as_asked_for(rng, random):
    image = rng.integers(0, 256, size=(40, 32, 3)).astype(float)
    faded = fast_fading(image, 0.25, random)
    good, bad = jpeg2000(image, RECEIVED, random), jpeg2000(image, LOST, random)
    lost = (faded == bad).all(axis=(1, 2))
    assert lost.sum() == 10 and (faded[~lost] == good[~lost]).all()
    assert np.diff(lost.astype(int)).astype(bool).sum() < 10  # in bursts


def test_a_chain_is_one_kind_after_the_other(rng):
    image = rng.integers(0, 256, size=(32, 32, 3), dtype=np.uint8)
    chained = KINDS["blur, jpeg"](image, 3, np.random.RandomState(0))
    blur, jpeg = KINDS["blur"], KINDS["jpeg"]
    blurred = blur.operation(image.astype(float), blur.strengths[2], None)
    expected = jpeg.operation(blurred, jpeg.strengths[2], None)
    np.testing.assert_array_equal(chained, expected)


def test_old_names_have_their_places_and_seeds(rng):
    assert list(KINDS)[:11] == [
        *("additive noise", "chroma noise", "impulse noise", "blur", "jpeg", "jpeg2000"),
        *("pattern", "blocks", "mean shift", "contrast", "pixelate"),
    ]
    data = make_damage_kinds(np.zeros((1, 16, 16, 3), np.uint8), n_levels=1, random_state=0)
    assert list(data.kind) == list(KINDS)[:10]
