"""Photographs with distorted regions, with one distortion each, and panoramas."""

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from sk_hyperimage.datasets import (
    load_sample_photos,
    make_distortion_classification,
    make_distortion_detection,
    make_panoramas,
)
from sk_hyperimage.distortions import FLICKR_KINDS, compressed
from sk_hyperimage.images import read_image

PHOTOS = load_sample_photos().images[:3]
CHEAP = [kind for kind in FLICKR_KINDS if kind != "denoising"]
SMALL = {"kinds": CHEAP, "crop_size": 96, "random_state": 0}


def as_levels(images):
    return np.rint(255 * np.asarray(images)).astype(int)


@pytest.mark.parametrize(
    ("n_regions", "size", "mean"), [((1, 4), (0.3, 0.7), 0.435), ((5, 9), (0.1, 0.3), 0.183)]
)
def test_sides_of_regions_are_on_average_those_of_the_paper(n_regions, size, mean):
    blank = np.zeros((25, 300, 300, 3), np.uint8)
    y = make_distortion_detection(
        blank, n_regions=n_regions, region_size=size, random_state=0
    ).target
    sides = (y[..., 2:4] - y[..., :2]) / 300
    assert np.nanmean(sides) == pytest.approx(mean, abs=0.015)
    assert size[0] - 0.002 <= np.nanmin(sides) and np.nanmax(sides) <= size[1] + 0.002
    np.testing.assert_array_equal(sides[..., 0], sides[..., 1])
    assert y.shape[1] == n_regions[1]
    strengths = {"gaussian noise": (0.0125, 0.05), "1/f noise": (2.5, 10)}
    for kind, (low, high) in strengths.items():
        levels = FLICKR_KINDS[kind].strengths
        assert (min(levels), max(levels)) == (low, high)


def test_only_pixels_in_boxes_are_distorted_and_boxes_do_not_overlap():
    data = make_distortion_detection(PHOTOS, n_per_photograph=4, n_regions=(5, 9),
                                     region_size=(0.1, 0.3), **SMALL)  # fmt: skip
    clean = PHOTOS[data.photographs][:, 32:128, 32:128]
    images = as_levels(data.images)
    for image, pristine, boxes, mask in zip(images, clean, data.target, data.masks, strict=True):
        covered = np.zeros((96, 96), int)
        for row0, col0, row1, col1, _ in boxes[~np.isnan(boxes[:, 0])].astype(int):
            covered[row0:row1, col0:col1] += 1
        assert covered.max() == 1
        np.testing.assert_array_equal(covered == 1, mask)
        np.testing.assert_array_equal(image[~mask], pristine[~mask])
        assert (image[mask] != pristine[mask]).any(axis=1).mean() > 0.2


def test_a_region_is_taken_from_the_whole_distorted_image():
    data = make_distortion_detection(PHOTOS[:1], n_per_photograph=3, kinds=["blur"],
                                     crop_size=96, random_state=1)  # fmt: skip
    image, box, strength = as_levels(data.images[0]), data.target[0, 0], data.strength[0, 0]
    rows, cols = slice(int(box[0]), int(box[2])), slice(int(box[1]), int(box[3]))
    crop = PHOTOS[0][32:128, 32:128]
    whole = FLICKR_KINDS["blur"].of_strength(crop, strength, np.random.RandomState(0))
    np.testing.assert_array_equal(image[rows, cols], whole[rows, cols])


def test_images_depend_on_their_photograph_only(tmp_path):
    def made(photographs, n):
        return make_distortion_detection(photographs, n_per_photograph=n, **SMALL)

    data, fewer = made(PHOTOS, 3), made(PHOTOS[:2], 2)
    rows = [0, 1, 3, 4]
    np.testing.assert_array_equal(np.asarray(data.images)[rows], fewer.images)
    np.testing.assert_array_equal(data.images[4], data.images[4])
    in_file = make_distortion_detection(
        PHOTOS, n_per_photograph=3, temp_folder=str(tmp_path), **SMALL
    )
    assert in_file.images.dtype == np.uint8 and not in_file.images.flags.writeable
    np.testing.assert_array_equal(as_levels(data.images), in_file.images)
    assert data.groups.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_photographs_stay_in_their_files_until_an_image_is_asked_for(tmp_path):
    from PIL import Image

    paths = []
    for index, photo in enumerate(PHOTOS):
        paths.append(tmp_path / f"{index}.png")
        Image.fromarray(photo[:, index:]).save(paths[-1])
    data = make_distortion_detection(paths, n_per_photograph=2, crop_size=None, random_state=0,
                                     kinds=CHEAP)  # fmt: skip
    paths[0].write_bytes(paths[0].read_bytes()[:200])  # broken from here on
    images = train_test_split(data.images, shuffle=False)[1]
    assert images[0].shape == (160, 158, 3) and type(images) is type(data.images)
    with pytest.raises(ValueError, match=r"photographs\[0\] \(.*0.png"):
        data.images[0]
    assert read_image(paths[2]).shape == (160, 158, 3)


def test_classes_of_whole_photographs_can_be_told_apart():
    data = make_distortion_classification(
        load_sample_photos().images[:12], kinds=["blur", "salt and pepper"], levels=[1],
        crop_size=96, random_state=0,
    )  # fmt: skip
    assert data.kind[:2].tolist() == ["blur", "salt and pepper"] and (data.level == 1).all()
    assert data.target_names[data.target].tolist() == data.kind.tolist()
    roughness = np.abs(np.diff(np.asarray(data.images), axis=1)).mean(axis=(1, 2, 3))
    split = data.groups < 6
    cut = roughness[split].mean()
    assert ((roughness[~split] > cut) == data.target[~split]).mean() > 0.9


def test_tiles_of_a_panorama_are_compressed_one_by_one():
    data = make_panoramas(PHOTOS, qualities=[80, 5], n_tiles=(2, 3), random_state=3)
    assert data.target.shape == (3, 6, 5)
    image = as_levels(data.images[1])
    area = 0
    for row0, col0, row1, col1, label in data.target[1].astype(int):
        tile = PHOTOS[1][row0:row1, col0:col1]
        quality = int(data.target_names[label])
        expected = compressed(tile, format="JPEG", quality=quality)
        np.testing.assert_array_equal(image[row0:row1, col0:col1], expected)
        area += (row1 - row0) * (col1 - col0)
    assert area == 160 * 160


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kinds": ["pixelate"]}, "kinds must be some of"),
        ({"n_regions": (0, 3)}, "n_regions must be"),
        ({"region_size": (0.5, 0.2)}, "region_size must be"),
        ({"crop_size": 200}, r"photographs\[0\] has 160 x 160 pixels, fewer than crop_size=200"),
        ({"groups": [1]}, "inconsistent"),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(options, said):
    with pytest.raises(ValueError, match=said):
        make_distortion_detection(PHOTOS, **{"crop_size": 96, **options})
