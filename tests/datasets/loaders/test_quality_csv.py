import numpy as np
import pytest
from miniatures import picture
from sklearn.model_selection import GroupKFold

from sk_hyperimage.datasets import load_quality_csv


@pytest.fixture
def table(tmp_path):
    for name in ("a.png", "b.jpg", "sub/c.png", "ref.png"):
        picture(tmp_path / name)
    path = tmp_path / "scores.csv"
    path.write_text(
        "\ufefffile, mos ,pristine,scene,kind,strength\r\n"
        "a.png,3.5,ref.png,park,blur,1\r\n"
        "\r\n"
        'b.jpg,4,ref.png,park,"noise, white",2.0\r\n'
        "sub/c.png,1.25,ref.png,sea,blur,3\r\n",
        encoding="utf-8",
    )
    return path


def load(table, **parameters):
    columns = {"image_column": "file", "score_column": "mos", "higher_is_better": True}
    return load_quality_csv(table, **columns | parameters)


def test_columns_are_read_by_their_names(table):
    data = load(
        table,
        reference_column="pristine",
        group_column="scene",
        kind_column="kind",
        level_column="strength",
        score_range=(0, 5),
    )
    folder = table.parent
    assert data.images.tolist() == [str(folder / name) for name in ("a.png", "b.jpg", "sub/c.png")]
    assert data.target.tolist() == [3.5, 4, 1.25]
    assert data.references.tolist() == [str(folder / "ref.png")] * 3
    assert data.groups.tolist() == ["park", "park", "sea"]
    assert data.kind.tolist() == ["blur", "noise, white", "blur"]
    assert data.level.tolist() == [1, 2, 3]
    assert data.score_range == (0, 5) and data.higher_is_better
    assert "scores.csv" in data.DESCR


def test_what_the_table_does_not_have_is_none(table):
    data = load(table, higher_is_better=False)
    assert data.references is None and data.kind is None and data.level is None
    assert data.score_range == (1.25, 4) and data.higher_is_better is False


def test_groups_are_the_references_or_else_the_files(table):
    assert load(table, reference_column="pristine").groups.tolist() == ["ref.png"] * 3
    with open(table, "a", encoding="utf-8") as file:
        file.write("a.png,3,ref.png,park,blur,1\r\n")  # another observer
    groups = load(table).groups
    assert groups[0] == groups[3] and len(set(groups)) == 3


def test_files_start_from_the_root(table, tmp_path_factory):
    moved = tmp_path_factory.mktemp("labels") / "scores.csv"
    table.rename(moved)
    assert load(moved, root=table.parent).images[0] == str(table.parent / "a.png")
    with pytest.raises(FileNotFoundError, match=r"no file '.*a.png', .*b.jpg', .*c.png'"):
        load(moved)


def test_damaged_images_are_named(table):
    (table.parent / "b.jpg").write_text("not found")
    with pytest.raises(ValueError, match="b.jpg"):
        load(table)
    assert len(load(table, check_files=None).images) == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("3.5", "good", r"line 2 of '.*scores.csv', column 'mos': could not convert"),
        ("3.5", "nan", r"line 2 .* the score 'nan' is not from"),
        ("1.25", "", r"line 5 .*column 'mos': the cell is empty"),
        ("4,ref", "7,ref", r"line 4 .* the score '7' is not from 0 to 5"),
        ("2.0", "2.5", r"line 4 .*the level '2.5' is not a whole number"),
        ("1.25,", "", r"line 5 .* has 5 columns, its first line 6"),
        ('"noise', 'a"b', r"line 4 .* has 7 columns"),
        ("pristine", "original", r"no column 'pristine'; it has \['file', 'mos', 'original'"),
    ],
)
def test_cells_that_cannot_be_read_are_named_with_their_line(table, old, new, message):
    table.write_text(table.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(ValueError, match=message):
        load(table, reference_column="pristine", level_column="strength", score_range=(0, 5))


@pytest.mark.parametrize("text", ["", "file,mos\n"])
def test_a_table_without_lines_is_named(tmp_path, text):
    (tmp_path / "empty.csv").write_text(text)
    with pytest.raises(ValueError, match="empty.csv' has no line below the column names"):
        load(tmp_path / "empty.csv")


def test_a_table_that_is_no_text_is_named(tmp_path):
    picture(tmp_path / "scores.png")
    with pytest.raises(ValueError, match="scores.png' cannot be read as a table"):
        load(tmp_path / "scores.png")


def test_the_direction_of_the_scores_must_be_said(table):
    with pytest.raises(TypeError, match="higher_is_better"):
        load_quality_csv(table)


def test_real_images_and_scores_are_read(shared_data):
    data = load_quality_csv(
        shared_data / "live_subset" / "labels.csv",
        score_column="dmos",
        reference_column="reference",
        kind_column="distortion",
        higher_is_better=False,
        score_range=(-2.64, 111.77),
        check_files="pixels",
    )
    assert len(data.images) == 125 and len(set(data.references)) == 7
    kinds, counts = np.unique(data.kind, return_counts=True)
    assert dict(zip(kinds.tolist(), counts.tolist(), strict=True)) == {
        "fastfading": 28,
        "gblur": 23,
        "jpeg": 43,
        "wn": 31,
    }
    for train, test in GroupKFold(7).split(data.images, data.target, data.groups):
        assert not set(data.references[train]) & set(data.references[test])
