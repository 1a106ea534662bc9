"""Patches and their manipulated twins."""

import numpy as np
import pytest
from skimage.io import imsave
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from sk_hyperimage.datasets import load_sample_photos, make_manipulations
from sk_hyperimage.distortions import MANIPULATIONS, Kind, compressed
from sk_hyperimage.model_selection import ReferenceShuffleSplit

SMALL = {"patch_size": 16, "n_patches": 4, "random_state": 0}


def coordinates(shape, blue):
    """An image whose pixels say where they are."""
    image = np.full((*shape, 3), blue, dtype=np.uint8)
    image[..., 0], image[..., 1] = np.indices(shape)
    return image


@pytest.fixture
def places():
    """Images of several sizes whose pixels say where they are, and in which image."""
    return [coordinates(shape, blue) for blue, shape in enumerate([(70, 90), (41, 40), (35, 200)])]


@pytest.fixture
def identity(monkeypatch):
    monkeypatch.setitem(MANIPULATIONS, "identity", Kind(lambda image, *_: image, (1, 2, 3)))


def test_every_patch_comes_before_its_twins(places):
    data = make_manipulations(places[:2], kinds=["noise", "median"], levels=[3, 1], **SMALL)
    assert data.images.shape == (8 * 5, 16, 16, 3) and data.images.dtype == np.uint8
    assert data.target.tolist() == [0, 1, 1, 1, 1] * 8
    assert data.kind[:5].tolist() == ["pristine", "noise", "noise", "median", "median"]
    assert data.level[:5].tolist() == [0, 3, 1, 3, 1]
    np.testing.assert_array_equal(data.strength[:5], [np.nan, 2.0, 0.25, 7, 3])
    assert data.pairs.tolist() == np.repeat(np.arange(0, 40, 5), 5).tolist()
    assert (data.groups == data.photographs).all()
    assert data.photographs.tolist() == [0] * 20 + [1] * 20


def test_patches_lie_in_their_photograph_and_do_not_overlap(places, identity):
    data = make_manipulations(
        places, kinds=["identity"], levels=[1], patch_size=16, n_patches=9, random_state=3
    )
    pristine = data.images[data.target == 0]
    photographs = data.photographs[data.target == 0]
    assert np.bincount(photographs).tolist() == [9, 4, 9]  # the second holds no more
    for index, photograph in enumerate(places):
        covered = np.zeros(photograph.shape[:2], dtype=int)
        for patch in pristine[photographs == index]:
            row, col = patch[0, 0, :2]
            covered[row : row + 16, col : col + 16] += 1
            np.testing.assert_array_equal(patch, photograph[row : row + 16, col : col + 16])
        assert covered.max() == 1 and covered.sum() == 256 * (photographs == index).sum()


def test_the_twin_of_a_kind_that_moves_nothing_lies_at_the_same_place(places, identity):
    data = make_manipulations(places, kinds=["identity"], **SMALL)
    np.testing.assert_array_equal(data.images, data.images[data.pairs])


@pytest.mark.parametrize("kind", ["resizing", "rotation"])
def test_the_twin_of_a_kind_that_moves_shows_the_same_in_its_middle(kind):
    photographs = [coordinates((200, 210), 9), coordinates((180, 250), 9)]
    data = make_manipulations(
        photographs, kinds=[kind], patch_size=32, n_patches=30, random_state=0
    )
    middle = data.images[:, 15:17, 15:17, :2].mean(axis=(1, 2))
    apart = np.abs(middle - middle[data.pairs]).max(axis=1)
    # Within a pixel of the other image, but where turning moved the place out of the image.
    inside = np.abs(middle[data.pairs] - [95, 115]).max(axis=1) < 60
    assert inside.sum() > 20 and apart[inside].max() < 1.3
    assert apart[data.level == 1].max() < 8


def test_whole_photographs_are_manipulated_before_patches_are_cut():
    photograph = load_sample_photos().images[0]
    data = make_manipulations([photograph], kinds=["jpeg"], levels=[3], **SMALL)
    whole = compressed(photograph, format="JPEG", quality=70)
    squares = np.lib.stride_tricks.sliding_window_view(photograph, (16, 16), axis=(0, 1))
    for pristine, twin in zip(data.images[::2], data.images[1::2], strict=True):
        found = (squares == np.moveaxis(pristine, 2, 0)).all(axis=(2, 3, 4)).nonzero()
        (row,), (col,) = found
        np.testing.assert_array_equal(twin, whole[row : row + 16, col : col + 16])


def test_blocks_of_jpeg_start_anywhere_in_patches(places):
    data = make_manipulations([places[0]] * 30, kinds=["jpeg"], levels=[1], **SMALL)
    phases = data.images[data.target == 0][:, 0, 0, :2] % 8
    assert len(np.unique(phases, axis=0)) > 15


def test_patches_depend_on_nothing_but_the_seed_and_the_position(places):
    data = make_manipulations(places, **SMALL)
    again = make_manipulations(places, **SMALL)
    np.testing.assert_array_equal(again.images, data.images)
    other = make_manipulations(places, **SMALL | {"random_state": 1})
    assert (other.images[: len(data.images)] != data.images[: len(other.images)]).any()
    fewer = make_manipulations(places[:2], kinds=["noise"], levels=[2], **SMALL)
    kept = (data.kind == "pristine") | ((data.kind == "noise") & (data.level == 2))
    np.testing.assert_array_equal(fewer.images, data.images[kept & (data.photographs < 2)])


