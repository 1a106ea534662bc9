"""Photographs in a folder for each device."""

import numpy as np
import pytest
from skimage.io import imsave

from sk_hyperimage.datasets import load_device_photos, make_manipulations


@pytest.fixture
def devices(tmp_path, rng):
    names = ["phone/IMG_2.JPG", "phone/IMG_1.jpg", "camera/DCIM/100/a.png", "camera/b.png"]
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image = rng.integers(0, 256, size=(24, 30, 3), dtype=np.uint8)
        imsave(path, image, check_contrast=False)
    (tmp_path / "phone" / ".trash").mkdir()
    (tmp_path / "phone" / ".trash" / "old.jpg").write_bytes(b"")
    (tmp_path / "phone" / "notes.txt").write_text("none")
    (tmp_path / ".cache").mkdir()
    (tmp_path / "list.csv").write_text("")
    return tmp_path


def test_photographs_come_device_by_device(devices):
    data = load_device_photos(devices)
    shown = [path.replace(str(devices), "").lstrip("/") for path in data.images]
    assert shown == [
        "camera/DCIM/100/a.png", "camera/b.png", "phone/IMG_1.jpg", "phone/IMG_2.JPG",
    ]  # fmt: skip
    assert data.groups.tolist() == ["camera"] * 2 + ["phone"] * 2
    assert data.target is None


def test_manipulations_are_made_of_the_paths(devices):
    photographs = load_device_photos(devices)
    data = make_manipulations(
        photographs.images, groups=photographs.groups, kinds=["blur"], patch_size=12, n_patches=2
    )
    assert data.groups.tolist() == ["camera"] * 16 + ["phone"] * 16


def test_what_is_missing_or_damaged_is_named(devices, tmp_path_factory):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_device_photos(devices / "nowhere")
    with pytest.raises(ValueError, match="holds no folder"):
        load_device_photos(tmp_path_factory.mktemp("empty"))
    damaged = devices / "camera" / "b.png"
    damaged.write_bytes(damaged.read_bytes()[:-30])
    with pytest.raises(ValueError, match="b.png"):
        load_device_photos(devices)
    assert len(load_device_photos(devices, check_files=None).images) == 4
    (devices / "tablet").mkdir()
    with pytest.raises(ValueError, match="tablet.* holds no photograph"):
        load_device_photos(devices, check_files=None)
