import numpy as np
import pytest

from sk_hyperimage.distortions import blob, ellipse, random_shapes, rectangle


def test_shapes_have_the_area_of_their_formulas():
    shape, center, size = (200, 300), (99.5, 149.5), (100, 180)
    assert rectangle(shape, center, size).sum() == 100 * 180
    assert ellipse(shape, center, size).sum() == pytest.approx(np.pi * 50 * 90, rel=0.002)


def test_an_ellipse_lies_inside_its_rectangle_and_touches_it():
    shape, center, size = (60, 80), (30, 40), (20, 50)
    inner, outer = ellipse(shape, center, size), rectangle(shape, center, size)
    assert (inner <= outer).all()
    assert (inner.any(axis=0) == outer.any(axis=0)).all()
    assert (inner.any(axis=1) == outer.any(axis=1)).all()


def test_shapes_are_cut_at_the_border():
    assert rectangle((10, 10), (0, 0), (6, 4)).sum() == 4 * 3
    assert not rectangle((10, 10), (-9, -9), (6, 4)).any()


def test_random_shapes_cover_a_fair_part_and_follow_the_seed():
    shares = [random_shapes((64, 96), np.random.RandomState(seed)).mean() for seed in range(200)]
    assert 0.02 < min(shares) and max(shares) < 0.9
    assert 0.2 < np.mean(shares) < 0.35
    first, again = (random_shapes((64, 96), np.random.RandomState(7)) for _ in range(2))
    assert (first == again).all()


def test_blobs_are_connected_irregular_and_of_about_their_radius():
    from scipy.ndimage import label

    for seed in range(50):
        mask = blob((120, 120), (60, 60), 20, np.random.RandomState(seed))
        assert mask[60, 60] and label(mask)[1] == 1
        assert 0.4**2 < mask.sum() / (np.pi * 20**2) < 1.8**2
        assert (mask != mask[::-1, ::-1]).any()