def test_lists_arrays_and_files_give_the_same_patches(tmp_path):
    photographs = load_sample_photos(crop_size=48).images[:3]
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    for path, photograph in zip(paths, photographs, strict=True):
        imsave(path, photograph, check_contrast=False)
    data = make_manipulations(photographs, **SMALL)
    for given in (list(photographs), paths, np.array([str(path) for path in paths])):
        np.testing.assert_array_equal(make_manipulations(given, **SMALL).images, data.images)
    on_disk = make_manipulations(paths, temp_folder=str(tmp_path), **SMALL)
    assert isinstance(on_disk.images.base, np.memmap) or isinstance(on_disk.images, np.memmap)
    np.testing.assert_array_equal(on_disk.images, data.images)


def test_devices_stay_together(places):
    data = make_manipulations(places, groups=["b", "a", "b"], **SMALL)
    assert (data.groups == np.array(["b", "a", "b"])[data.photographs]).all()
    devices = [f"device {index}" for index in range(9)]
    data = make_manipulations([places[0]] * 9, groups=devices, kinds=["blur"], **SMALL)
    splitter = ReferenceShuffleSplit(4, test_size=3, validation_size=1, random_state=0)
    for parts in splitter.split_with_validation(groups=data.groups):
        seen = [set(data.groups[part]) for part in parts]
        assert [len(part) for part in seen] == [5, 1, 3] and len(set.union(*seen)) == 9


def residual_features(patches):
    green = patches[..., 1].astype(float)
    third = np.abs(
        green[:, :, 3:] - 3 * green[:, :, 2:-1] + 3 * green[:, :, 1:-2] - green[:, :, :-3]
    )
    return np.stack(
        [np.log1p(third).mean((1, 2)), (third < 2).mean((1, 2)), (third > 9).mean((1, 2))], 1
    )


def test_twins_can_be_told_and_nothing_but_the_manipulation_tells_them(rng):
    photographs = load_sample_photos()
    data = make_manipulations(
        photographs.images, kinds=["blur"], levels=[3], patch_size=32, n_patches=8,
        groups=photographs.groups, random_state=0,
    )  # fmt: skip
    X = residual_features(data.images)
    test = np.isin(data.groups, ["chelsea", "flower", "rocket"])
    scores = []
    for y in (data.target, rng.permutation(data.target)):
        model = LinearDiscriminantAnalysis().fit(X[~test], y[~test])
        scores.append(model.score(X[test], y[test]))
    assert scores[0] > 0.75
    assert abs(scores[1] - 0.5) < 0.12


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((40, 40), np.uint8), r"photographs\[1\] must be uint8 .* but is uint8 of shape"),
        (np.zeros((40, 40, 3)), r"photographs\[1\] must be uint8 .* float64"),
        (np.zeros((40, 40, 4), np.uint8), r"photographs\[1\] must be .*\(40, 40, 4\)"),
        (np.zeros((15, 40, 3), np.uint8), r"photographs\[1\] has 15 x 40 pixels.*patch_size=16"),
    ],
)
def test_photographs_that_cannot_be_used_are_named(image, message, places):
    with pytest.raises(ValueError, match=message):
        make_manipulations([places[0], image], kinds=["median"], **SMALL)


def test_photographs_too_small_once_they_are_turned_are_named(places):
    with pytest.raises(ValueError, match=r"photographs\[0\] has .* after 'rotation' of level"):
        make_manipulations([places[1]], kinds=["rotation"], patch_size=40)


def test_files_that_cannot_be_read_are_named(tmp_path, places):
    damaged = tmp_path / "damaged.png"
    imsave(damaged, load_sample_photos().images[0], check_contrast=False)
    damaged.write_bytes(damaged.read_bytes()[:20_000])
    with pytest.raises(ValueError, match=r"photographs\[0\] \('.*damaged.png'\)"):
        make_manipulations([damaged], **SMALL)
    with pytest.raises(FileNotFoundError, match="missing.png"):
        make_manipulations([tmp_path / "missing.png"], **SMALL)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kinds": ["mosaic"]}, "kinds must be some of.*'mosaic'"),
        ({"kinds": []}, "kinds must be"),
        ({"levels": [0]}, r"from 1 to 3, got \[0\]"),
        ({"levels": [1, 4, 5]}, r"from 1 to 3, got \[4, 5\]"),
        ({"levels": [1.5]}, r"from 1 to 3, got \[1.5\]"),
        ({"levels": []}, r"from 1 to 3, got \[\]"),
        ({"groups": ["a"]}, "inconsistent numbers of samples"),
        ({"patch_size": 4}, "patch_size"),
        ({"temp_folder": "nowhere"}, "temp_folder='nowhere' is not a folder"),
    ],
)
def test_wrong_arguments_are_named(options, message, places):
    with pytest.raises(ValueError, match=message):
        make_manipulations(places, **SMALL | options)


@pytest.mark.parametrize("given", [[], np.zeros((40, 40, 3), np.uint8), "photograph.png"])
def test_what_is_no_sequence_of_photographs_is_refused(given):
    with pytest.raises(ValueError, match="photographs|X is one path"):
        make_manipulations(given, **SMALL)
