import numpy as np
import pytest
from skimage.metrics import structural_similarity

from sk_hyperimage.datasets import load_sample_photos, make_local_damage


@pytest.fixture(scope="module")
def photos():
    return load_sample_photos(crop_size=96)


@pytest.fixture(scope="module")
def data(photos):
    return make_local_damage(photos.images[:20], n_per_reference=6, random_state=0)


def test_damage_stays_in_its_regions(data, photos):
    pristine = photos.images[data.groups]
    assert (data.images[~data.masks] == pristine[~data.masks]).all()
    assert all((image != other).any() for image, other in zip(data.images, pristine, strict=True))
    assert 0.05 < data.masks.mean(axis=(1, 2)).min()
    assert data.masks.mean(axis=(1, 2)).max() < 0.85


def test_target_is_the_mean_ssim_of_scikit_image(data, photos):
    for index in range(0, 120, 17):
        expected = structural_similarity(
            photos.images[data.groups[index]],
            data.images[index],
            channel_axis=2,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        assert data.target[index] == pytest.approx(expected)
    assert (data.target < 1).all()


def test_similarity_is_lower_where_the_damage_is(data):
    inside = np.array([s[r].mean() for s, r in zip(data.similarity, data.masks, strict=True)])
    outside = np.array([s[~r].mean() for s, r in zip(data.similarity, data.masks, strict=True)])
    assert (inside < outside).all()


def test_kinds_are_chosen_by_name(photos):
    data = make_local_damage(photos.images[:2], kinds=["mean shift", "jpeg2000"], random_state=0)
    assert set(data.kind) == {"mean shift", "jpeg2000"}


@pytest.mark.parametrize("kinds", [["fog"], ["blocks"], []])
def test_unknown_and_local_kinds_are_refused(photos, kinds):
    with pytest.raises(ValueError, match=r"kinds must be some of \['additive noise'"):
        make_local_damage(photos.images[:1], kinds=kinds)


def test_seeds_decide_everything(photos):
    first, again, other = (
        make_local_damage(photos.images[:2], n_per_reference=2, random_state=seed)
        for seed in (0, 0, 1)
    )
    assert (first.images == again.images).all()
    assert (first.images != other.images).any()


@pytest.mark.parametrize(
    "references",
    [
        np.zeros((2, 32, 32), np.uint8),
        np.zeros((2, 32, 32, 3)),
        np.zeros((2, 8, 8, 3), np.uint8),
    ],
)
def test_other_references_are_refused(references):
    with pytest.raises(ValueError, match="references must be"):
        make_local_damage(references)
