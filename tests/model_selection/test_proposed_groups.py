"""Groups of images that look alike."""

import numpy as np
import pytest
from skimage.io import imsave
from sklearn.metrics import adjusted_rand_score

from sk_hyperimage.datasets import load_sample_photos, make_damage_kinds
from sk_hyperimage.model_selection import propose_groups


@pytest.fixture(scope="module")
def photographs():
    return load_sample_photos(crop_size=192).images[:12]


@pytest.fixture(scope="module")
def damaged(photographs):
    kinds = ["blocks", "blur", "additive noise", "jpeg"]
    return make_damage_kinds(photographs, kinds=kinds, n_levels=2, random_state=0)


def test_versions_of_a_photograph_are_one_group(damaged):
    assert adjusted_rand_score(damaged.groups, propose_groups(damaged.images)) == 1


def test_groups_are_numbered_in_the_order_of_their_first_images(damaged):
    groups = propose_groups(damaged.images)
    first = np.unique(groups, return_index=True)[1]
    assert groups[0] == 0 and np.array_equal(first, np.sort(first))


def test_different_photographs_are_groups_of_one(photographs):
    assert propose_groups(photographs).tolist() == list(range(12))


def test_versions_may_differ_in_size_color_and_exposure(photographs, tmp_path):
    photograph, other = (photographs[index] / 255 for index in (0, 5))
    gray = photograph.mean(axis=2)
    paths = []
    for name, image in {
        "a": photograph,
        "half": gray[::2, ::2],
        "darker": 0.6 * photograph,
        "negative": 1 - gray,
        "other": other,
    }.items():
        paths.append(tmp_path / f"{name}.png")
        imsave(paths[-1], np.rint(255 * image).astype(np.uint8), check_contrast=False)
    assert propose_groups(paths).tolist() == [0, 0, 0, 1, 2]


def test_transparency_does_not_count(photographs, rng):
    first, second = photographs[0] / 255, photographs[5] / 255
    alpha = rng.random((3, *first.shape[:2], 1))
    images = [
        np.dstack([image, a]) for image, a in zip([first, first, second], alpha, strict=True)
    ]
    gray = np.dstack([first.mean(axis=2), alpha[0]])
    assert propose_groups([*images, gray]).tolist() == [0, 0, 1, 0]


def test_a_chain_of_pairs_is_one_group():
    rng = np.random.default_rng(0)
    first, last = rng.random((2, 24, 24))
    steps = [(1 - share) * first + share * last for share in np.linspace(0, 1, 9)]
    ends = [steps[0], steps[-1]]
    assert propose_groups(steps).tolist() == [0] * 9
    assert propose_groups(ends).tolist() == [0, 1]


def test_images_of_one_gray_level_are_like_no_other():
    images = np.stack([np.full((30, 30), level) for level in (0.2, 0.2, 0.7)])
    assert propose_groups(images).tolist() == [0, 1, 2]


def test_more_images_than_are_compared_at_a_time(rng, monkeypatch):
    images = np.repeat(rng.random((5, 24, 24)), 3, axis=0)
    expected = propose_groups(images)
    monkeypatch.setattr("sk_hyperimage.model_selection._proposed_groups.IMAGES_AT_A_TIME", 4)
    assert propose_groups(images).tolist() == expected.tolist() == np.repeat(range(5), 3).tolist()


@pytest.mark.parametrize(
    ("images", "similarity", "fault"),
    [
        ([], 0.8, "there are no images"),
        (np.full((2, 8, 8), np.nan), 0.8, r"X\[0\]"),
        (np.zeros((2, 8, 8)), 0.0, "similarity"),
        (np.zeros((2, 8, 8)), 1.1, "similarity"),
        (["nowhere.png"], 0.8, "nowhere.png"),
    ],
)
def test_invalid_input_is_refused_by_name(images, similarity, fault):
    with pytest.raises((ValueError, OSError), match=fault):
        propose_groups(images, similarity=similarity)
