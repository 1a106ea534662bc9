import numpy as np
import pytest

from sk_hyperimage.datasets import load_sample_photos, make_damage_kinds
from sk_hyperimage.datasets.generators._damage_kinds import TEN_KINDS
from sk_hyperimage.distortions import KINDS


@pytest.fixture(scope="module")
def photos():
    return load_sample_photos(crop_size=96).images[:6]


@pytest.fixture(scope="module")
def data(photos):
    return make_damage_kinds(photos, include_pristine=True, random_state=0)


def test_every_reference_comes_in_every_kind_and_level(data, photos):
    assert len(data.images) == len(photos) * (1 + 5 * len(TEN_KINDS))
    shown = set(zip(data.groups, data.kind, data.level, strict=True))
    assert len(shown) == len(data.images)
    assert (data.kind[data.level == 0] == "pristine").all()


def test_pristine_images_are_the_references_and_score_zero(data, photos):
    pristine = data.level == 0
    assert (data.images[pristine] == photos).all()
    assert (data.target[pristine] == 0).all()
    assert (data.target[~pristine] > 0).all()


@pytest.mark.parametrize("kind", TEN_KINDS)
def test_scores_grow_with_the_level(kind, data):
    scores = [
        data.target[(data.kind == kind) & (data.level == level)].mean() for level in range(1, 6)
    ]
    assert (np.diff(scores) > 0).all()


def test_noise_has_the_peak_signal_to_noise_ratio_of_tid2013(photos):
    gray = np.full((1, 200, 200, 3), 128, dtype=np.uint8)  # noise on it is never clipped
    data = make_damage_kinds(gray, kinds=["additive noise"], random_state=0)
    errors = ((data.images.astype(float) - 128) ** 2).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(10 * np.log10(255**2 / errors), [33, 30, 27, 24, 21], atol=0.1)


def test_chroma_noise_leaves_luma_alone():
    gray = np.full((1, 200, 200, 3), 128, dtype=np.uint8)
    data = make_damage_kinds(gray, kinds=["chroma noise"], random_state=0)
    luma = data.images @ np.array([0.299, 0.587, 0.114])
    assert (luma.std(axis=(1, 2)) < 0.5).all()  # rounding
    assert data.images.std(axis=(1, 2)).min() > 1


def test_local_kinds_leave_pixels_alone_and_global_ones_hardly_any(data, photos):
    changed = (data.images != photos[data.groups]).any(axis=3).mean(axis=(1, 2))
    assert changed[data.is_local & (data.level < 4)].max() < 0.3
    everywhere = np.isin(data.kind, ["additive noise", "contrast", "mean shift"])
    assert np.median(changed[everywhere & (data.level > 2)]) > 0.95
    assert set(data.kind[data.is_local]) == {"pattern", "blocks"}


def test_blocks_cover_the_share_of_their_level_at_most(data, photos):
    changed = (data.images != photos[data.groups]).any(axis=3).mean(axis=(1, 2))
    for level, share in enumerate(KINDS["blocks"].strengths, start=1):
        covered = changed[(data.kind == "blocks") & (data.level == level)]
        assert 0 < covered.min() and covered.max() <= max(share, 16**2 / 96**2) + 16**2 / 96**2


def test_levels_are_drawn_without_repetition(photos):
    data = make_damage_kinds(photos, kinds=["blur", "blocks"], n_levels=3, random_state=0)
    shown = set(zip(data.groups, data.kind, data.level, strict=True))
    assert len(shown) == len(data.images) == len(photos) * 2 * 3
    assert set(data.level) == {1, 2, 3, 4, 5}


def test_seeds_decide_everything(photos):
    first, again, other = (
        make_damage_kinds(photos[:1], kinds=["pattern"], random_state=seed) for seed in (0, 0, 1)
    )
    assert (first.images == again.images).all()
    assert (first.images != other.images).any()


def test_unknown_kinds_are_refused(photos):
    with pytest.raises(ValueError, match="fog"):
        make_damage_kinds(photos, kinds=["blur", "fog"])
    with pytest.raises(ValueError, match="kinds must be"):
        make_damage_kinds(photos, kinds=[])
