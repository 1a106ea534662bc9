import numpy as np
import pytest

from sk_hyperimage.datasets import make_artifact_positions, make_synthetic_artifacts


def score_by_loops(image, background, corners, size=16):
    """Eq. 3 pixel by pixel, for artifacts that do not overlap."""
    center = (image.shape[0] - 1) / 2
    farthest = np.hypot((size - 1) / 2 - center, (size - 1) / 2 - center)
    total = 0.0
    for row, col in corners:
        contrast = 0.0
        for j in range(size):
            for k in range(size):
                contrast += abs(background - image[row + j, col + k]) / size**2
        distance = np.hypot(row + (size - 1) / 2 - center, col + (size - 1) / 2 - center)
        total += (contrast + (1 - distance / farthest)) ** 2
    return 5 - np.sqrt(total)


def overlapping(corners, size=16):
    return any((abs(a - b) < size).all() for i, a in enumerate(corners) for b in corners[:i])


@pytest.mark.parametrize(
    "data",
    [
        make_synthetic_artifacts(60, random_state=0),
        make_artifact_positions(40, n_artifacts=2, random_state=0),
    ],
)
def test_scores_are_those_of_eq3_computed_from_the_pixels(data):
    compared = 0
    for index, image in enumerate(data.images):
        corners = data.positions[index, : data.n_artifacts[index]]
        if not overlapping(corners):
            expected = score_by_loops(image, data.background[index], corners)
            assert data.target[index] == pytest.approx(expected, abs=1e-5)
            compared += 1
    assert compared > 20


def test_images_are_what_the_paper_describes():
    data = make_synthetic_artifacts(400, random_state=0)
    assert data.images.shape == (400, 128, 128)
    assert data.images.dtype == np.float32
    assert data.images.min() >= 0 and data.images.max() <= 1
    assert set(data.n_artifacts) == {1, 2, 3, 4, 5}
    for index in range(50):
        row, col = data.positions[index, data.n_artifacts[index] - 1]
        shades = np.unique(data.images[index, row : row + 16, col : col + 16])
        assert len(shades) <= 2  # one where the share of bright pixels rounds to none or all
        if len(shades) == 2:
            assert shades[0] < 0.5 <= shades[1]
    empty = np.arange(5) >= data.n_artifacts[:, np.newaxis]
    assert (data.positions[empty] == -1).all()
    assert (data.terms[empty] == 0).all()
    np.testing.assert_allclose(data.target, 5 - np.linalg.norm(data.terms, axis=1))


def test_background_shades_shares_and_positions_are_uniform():
    data = make_synthetic_artifacts(3000, max_artifacts=1, random_state=0)
    corners = data.positions[:, 0]
    assert corners.min() == 0 and corners.max() == 112
    assert abs(corners.mean() - 56) < 2
    assert abs(data.background.mean() - 0.5) < 0.02
    patches = np.stack(
        [i[r : r + 16, c : c + 16] for i, (r, c) in zip(data.images, corners, strict=True)]
    )
    share = (patches >= 0.5).mean(axis=(1, 2))
    np.testing.assert_allclose(np.quantile(share, [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.04)


def test_a_corner_costs_the_contrast_and_the_center_one_more():
    data = make_synthetic_artifacts(2000, image_size=18, max_artifacts=1, random_state=0)
    corners = data.positions[:, 0]
    patches = np.stack(
        [i[r : r + 16, c : c + 16] for i, (r, c) in zip(data.images, corners, strict=True)]
    )
    contrast = np.abs(data.background[:, np.newaxis, np.newaxis] - patches).mean(axis=(1, 2))
    penalty = data.terms[:, 0] - contrast
    in_corner = np.isin(corners, [0, 2]).all(axis=1)
    in_center = (corners == 1).all(axis=1)
    assert in_corner.sum() > 500 and in_center.sum() > 100
    np.testing.assert_allclose(penalty[in_corner], 0, atol=1e-6)
    np.testing.assert_allclose(penalty[in_center], 1, atol=1e-6)


def test_only_positions_vary_in_experiment_two():
    data = make_artifact_positions(50, n_artifacts=3, random_state=0)
    assert len(np.unique(data.background)) == 1
    last = [
        image[r : r + 16, c : c + 16]
        for image, (r, c) in zip(data.images, data.positions[:, 2], strict=True)
    ]
    assert all((patch == last[0]).all() for patch in last)
    assert len(np.unique(data.positions[:, 2], axis=0)) > 40
    assert len(np.unique(data.target)) > 40


@pytest.mark.parametrize("make", [make_synthetic_artifacts, make_artifact_positions])
def test_seeds_decide_everything(make):
    images, target = make(5, random_state=3, return_X_y=True)
    again = make(5, random_state=3)
    np.testing.assert_array_equal(images, again.images)
    np.testing.assert_array_equal(target, again.target)
    assert (make(5, random_state=4).target != target).all()


@pytest.mark.parametrize(
    ("parameters", "name"),
    [({"n_samples": 0}, "n_samples"), ({"image_size": 16}, "artifact_size=16 must be smaller")],
)
def test_invalid_parameters_are_named(parameters, name):
    with pytest.raises(ValueError, match=name):
        make_synthetic_artifacts(**parameters)
