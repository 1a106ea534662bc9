import numpy as np
import pytest
from miniatures import picture

from sk_hyperimage.datasets import load_tid2008, load_tid2013


def test_names_of_files_tell_reference_kind_and_level(tid2013):
    data = load_tid2013(tid2013)
    assert data.images.shape == (240,)
    # The table has I01_01_1.bmp, the folder i01_01_1.bmp.
    assert data.images[0] == str(tid2013 / "distorted_images" / "i01_01_1.bmp")
    assert data.references[[0, -1]].tolist() == [
        str(tid2013 / "reference_images" / name) for name in ("I01.BMP", "i25.bmp")
    ]
    assert sorted(set(data.groups)) == ["i01", "i25"]
    assert data.kind[[0, 35, 119]].tolist() == [
        "Additive Gaussian noise",
        "Gaussian blur",
        "Sparse sampling and reconstruction",
    ]
    assert data.level[:6].tolist() == [1, 2, 3, 4, 5, 1]
    np.testing.assert_allclose(data.target[:5], [0.45, 0.65, 0.85, 1.05, 1.25])
    assert data.score_range == (0, 9) and data.higher_is_better


@pytest.mark.parametrize("kinds", [[10, 8], ["Gaussian blur", "jpeg compression"]])
def test_kinds_are_chosen_by_number_or_name(tid2013, kinds):
    data = load_tid2013(tid2013, kinds=kinds)
    assert len(data.images) == 20
    assert set(data.kind) == {"Gaussian blur", "JPEG compression"}


@pytest.mark.parametrize("kind", [0, 25, "blur", 1.5])
def test_unknown_kinds_are_refused(tid2013, kind):
    with pytest.raises(ValueError, match=f"kinds holds {kind!r}"):
        load_tid2013(tid2013, kinds=[kind])


def test_no_kinds_leave_nothing_to_load(tid2013):
    with pytest.raises(ValueError, match="no image to load"):
        load_tid2013(tid2013, kinds=[])


def test_tid2008_has_seventeen_kinds(tid2008):
    data = load_tid2008(tid2008, kinds=[17])
    assert set(data.kind) == {"Contrast change"} and data.level.tolist() == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="from 1 to 17"):
        load_tid2008(tid2008, kinds=[18])


@pytest.mark.parametrize(
    "line", ["5.5", "4,5 i01_01_1.bmp", "5.5 i01_99_1.bmp", "5.5 1.bmp", "5.5 I01_01_1.BMP"]
)
def test_lines_that_cannot_be_read_are_named(tid2013, line):
    table = tid2013 / "mos_with_names.txt"
    lines = table.read_text().splitlines()
    table.write_text("\n".join([*lines[:6], line, *lines[6:]]))
    with pytest.raises(ValueError, match=r"line 7 of .*mos_with_names.txt'"):
        load_tid2013(tid2013)


def test_the_real_scores_are_read(tmp_path, shared_data):
    table = shared_data / "labels" / "tid2013" / "mos_with_names.txt"
    (tmp_path / "mos_with_names.txt").symlink_to(table)
    names = [line.split()[1] for line in table.read_text().splitlines()]
    (tmp_path / "distorted_images").mkdir()
    for name in names:
        (tmp_path / "distorted_images" / name.upper()).touch()
    for number in range(1, 26):
        picture(tmp_path / "reference_images" / f"I{number:02}.BMP")
    data = load_tid2013(tmp_path, check_files=None)
    assert len(data.images) == len(set(data.images)) == 3000
    assert data.target.min() > 0 and data.target.max() < 9
    assert data.target[0] == 5.51429 and data.target[-1] == 2.77143
    for values, number in ((data.groups, 25), (data.kind, 24), (data.level, 5)):
        counts = np.unique(values, return_counts=True)[1]
        assert counts.tolist() == [3000 // number] * number
    # Stronger noise is worse, in the mean over references.
    noise = data.kind == "Additive Gaussian noise"
    means = [data.target[noise & (data.level == level)].mean() for level in range(1, 6)]
    assert (np.diff(means) < 0).all()
