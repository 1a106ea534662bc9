import numpy as np
import pytest

from sk_hyperimage.distortions import copy_move, splice


def test_a_copy_moved_region_comes_from_the_same_photograph():
    # Shades that no other pixel has show where a pixel came from.
    shades = np.arange(64 * 64).reshape(64, 64) / 20.0
    photograph = np.repeat(shades[:, :, None], 3, axis=2)
    for forged, same in (
        (copy_move(photograph, np.random.RandomState(1)), True),
        (splice(photograph, photograph + 1000, np.random.RandomState(1)), False),
    ):
        image, mask = forged
        assert (image[mask].mean() > 500) == (not same)
        assert np.abs(image - photograph)[~mask].mean() < np.abs(image - photograph)[mask].mean()


def test_inputs_stay_as_they_are():
    rng = np.random.RandomState(0)
    photograph, donor = rng.uniform(0, 255, size=(2, 64, 64, 3))
    before = photograph.copy(), donor.copy()
    splice(photograph, donor, rng)
    copy_move(photograph, rng)
    assert (photograph == before[0]).all() and (donor == before[1]).all()


@pytest.mark.parametrize("paste", ["splice", "copy-move"])
def test_a_manipulated_region_is_resized_and_nothing_else(paste):
    # Of a slope, resizing leaves the slope divided by the scale.
    rows = np.arange(120)[:, np.newaxis, np.newaxis]
    photograph = np.rint(20 + 1.8 * rows) * np.ones((1, 130, 3))
    rng = np.random.RandomState(2)
    if paste == "splice":
        dark = np.zeros_like(photograph)
        forged, mask = splice(dark, photograph, rng, manipulation=("resizing", 3))
    else:
        forged, mask = copy_move(photograph, rng, manipulation=("resizing", 3))
    pairs = mask[1:] & mask[:-1]
    slopes = np.diff(forged[..., 0], axis=0)[pairs]
    assert slopes.mean() == pytest.approx(1.8 / 1.5, abs=0.05)
    assert (forged == np.rint(forged)).all()
    expected = np.zeros_like(photograph) if paste == "splice" else photograph
    np.testing.assert_array_equal(forged[~mask], expected[~mask])
