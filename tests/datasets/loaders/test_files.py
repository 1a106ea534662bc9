"""What all loaders of published data have in common."""

import shutil

import pytest
from miniatures import picture

from sk_hyperimage import datasets
from sk_hyperimage.preprocessing import LocalContrastNormalizer

# Data sets, and an image of each to remove or damage.
CASES = [
    ("live", "gblur/img1.bmp"),
    ("tid2013", "distorted_images/i25_03_1.bmp"),
    ("tid2008", "distorted_images/I01_17_4.bmp"),
    ("csiq", "dst_imgs/awgn/1600.AWGN.3.png"),
    ("live_md", "Part 2/blurnoise/market_blur2_noise3.bmp"),
    ("live_challenge", "Images/100.bmp"),
]
REFERENCES = [
    ("live", "refimgs/woman.bmp"),
    ("tid2013", "reference_images/I01.BMP"),
    ("csiq", "src_imgs/swarm.png"),
    ("live_md", "Part 1/blurjpeg/market.bmp"),
]


@pytest.fixture
def case(request):
    """Loader, root and image of one data set."""
    name, image = request.param
    root = request.getfixturevalue(name)
    return getattr(datasets, f"load_{name}"), root, root / image


every_set = pytest.mark.parametrize("case", CASES, indirect=True, ids=lambda case: case[0])


@every_set
def test_attributes_have_one_entry_for_each_image(case):
    load, root, _ = case
    data = load(root)
    n_images = len(data.images)
    assert n_images >= 3
    assert data.target.shape == data.groups.shape == (n_images,)
    for name in ("references", "kind", "level"):
        assert data[name] is None or len(data[name]) == n_images
    low, high = data.score_range
    assert low < high
    assert isinstance(data.higher_is_better, bool)
    assert ("higher is better" if data.higher_is_better else "lower is better") in data.DESCR
    assert "https://" in data.DESCR


@every_set
def test_paths_are_images_to_every_step(case):
    load, root, _ = case
    images = LocalContrastNormalizer().fit_transform(load(root).images[:3])
    assert [image.shape for image in images] == [(6, 7, 3)] * 3


@every_set
def test_root_may_be_a_few_folders_above(case):
    load, root, _ = case
    assert load(root.parent).images.tolist() == load(str(root)).images.tolist()


@pytest.mark.parametrize("case", CASES + REFERENCES, indirect=True, ids=lambda case: case[1])
@pytest.mark.parametrize("check_files", ["headers", None])
def test_missing_images_are_named(case, check_files):
    load, root, image = case
    image.unlink()
    with pytest.raises(FileNotFoundError, match=f"(?i)lacks '{image.name}' of"):
        load(root, check_files=check_files)


@every_set
def test_images_without_a_score_are_named(case):
    load, root, image = case
    picture(image.with_name("mine.bmp"))
    with pytest.raises(ValueError, match=r"holds 'mine.bmp', unknown to .*(mat|txt|csv)'"):
        load(root)


@every_set
def test_files_that_are_no_images_are_passed_over(case):
    load, root, image = case
    n_images = len(load(root).images)
    image.with_name("Thumbs.db").write_bytes(b"")
    image.with_name("._" + image.name).write_bytes(b"")
    assert len(load(root).images) == n_images


@pytest.mark.parametrize("case", CASES + REFERENCES, indirect=True, ids=lambda case: case[1])
@pytest.mark.parametrize(
    "damage", [lambda b: b"", lambda b: b[: len(b) - 40], lambda b: b"<html>not found</html>"]
)
def test_damaged_images_are_named(case, damage):
    load, root, image = case
    image.write_bytes(damage(image.read_bytes()))
    with pytest.raises(ValueError, match=image.name):
        load(root)
    load(root, check_files=None)


@pytest.mark.parametrize(
    ("name", "change"),
    [("a.png", lambda b: b + b"appended" * 9), ("a.bmp", lambda b: b[:-3]), ("a.jpg", bytes)],
)
def test_whole_files_with_odd_ends_are_no_damage(tmp_path, name, change):
    picture(tmp_path / name)  # rows of 21 bytes, filled up to 24 in a BMP file
    (tmp_path / name).write_bytes(change((tmp_path / name).read_bytes()))
    (tmp_path / "scores.csv").write_text(f"image,score\n{name},1\n")
    data = datasets.load_quality_csv(tmp_path / "scores.csv", higher_is_better=True)
    assert data.images.tolist() == [str(tmp_path / name)]


def test_damage_inside_a_file_is_found_by_decoding_it(csiq):
    image = csiq / "dst_imgs" / "blur" / "swarm.BLUR.2.png"
    content = bytearray(image.read_bytes())
    content[content.index(b"IDAT") + 6] ^= 255
    image.write_bytes(content)
    datasets.load_csiq(csiq)
    with pytest.raises(ValueError, match="swarm.BLUR.2.png"):
        datasets.load_csiq(csiq, check_files="pixels")


@every_set
def test_missing_folders_and_score_files_are_named(case):
    load, root, image = case
    for path in root.rglob("*"):
        if path.suffix in {".mat", ".txt", ".csv"}:
            path.unlink()
    with pytest.raises(FileNotFoundError, match=r"\.(mat|txt|csv|xlsx)' is missing from"):
        load(root)
    shutil.rmtree(root / image.relative_to(root).parts[0])
    with pytest.raises(FileNotFoundError):
        load(root)


@every_set
def test_a_root_that_is_something_else_is_named(case, tmp_path):
    load, root, _ = case
    with pytest.raises(FileNotFoundError, match="nowhere' is not a folder"):
        load(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="empty' holds no folder"):
        load(tmp_path / "empty")
    shutil.copytree(root, tmp_path / "again" / "first")
    shutil.copytree(root, tmp_path / "again" / "second")
    with pytest.raises(ValueError, match="more than one folder"):
        load(tmp_path / "again")


def test_two_files_of_one_name_are_refused(tid2013):
    picture(tid2013 / "distorted_images" / "I25_03_1.BMP")
    with pytest.raises(ValueError, match="I25_03_1.BMP' and .*i25_03_1.bmp' are the same image"):
        datasets.load_tid2013(tid2013)


def test_only_the_first_of_many_missing_files_are_listed(tid2013):
    for path in (tid2013 / "distorted_images").glob("i25*"):
        path.unlink()
    with pytest.raises(FileNotFoundError, match="'I25_01_1.bmp'.* and 117 more images of"):
        datasets.load_tid2013(tid2013)
