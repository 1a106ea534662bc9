"""NIQE and IL-NIQE: distances from undamaged photographs."""

import numpy as np
import pytest
from scipy.stats import weibull_min
from skimage.data import astronaut, camera, cat, coffee, rocket

from sk_hyperimage.feature_extraction import IlNiqeDistance, NiqeDistance
from sk_hyperimage.feature_extraction._scene_statistics import fit_weibulls, nearest, resized

PHOTOS = [
    astronaut(),
    np.repeat(camera()[..., np.newaxis], 3, axis=2),
    cat(),
    coffee(),
    rocket(),
]
# Distances of each from the others, by the authors' formulas in Octave.
OCTAVE = [16.943301049, 21.116160559, 6.990967909, 19.452887522, 459.002256902]
# Of the last three, resized to 252 pixels, with blocks above half the sharpest.
OCTAVE_IL = [4.958631505, 3.171118311, 5.839764487]
SMALL = IlNiqeDistance(block_size=12, image_size=24)


def from_the_others(distance, photos, index):
    others = [photo for number, photo in enumerate(photos) if number != index]
    return distance.fit(others).transform([photos[index]])[0, 0]


@pytest.mark.parametrize(
    "index", [2, *(pytest.param(n, marks=pytest.mark.slow) for n in (0, 1, 3, 4))]
)
def test_distances_are_those_of_the_formulas_of_the_release_in_octave(index):
    found = from_the_others(NiqeDistance(), PHOTOS, index)
    assert found == pytest.approx(OCTAVE[index], rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("index", range(3))
def test_distances_of_il_niqe_are_those_of_octave(index):
    distance = IlNiqeDistance(image_size=252, sharpness=0.5)
    found = from_the_others(distance, PHOTOS[2:], index)
    assert found == pytest.approx(OCTAVE_IL[index], rel=1e-6)


@pytest.mark.parametrize(
    "distance", [NiqeDistance(block_size=24), IlNiqeDistance(block_size=24, image_size=96)]
)
def test_damage_moves_photographs_away(distance, rng):
    photos = [photo[100:196, 100:196] for photo in PHOTOS]
    distance.fit(photos)
    clean = distance.transform(photos)
    noisy = distance.transform([photo / 255 + rng.normal(0, 0.2, photo.shape) for photo in photos])
    assert (noisy > clean).all()
    np.testing.assert_array_equal(distance.score_samples(photos), -clean[:, 0])


@pytest.mark.parametrize("distance", [NiqeDistance(block_size=12), SMALL])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (5, 13), (30, 30)])
def test_images_of_any_size_and_flat_ones_have_a_distance(distance, shape, rng):
    distance.fit([photo[:60, :60] for photo in PHOTOS])
    images = [np.full((*shape, 3), value) for value in (0.0, 0.5, 1.0)] + [rng.random((*shape, 3))]
    found = distance.transform(images)
    assert np.isfinite(found).all()
    assert (found >= 0).all()


def test_photographs_are_learned_from_where_they_are_sharp():
    photo = camera()[:96, :96] / 255
    half_flat = np.concatenate([photo, np.full((96, 192), 0.5)], axis=1)
    niqe = NiqeDistance(block_size=48).fit([half_flat])
    alone = NiqeDistance(block_size=48, sharpness=0).fit([half_flat])
    # The border between both has contrast as well.
    assert niqe.n_blocks_ < alone.n_blocks_ < 12


@pytest.mark.parametrize("distance", [NiqeDistance(), SMALL])
def test_flat_photographs_teach_nothing(distance):
    with pytest.raises(ValueError, match=r"two blocks or more that are not flat; X .* holds 0: "):
        distance.fit(np.full((3, 24, 24, 3), 0.5))


def test_odd_blocks_are_refused():
    with pytest.raises(ValueError, match="block_size=97 must be even"):
        NiqeDistance(97).fit(PHOTOS)


def test_a_model_of_color_refuses_gray_images_and_gray_ones_have_their_own(rng):
    photos = [photo[:48, :48] for photo in PHOTOS]
    with pytest.raises(ValueError, match="X has 1 channels, but IlNiqeDistance is expecting 3"):
        SMALL.fit(photos).transform(rng.random((2, 24, 24)))
    gray = [photo[..., 1] for photo in photos]
    in_color = [np.repeat(photo[..., np.newaxis], 3, axis=2) for photo in gray]
    np.testing.assert_allclose(SMALL.fit_transform(gray), SMALL.fit_transform(in_color))


@pytest.mark.parametrize(("shape", "scale"), [(0.6, 1e-3), (1.4, 20.0), (8.0, 1.0)])
def test_weibull_distributions_are_found(shape, scale):
    values = weibull_min(shape, scale=scale).rvs((2, 500), random_state=0)
    expected = [weibull_min.fit(sample, floc=0) for sample in values]
    found = np.transpose(fit_weibulls(values))
    np.testing.assert_allclose(found, [(of[0], of[2]) for of in expected], rtol=1e-3)
    assert fit_weibulls(np.full((1, 4), 3.0)) == (np.inf, pytest.approx(3))


def test_nearest_is_the_first_of_the_nearest(rng):
    ascending = np.arange(5.0)
    values = np.r_[rng.uniform(-2, 7, 50), 0.5, 1.5, 4]
    expected = np.abs(ascending - values[:, np.newaxis]).argmin(axis=1)
    np.testing.assert_array_equal(nearest(ascending, values), expected)


@pytest.mark.parametrize("n_wanted", [3, 7, 11, 20])
def test_resizing_weighs_pixels_as_matlab_says(n_wanted, rng):
    values = rng.random((11, 2))

    def cubic(x):
        x = np.abs(x)
        near = 1.5 * x**3 - 2.5 * x**2 + 1
        far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
        return np.where(x <= 1, near, np.where(x <= 2, far, 0))

    scale = n_wanted / 11
    stretch = min(scale, 1)
    for index, row in enumerate(resized(values, n_wanted, axis=0)):
        center = (index + 0.5) / scale - 0.5
        around = np.arange(-30, 41)
        weights = cubic(stretch * (center - around))
        mirrored = np.r_[:11, 10:-1:-1][around % 22]
        np.testing.assert_allclose(row, weights / weights.sum() @ values[mirrored], atol=1e-12)
