import numpy as np
import pytest
from skimage.metrics import structural_similarity

from sk_hyperimage.datasets import load_sample_photos, make_local_damage
from sk_hyperimage.datasets.generators._local_damage import DISTORTIONS


@pytest.fixture(scope="module")
def photos():
    return load_sample_photos(crop_size=96)


@pytest.fixture(scope="module")
def data(photos):
    return make_local_damage(photos.images[:20], n_per_reference=6, random_state=0)


def test_there_are_more_than_twenty_disjoint_references():
    photos = load_sample_photos()
    assert len(photos.images) >= 20
    assert photos.images.shape[1:] == (160, 160, 3)
    assert len({image.tobytes() for image in photos.images}) == len(photos.images)
    assert len(set(photos.photo)) == 7


def test_no_crop_is_nearly_flat(photos):
    assert photos.images.mean(axis=3).std(axis=(1, 2)).min() > 15


def test_damage_stays_in_its_regions(data, photos):
    pristine = photos.images[data.groups]
    assert (data.images[~data.regions] == pristine[~data.regions]).all()
    assert all((image != other).any() for image, other in zip(data.images, pristine, strict=True))
    assert 0.05 < data.regions.mean(axis=(1, 2)).min()
    assert data.regions.mean(axis=(1, 2)).max() < 0.85


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
    inside = np.array([s[r].mean() for s, r in zip(data.similarity, data.regions, strict=True)])
    outside = np.array([s[~r].mean() for s, r in zip(data.similarity, data.regions, strict=True)])
    assert (inside < outside).all()


@pytest.mark.parametrize("kind", DISTORTIONS)
def test_every_kind_gets_stronger_with_its_level(kind, photos):
    image = photos.images[3].astype(float)
    errors = [
        np.abs(DISTORTIONS[kind](image, level, np.random.RandomState(0)) - image).mean()
        for level in range(1, 6)
    ]
    assert (np.diff(errors) > 0).all()
    assert errors[0] > 0


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
