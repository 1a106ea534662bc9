import shutil

import numpy as np
import pytest
from miniatures import cells, picture
from scipy.io import savemat

from sk_hyperimage.datasets import load_live
from sk_hyperimage.datasets.loaders._live import FOLDERS


def test_distorted_images_carry_their_score_reference_and_kind(live):
    data = load_live(live)
    assert data.images[0] == str(live / "jp2k" / "img1.bmp")
    assert data.images[2] == str(live / "jpeg" / "img1.bmp")  # img3.bmp of jp2k is a reference
    np.testing.assert_array_equal(data.target, [0.5, 1.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5])
    assert data.groups[:4].tolist() == ["bikes", "woman", "woman", "bikes"]
    assert data.references[1] == str(live / "refimgs" / "woman.bmp")
    kinds = ["jp2k"] * 2 + ["jpeg"] * 3 + ["wn"] * 2 + ["gblur"] * 2 + ["fastfading"]
    assert data.kind.tolist() == kinds
    assert data.level is None
    assert data.score_range == (-2.64, 111.77) and not data.higher_is_better


def test_scores_may_be_those_before_realignment(live):
    data = load_live(live, realigned=False)
    assert data.target[0] == 0 and data.score_range == (0, 100)


def test_pristine_images_come_on_request(live):
    data = load_live(live, include_pristine=True)
    assert len(data.images) == 12
    assert np.flatnonzero(data.kind == "pristine").tolist() == [2, 11]
    assert data.images[2] == str(live / "jp2k" / "img3.bmp")


def test_the_published_counts_name_the_last_image_of_a_folder(live):
    for folder, count in FOLDERS.items():
        for number in range(1, count + 1):
            (live / folder / f"img{number}.bmp").touch()
    names = np.array(["bikes.bmp", "woman.bmp"] * 491, dtype=object)[np.newaxis]
    savemat(live / "refnames_all.mat", {"refnames_all": names})
    scores = {"dmos_new": np.ones((1, 982)), "orgs": np.zeros((1, 982))}
    savemat(live / "dmos_realigned.mat", scores)
    data = load_live(live, check_files=None)
    counts = {kind: int((data.kind == kind).sum()) for kind in FOLDERS}
    assert counts == {"jp2k": 227, "jpeg": 233, "wn": 174, "gblur": 174, "fastfading": 174}
    (live / "jpeg" / "img233.bmp").unlink()
    with pytest.raises(FileNotFoundError, match=r"jpeg' lacks 'img233.bmp' of"):
        load_live(live, check_files=None)


def test_folders_that_hold_other_counts_than_the_scores_are_told(live):
    picture(live / "wn" / "img3.bmp")
    with pytest.raises(ValueError, match="12 scores, but the folders hold .*'wn': 3"):
        load_live(live)


def test_score_files_that_do_not_fit_together_are_told(live):
    savemat(live / "refnames_all.mat", {"refnames_all": cells(["bikes.bmp"] * 9)})
    with pytest.raises(ValueError, match=r"refnames_all.mat \(refnames_all\) has 9 entries"):
        load_live(live)


def test_real_score_files_that_were_altered_are_told(live, shared_data):
    for name in ("dmos_realigned.mat", "refnames_all.mat"):
        shutil.copy(shared_data / "labels" / "live_r2" / name, live / name)
    message = r"\(scores\) has 982, .*\(orgs\) has 779, refnames_all.mat .* has 779 entries"
    with pytest.raises(ValueError, match=message):
        load_live(live)


@pytest.mark.parametrize("content", [b"", b"MATLAB 7.3 MAT-file, but not a real one" * 9])
def test_a_damaged_score_file_is_named(live, content):
    (live / "dmos_realigned.mat").write_bytes(content)
    with pytest.raises(ValueError, match=r"dmos_realigned.mat' cannot be read as a MATLAB file"):
        load_live(live)


def test_a_score_file_of_another_kind_and_missing_scores_are_named(live):
    shutil.copy(live / "dmos.mat", live / "dmos_realigned.mat")
    with pytest.raises(ValueError, match=r"no variable 'dmos_new'; it has \['dmos', 'orgs'\]"):
        load_live(live)
    savemat(live / "dmos.mat", {"dmos": np.full((1, 12), np.nan), "orgs": np.zeros((1, 12))})
    with pytest.raises(ValueError, match=r"dmos.mat' has no score for .*img1.bmp"):
        load_live(live, realigned=False)
