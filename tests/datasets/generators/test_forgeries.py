import numpy as np
import pytest

from sk_hyperimage.datasets import load_sample_photos, make_forgeries
from sk_hyperimage.datasets.generators import _forgeries


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
