import numpy as np
import pytest

from sk_hyperimage.datasets import load_sample_photos, make_forgeries
from sk_hyperimage.datasets.generators import _forgeries
from sk_hyperimage.distortions import MANIPULATIONS


@pytest.fixture(scope="module")
def photographs():
    return load_sample_photos(crop_size=128).images[:5]


@pytest.fixture(scope="module")
def data(photographs):
    return make_forgeries(photographs, n_per_reference=2, random_state=0)


def test_every_photograph_comes_authentic_and_tampered(data):
    assert data.images.shape == (15, 128, 128, 3)
    assert data.target.tolist() == [0, 1, 1] * 5
    assert data.pairs.tolist() == np.repeat([0, 3, 6, 9, 12], 3).tolist()
    assert set(data.kind[data.target == 1]) == {"splice", "copy-move"}


def test_masks_are_where_images_differ_from_their_authentic_version(data):
    assert not data.masks[data.target == 0].any()
    for index in np.flatnonzero(data.target):
        difference = np.abs(
            data.images[index].astype(float) - data.images[data.pairs[index]].astype(float)
        ).mean(axis=2)
        mask = data.masks[index]
        assert 0.01 < mask.mean() < 0.25
        assert difference[mask].mean() > 2 * difference[~mask].mean()


def test_groups_are_pairs_of_photographs(data):
    photograph = data.pairs // 3
    assert data.groups.tolist() == np.minimum(photograph // 2, 1).tolist()


def test_blocks_of_the_first_compression_are_off_the_grid_of_the_last(photographs, monkeypatch):
    # On one grid two compressions leave gaps in the histograms of whatever was not touched.
    monkeypatch.setattr(_forgeries, "CAMERA_QUALITY", (10, 10))
    for seed in range(10):
        taken = _forgeries._taken(photographs[0], np.random.RandomState(seed))
        assert taken.shape == photographs[0].shape
        steps = np.abs(np.diff(taken, axis=1)).mean(axis=(0, 2))
        seams = [steps[start::8].mean() for start in range(8)]
        assert np.argmax(seams) != 7


def test_seeds_decide_everything(photographs):
    first, again, other = (
        make_forgeries(photographs[:2], random_state=seed) for seed in (0, 0, 1)
    )
    assert (first.images == again.images).all() and (first.masks == again.masks).all()
    assert (first.masks != other.masks).any()


def test_one_photograph_can_only_be_copy_moved(photographs):
    assert (
        make_forgeries(photographs[:1], kinds=["copy-move"], random_state=0).kind[1] == "copy-move"
    )
    with pytest.raises(ValueError, match="one image"):
        make_forgeries(photographs[:1])


@pytest.mark.parametrize("kinds", [["collage"], []])
def test_unknown_kinds_are_refused(photographs, kinds):
    with pytest.raises(ValueError, match="kinds must be"):
        make_forgeries(photographs, kinds=kinds)


def test_seeds_give_what_they_gave_before_regions_could_be_manipulated():
    photographs = load_sample_photos(crop_size=64).images[:4]
    rng = np.random.RandomState(0)
    data = make_forgeries(photographs, n_per_reference=2, random_state=rng)
    assert data.masks.sum(axis=(1, 2)).tolist() == [
        0,
        586,
        118,
        0,
        435,
        558,
        0,
        137,
        98,
        0,
        96,
        252,
    ]
    assert rng.randint(10**6) == 487848


def test_regions_carry_one_manipulation_and_the_rest_is_left(photographs):
    options = {"kinds": ["splice"], "jpeg_quality": None, "random_state": 0}
    data = make_forgeries(photographs[:2], manipulation=("blur", 1), **options)
    np.testing.assert_array_equal(data.images[::2], photographs[:2])
    forged, mask, donor = data.images[1], data.masks[1], photographs[1]
    np.testing.assert_array_equal(forged[~mask], photographs[0][~mask])
    blurred = MANIPULATIONS["blur"](donor, 1, np.random.RandomState(0))
    rows, cols = mask.nonzero()
    square = forged[rows.min() : rows.max() + 1, cols.min() : cols.max() + 1]
    inside = mask[rows.min() : rows.max() + 1, cols.min() : cols.max() + 1]
    places = np.lib.stride_tricks.sliding_window_view(blurred, square.shape)[:, :, 0]
    matches = (places == square)[..., inside, :].all(axis=(2, 3))
    assert matches.sum() == 1  # where the region was cut out of the blurred donor
    assert data.kind[1] == "splice"


def test_manipulated_regions_can_be_saved_as_jpeg(photographs):
    options = {"manipulation": ("resizing", 2), "kinds": ["copy-move"], "random_state": 0}
    lossless = make_forgeries(photographs[:2], jpeg_quality=None, **options)
    saved = make_forgeries(photographs[:2], jpeg_quality=90, **options)
    assert lossless.images.dtype == saved.images.dtype == np.uint8
    assert (saved.images[0] != photographs[0]).mean() > 0.3
    assert saved.masks[saved.target == 1].any(axis=(1, 2)).all()


@pytest.mark.parametrize(
    "manipulation",
    [("swirl", 1), ("blur", 0), ("blur", 4), ("blur",), ("blur", 1, 2), ("blur", 1.5)],
)
def test_unknown_manipulations_are_refused(photographs, manipulation):
    with pytest.raises(ValueError, match="manipulation"):
        make_forgeries(photographs[:2], manipulation=manipulation)
