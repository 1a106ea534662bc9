"""Regions in files that other tools read."""

import contextlib
import csv
import io
import json

import numpy as np
import pytest

from sk_hyperimage.persistence import save_regions
from sk_hyperimage.utils._boxes import pad_boxes

FOUND = pad_boxes([[[0, 5, 10, 25, 1, 0.75], [1, 1, 3, 2.5, 0, 0.5]], [], [[0, 0, 4, 4, 1, 1]]], 6)
NAMES = ["a, b.png", "c.png", "d.png"]
OPTIONS = {"shapes": [[40, 50], [40, 50, 3][:2], [7, 8]], "target_names": ["blur", "jpeg"]}


def test_the_table_has_a_row_for_each_box(tmp_path):
    file = tmp_path / "regions.csv"
    save_regions(file, NAMES, FOUND, **OPTIONS)
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [row["image"] for row in rows] == ["a, b.png", "a, b.png", "d.png"]
    assert rows[1] == {
        "image": "a, b.png", "row0": "1", "col0": "1", "row1": "3", "col1": "2.5",
        "label": "blur", "score": "0.5",
    }  # fmt: skip


def test_pycocotools_reads_the_json(tmp_path):
    coco = pytest.importorskip("pycocotools.coco")
    file = tmp_path / "regions.json"
    save_regions(file, NAMES, FOUND, **OPTIONS)
    with contextlib.redirect_stdout(io.StringIO()):
        data = coco.COCO(str(file))
    assert [image["file_name"] for image in data.loadImgs(data.getImgIds())] == NAMES
    assert data.imgs[3]["height"] == 7 and data.imgs[3]["width"] == 8
    (jpeg,) = data.getCatIds(catNms=["jpeg"])
    found = data.loadAnns(data.getAnnIds(imgIds=[1], catIds=[jpeg]))
    assert [box["bbox"] for box in found] == [[5, 0, 20, 10]]
    assert found[0]["area"] == 200 and found[0]["score"] == 0.75
    assert data.getAnnIds(imgIds=[2]) == []


def test_true_boxes_have_no_score(tmp_path):
    file = tmp_path / "regions.JSON"
    save_regions(file, NAMES, FOUND[..., :5], shapes=OPTIONS["shapes"])
    table = tmp_path / "regions.csv"
    save_regions(table, NAMES, FOUND[..., :5])
    assert table.read_text().splitlines()[1] == '"a, b.png",0,5,10,25,1,'
    read = json.loads(file.read_text())
    assert "score" not in read["annotations"][0]
    assert [kind["name"] for kind in read["categories"]] == ["0", "1"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"path": "r.txt"}, r"\.csv or \.json"),
        ({"images": NAMES[:2]}, "2 images but boxes of 3"),
        ({"target_names": ["blur"]}, "none for label 1"),
        ({"shapes": None}, "needs the shapes"),
        ({"shapes": [[4, 5]]}, "of 3 images"),
        ({"boxes": np.zeros((3, 4))}, "of shape"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_no_file(tmp_path, change, said):
    given = {"path": "r.json", "images": NAMES, "boxes": FOUND, **OPTIONS, **change}
    with pytest.raises(ValueError, match=said):
        save_regions(
            tmp_path / given.pop("path"), given.pop("images"), given.pop("boxes"), **given
        )
    assert not list(tmp_path.iterdir())
