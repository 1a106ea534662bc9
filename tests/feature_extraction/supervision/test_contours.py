import numpy as np
import pytest
from skimage.data import astronaut
from skimage.io import imsave

from sk_hyperimage.datasets import tampered_region
from sk_hyperimage.distortions._compression import jpeg
from sk_hyperimage.feature_extraction import contour_points


@pytest.fixture
def pair():
    """A photograph, and the same with a part of it moved; both compressed again."""
    authentic = astronaut()[:200, 150:400].astype(float)
    tampered = authentic.copy()
    tampered[60:110, 30:90] = authentic[130:180, 150:210]
    return [jpeg(image, 90, None).astype(np.uint8) for image in (authentic, tampered)]


def truth(shape=(200, 250)):
    mask = np.zeros(shape, dtype=bool)
    mask[60:110, 30:90] = True
    return mask


def test_the_tampered_region_is_found_despite_compression(pair):
    region = tampered_region(*pair)
    both = (region & truth()).sum()
    assert both / truth().sum() > 0.9
    assert both / region.sum() > 0.85


def test_files_give_what_arrays_give(pair, tmp_path):
    paths = [tmp_path / "authentic.png", tmp_path / "tampered.png"]
    for path, image in zip(paths, pair, strict=True):
        imsave(path, image, check_contrast=False)
    assert (tampered_region(*paths) == tampered_region(*pair)).all()


def test_images_of_different_size_are_refused_by_name(pair, tmp_path):
    path = tmp_path / "cut.png"
    imsave(path, pair[1][:-8], check_contrast=False)
    with pytest.raises(ValueError, match="cut.png"):
        tampered_region(pair[0], path)


def test_shifted_images_are_refused(rng):
    texture = rng.random((80, 90))
    with pytest.raises(ValueError, match="shifted"):
        tampered_region(texture, np.roll(texture, 3, axis=1))


def test_images_that_hardly_differ_are_refused(pair):
    again = jpeg(pair[0].astype(float), 85, None).astype(np.uint8)
    with pytest.raises(ValueError, match="hardly differs"):
        tampered_region(pair[0], again)


def test_points_lie_on_the_contour_at_equal_distances():
    mask = np.zeros((200, 200), dtype=bool)
    mask[60:121, 70:131] = True
    points = contour_points(mask, 12, patch_size=32, random_state=0)
    assert points.shape == (12, 2)
    to_seam = np.minimum.reduce([abs(points[:, 0] - row) for row in (59.5, 120.5)])
    to_seam = np.minimum(
        to_seam, np.minimum.reduce([abs(points[:, 1] - c) for c in (69.5, 130.5)])
    )
    assert to_seam.max() <= 1
    # Around a square of 61 pixels a side, along its sides.
    gaps = np.abs(np.diff(np.vstack([points, points[:1]]), axis=0)).sum(axis=1)
    assert gaps.min() >= 15 and gaps.max() <= 26


def test_patches_stay_inside_the_image():
    mask = np.zeros((70, 90), dtype=bool)
    mask[:10, 80:] = True
    for size in (31, 64):
        starts = contour_points(mask, patch_size=size, random_state=0) - size // 2
        assert starts.min() >= 0
        assert (starts + size <= mask.shape).all()


def test_all_regions_get_points():
    mask = np.zeros((128, 128), dtype=bool)
    mask[30:50, 30:50] = mask[80:100, 80:100] = True
    rows = contour_points(mask, 20, patch_size=16, random_state=0)[:, 0]
    assert (rows < 64).sum() == (rows > 64).sum() == 10


def test_a_region_of_one_pixel_has_points():
    mask = np.zeros((64, 64), dtype=bool)
    mask[30, 20] = True
    points = contour_points(mask, patch_size=16, random_state=0)
    assert np.abs(points - [30, 20]).max() <= 1


@pytest.mark.parametrize("mask", [np.zeros((64, 64)), np.ones((64, 64)), np.eye(16)])
def test_masks_without_contour_or_room_are_refused(mask):
    with pytest.raises(ValueError, match="contour|room"):
        contour_points(mask, patch_size=32)
