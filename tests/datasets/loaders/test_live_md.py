import numpy as np
import pytest
from miniatures import cells
from scipy.io import loadmat, savemat

from sk_hyperimage.datasets import load_live_md


def test_both_parts_are_read_with_the_strengths_of_either_distortion(live_md):
    data = load_live_md(live_md)
    assert data.images.shape == (16,)
    assert data.images[9] == str(live_md / "Part 2" / "blurnoise" / "market_blur2_noise3.bmp")
    assert data.references[9] == str(live_md / "Part 2" / "blurnoise" / "market.bmp")
    assert data.kind.tolist() == ["blurjpeg"] * 8 + ["blurnoise"] * 8
    np.testing.assert_array_equal(data.strengths[:4], [[1, 0], [2, 3], [0, 1], [3, 1]])
    assert data.level is None
    np.testing.assert_array_equal(data.target, [*range(8), *range(8)])
    assert data.score_range == (0, 100) and not data.higher_is_better


def test_images_of_one_reference_are_one_group_in_both_parts(live_md):
    groups = load_live_md(live_md).groups
    assert groups.tolist() == (["market"] * 4 + ["palace2"] * 4) * 2


def test_score_files_may_stand_inside_the_folders_and_these_without_parts(live_md):
    for part, folder in (("Part 1", "blurjpeg"), ("Part 2", "blurnoise")):
        for name in ("Imagelists.mat", "Scores.mat"):
            (live_md / part / name).rename(live_md / part / folder / name)
        (live_md / part / folder).rename(live_md / folder)
    assert load_live_md(live_md).images[0] == str(live_md / "blurjpeg" / "market_blur1.bmp")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ref4dist": np.ones((7, 1))}, r"ref4dist\) has 7, Scores.mat \(DMOSscores\) has 8"),
        ({"ref4dist": np.full((8, 1), 3)}, "is not from 1 to 2"),
        ({"refimgs": cells(["market.bmp", "other.bmp"])}, "lacks 'other.bmp'"),
    ],
)
def test_lists_that_do_not_fit_are_told(live_md, changes, message):
    path = live_md / "Part 1" / "Imagelists.mat"
    lists = {key: value for key, value in loadmat(path).items() if key[0] != "_"}
    savemat(path, lists | changes)
    with pytest.raises((FileNotFoundError, ValueError), match=message):
        load_live_md(live_md)


def test_names_without_strengths_are_told(live_md):
    path = live_md / "Part 1" / "Imagelists.mat"
    lists = {key: value for key, value in loadmat(path).items() if key[0] != "_"}
    lists["distimgs"][0, 0] = "market_odd.bmp"
    savemat(path, lists)
    folder = live_md / "Part 1" / "blurjpeg"
    (folder / "market_blur1.bmp").rename(folder / "market_odd.bmp")
    with pytest.raises(ValueError, match="'market_odd.bmp' is not a name like"):
        load_live_md(live_md)
