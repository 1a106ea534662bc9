import numpy as np

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
