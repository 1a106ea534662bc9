"""A kind is one row: everything that generators need stands there."""

import numpy as np
import pytest

from sk_hyperimage import distortions
from sk_hyperimage.datasets import load_sample_photos, make_damage_kinds, make_local_damage
from sk_hyperimage.distortions import KINDS, Kind

PHOTO = np.full((32, 32, 3), 100, np.uint8)
GLOBAL_KINDS = [name for name, kind in KINDS.items() if not kind.is_local]


@pytest.fixture(scope="module")
def photo():
    return load_sample_photos().images[3]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("shape", [(64, 80, 3), (16, 16, 3)])
def test_every_row_is_complete_and_works_on_an_image(name, shape, rng):
    kind = KINDS[name]
    assert isinstance(kind, Kind) and callable(kind.operation)
    for strengths in (kind.strengths, kind.strengths_in_regions or kind.strengths):
        steps = np.diff(strengths)
        assert len(strengths) == 5 and ((steps > 0).all() or (steps < 0).all())
    image = rng.integers(0, 256, size=shape, dtype=np.uint8)
    before = image.copy()
    for level in range(1, 6):
        damaged = kind(image, level, np.random.RandomState(0))
        assert damaged.dtype == np.uint8 and damaged.shape == shape
        assert (image == before).all()
    assert (damaged != image).any()


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("in_regions", [False, True])
def test_every_kind_gets_stronger_with_its_level(name, in_regions, photo):
    def error(level):
        damaged = KINDS[name](photo, level, np.random.RandomState(0), in_regions=in_regions)
        return np.abs(damaged.astype(float) - photo).mean()

    errors = [error(level) for level in range(1, 6)]
    assert (np.diff(errors) > 0).all()
    assert errors[0] > 0


@pytest.mark.parametrize("name", [name for name in KINDS if KINDS[name].strengths_in_regions])
def test_damage_in_regions_is_stronger(name, photo):
    def error(in_regions):
        damaged = KINDS[name](photo, 3, np.random.RandomState(0), in_regions=in_regions)
        return np.abs(damaged.astype(float) - photo).mean()

    assert error(True) > error(False)


def test_a_new_row_serves_both_generators(monkeypatch, photo):
    def invert(image, strength, rng):
        return strength * (255 - image) + (1 - strength) * image

    row = Kind(invert, (0.2, 0.4, 0.6, 0.8, 1.0))
    monkeypatch.setitem(distortions.KINDS, "inverted", row)
    data = make_damage_kinds(photo[np.newaxis], kinds=["inverted"], random_state=0)
    assert set(data.kind) == {"inverted"} and (data.images[4] == 255 - photo).all()
    data = make_local_damage(photo[np.newaxis], kinds=["inverted"], random_state=0)
    strongest = data.images[data.level == 5][0], data.masks[data.level == 5][0]
    assert (strongest[0][strongest[1]] == (255 - photo)[strongest[1]]).all()


def test_rows_that_are_added_leave_what_seeds_give(monkeypatch, photo):
    def images():
        makers = make_damage_kinds, make_local_damage
        return [make(photo[np.newaxis], random_state=0).images for make in makers]

    before = images()
    row = Kind(lambda image, strength, rng: image, (1, 2, 3, 4, 5))
    monkeypatch.setitem(distortions.KINDS, "identity", row)
    assert all((new == old).all() for new, old in zip(images(), before, strict=True))


@pytest.mark.parametrize("name", GLOBAL_KINDS)
def test_global_kinds_change_every_part_of_an_image(name, photo):
    damaged = KINDS[name](photo, 5, np.random.RandomState(0))
    changed = (damaged != photo).any(axis=2)
    quarters = [half for side in np.array_split(changed, 4) for half in np.array_split(side, 4, 1)]
    assert min(quarter.mean() for quarter in quarters) > 0.005


@pytest.mark.parametrize(
    ("image", "level", "rng", "message"),
    [
        (PHOTO, 0, np.random.RandomState(0), "level must be .* from 1 to 5, got 0"),
        (PHOTO, 6, np.random.RandomState(0), "level must be .* got 6"),
        (PHOTO, 1.5, np.random.RandomState(0), "level must be .* got 1.5"),
        (PHOTO / 255, 1, np.random.RandomState(0), "image must be .* uint8; got float64"),
        (PHOTO[..., 0], 1, np.random.RandomState(0), r"image must be .* of shape \(32, 32\)"),
        (PHOTO, 1, np.random.default_rng(0), "rng must be a numpy.random.RandomState"),
        (PHOTO, 1, None, "rng must be .* got None"),
    ],
)
def test_what_is_no_image_level_or_source_of_randomness_is_refused(image, level, rng, message):
    with pytest.raises(ValueError, match=message):
        KINDS["blur"](image, level, rng)
