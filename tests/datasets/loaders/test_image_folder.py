"""Images in a folder: sorted, recursive, broken files listed."""

import pytest
from PIL import Image

from sk_hyperimage.datasets import load_image_folder


@pytest.fixture
def folder(tmp_path):
    for name in ("b/2.JPG", "b/1.webp", "a/x/9.tif", "a/10.png", ".cache/0.png", "a/.0.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 30), "red").save(path)
    (tmp_path / "a" / "notes.txt").write_text("none")
    (tmp_path / "a" / "text.png").write_text("no image")
    (tmp_path / "b" / "cut.png").write_bytes((tmp_path / "a" / "10.png").read_bytes()[:60])
    return tmp_path


def test_images_are_found_in_all_folders_and_sorted(folder):
    data = load_image_folder(str(folder))
    assert data.names.tolist() == ["a/10.png", "a/x/9.tif", "b/1.webp", "b/2.JPG"]
    assert data.images.tolist() == [str(folder / name) for name in data.names]
    assert data.target is None and data.groups is None


def test_broken_files_are_listed_with_their_reason(folder):
    data = load_image_folder(folder)
    assert list(data.broken) == ["a/text.png", "b/cut.png"]
    assert "cannot identify" in data.broken["a/text.png"]
    assert "4 images in" in data.DESCR and "2 files cannot be read" in data.DESCR
    assert load_image_folder(folder, check_files=None).broken == {}


def test_class_folders_are_labels(folder):
    data = load_image_folder(folder, class_folders=True)
    assert data.target.tolist() == ["a", "a", "b", "b"]
    Image.new("L", (9, 9)).save(folder / "stray.png")
    with pytest.raises(ValueError, match=r"stray.png' is in none of the folders of root="):
        load_image_folder(folder, class_folders=True)


@pytest.mark.parametrize("names", [[], ["a.txt", "b.csv"]], ids=["empty", "text files"])
def test_a_folder_without_images_is_refused_by_name(names, tmp_path):
    for name in names:
        (tmp_path / name).write_text("text")
    with pytest.raises(ValueError, match=f"root='{tmp_path}' holds no image"):
        load_image_folder(tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere' is not a folder"):
        load_image_folder(tmp_path / "nowhere")
