import numpy as np
import pytest
from casia2 import make_casia2, save

from sk_hyperimage.datasets import FileFormatWarning, load_image_pairs, tampered_region


@pytest.fixture
def folders(tmp_path):
    """Two authentic images, four tampered ones and three masks."""
    for name in ("authentic/beach.png", "authentic/Beach_hut.png"):
        save(tmp_path / name, np.zeros((20, 30, 3), dtype=np.uint8))
    for name in ("beach.png", "BEACH_2.png", "beach_hut_a.png", "other_1.png"):
        save(tmp_path / "tampered" / name, np.zeros((20, 30, 3), dtype=np.uint8))
    for name in ("beach.png", "beach_2_gt.png", "beach_hut_A_mask.png"):
        save(tmp_path / "masks" / name, np.zeros((20, 30), dtype=np.uint8))
    return tmp_path


def load(root, **options):
    return load_image_pairs(root / "authentic", root / "tampered", masks=root / "masks", **options)


def test_names_tell_what_belongs_together(folders):
    data = load(folders)
    assert data.target.tolist() == [0, 0, 1, 1, 1, 1]
    assert data.kind[[0, -1]].tolist() == ["authentic", "tampered"]
    assert data.images[0] == str(folders / "authentic" / "Beach_hut.png")
    assert data.images[2] == str(folders / "tampered" / "BEACH_2.png")
    assert data.pairs.tolist() == ["beach_hut", "beach", "beach", "beach", "beach_hut", None]
    assert data.groups.tolist() == ["beach_hut", "beach", "beach", "beach", "beach_hut", "other_1"]
    masks = [None if mask is None else mask.rsplit("/")[-1] for mask in data.masks]
    named = ["beach_2_gt.png", "beach.png", "beach_hut_A_mask.png"]
    assert masks == [None, None, *named, None]
    assert data.donors is None and data.region_size is None


def test_regions_of_pairs_are_found_where_there_are_no_masks(tmp_path, rng):
    root = make_casia2(tmp_path, rng, n_photographs=1)
    (root / "Au" / "Au_ani_00001.jpg").rename(root / "Au" / "Tp_D.jpg")
    for path in (root / "Tp").glob("Tp_S*"):
        path.unlink()
    with pytest.warns(FileFormatWarning, match="JPEG 1:0, TIFF 0:1.* 100.0%"):
        data = load_image_pairs(root / "Au", root / "Tp")
    assert data.masks.tolist() == [None, None]
    assert 0.05 < tampered_region(data.images[0], data.images[1]).mean() < 0.2


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("authentic/beach.jpg", (20, 30), "beach.jpg' and .*beach.png' have the same name"),
        ("masks/beach_gt.png", (20, 30), "beach.png' and .*beach_gt.png' have the same name"),
        ("masks/beach_3.png", (20, 30), "there is no image for .*beach_3.png"),
        ("masks/other_1.png", (30, 20), "one size, but .*masks/other_1.png' and .*other_1.png'"),
        ("tampered/beach.png", (30, 20), "authentic/beach.png' and .*tampered/beach.png'"),
        ("authentic/beach.png", (30, 20), "differ: .*authentic/beach.png' and .*BEACH_2.png'"),
    ],
)
def test_what_does_not_fit_is_named(folders, name, shape, message):
    save(folders / name, np.zeros(shape, dtype=np.uint8))
    with pytest.raises(ValueError, match=message):
        load(folders)


def test_missing_and_empty_folders_are_named(folders):
    with pytest.raises(FileNotFoundError, match="tampered='nowhere' is not a folder"):
        load_image_pairs(folders / "authentic", "nowhere")
    (folders / "empty").mkdir()
    with pytest.raises(ValueError, match="empty' holds no image"):
        load_image_pairs(folders / "empty", folders / "tampered")


def test_damage_is_found_unless_it_is_passed_over(folders):
    damaged = folders / "tampered" / "beach.png"
    damaged.write_bytes(damaged.read_bytes()[:-40])
    with pytest.raises(ValueError, match="beach.png"):
        load(folders)
    assert len(load(folders, check_files=None).images) == 6
