import shutil
import sys

import numpy as np
import pytest
from miniatures import csiq_sheet, picture

from sk_hyperimage.datasets import load_csiq


@pytest.fixture
def workbook(csiq):
    """The data set with its spreadsheet instead of the text."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "readme"
    sheet = book.create_sheet("all_by_image")
    for row in csiq_sheet():
        sheet.append(row)
    book.save(csiq / "csiq.DMOS.xlsx")
    (csiq / "csiq.DMOS.csv").unlink()
    return csiq


def check(data, root):
    assert data.images.shape == (36,)
    assert data.images[0] == str(root / "dst_imgs" / "awgn" / "1600.AWGN.1.png")
    assert data.images[-1] == str(root / "dst_imgs" / "jpeg2000" / "swarm.jpeg2000.3.png")
    assert sorted(set(data.groups)) == ["1600", "swarm"]
    assert data.references[0] == str(root / "src_imgs" / "1600.png")
    assert list(dict.fromkeys(data.kind)) == [
        "awgn",
        "blur",
        "contrast",
        "fnoise",
        "jpeg",
        "jpeg2000",
    ]
    assert data.level[:4].tolist() == [1, 2, 3, 1]
    np.testing.assert_allclose(data.target[:4], [0.11, 0.12, 0.13, 0.21])
    assert data.score_range == (0, 1) and not data.higher_is_better


def test_text_of_the_sheet_is_read(csiq):
    check(load_csiq(csiq), csiq)


def test_the_spreadsheet_is_read(workbook):
    check(load_csiq(workbook), workbook)


def test_distorted_images_may_stand_in_one_folder(csiq):
    for path in (csiq / "dst_imgs").rglob("*.png"):
        path.rename(csiq / "dst_imgs" / path.name)
    data = load_csiq(csiq)
    assert data.images[0] == str(csiq / "dst_imgs" / "1600.AWGN.1.png")


def test_unrated_images_of_the_data_set_are_left_out(csiq):
    picture(csiq / "dst_imgs" / "contrast" / "swarm.contrast.5.png")
    assert len(load_csiq(csiq).images) == 36


def test_a_spreadsheet_without_openpyxl_says_what_to_install(workbook, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ImportError, match="pip install openpyxl.*'all_by_image' as csiq.DMOS.csv"):
        load_csiq(workbook)


def test_spreadsheets_that_cannot_be_read_are_named(workbook):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(workbook / "csiq.DMOS.xlsx")
    del book["all_by_image"]
    book.save(workbook / "csiq.DMOS.xlsx")
    with pytest.raises(ValueError, match=r"no sheet 'all_by_image'; it has \['readme'\]"):
        load_csiq(workbook)
    shutil.copy(workbook / "src_imgs" / "1600.png", workbook / "csiq.DMOS.xlsx")
    with pytest.raises(ValueError, match=r"csiq.DMOS.xlsx' cannot be read as a spreadsheet"):
        load_csiq(workbook)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dst_type", "type", "no row with the headings"),
        (",1600,1,noise,1,0.1,0.11", ",1600,1,haze,1,0.1,0.11", "row 5 .* dst_type 'haze'"),
        (",1600,1,noise,1,0.1,0.11", ",1600,1,noise,1,0.1,", "row 5 of .*csiq.DMOS.csv'"),
    ],
)
def test_rows_that_cannot_be_read_are_named(csiq, old, new, message):
    table = csiq / "csiq.DMOS.csv"
    text = table.read_text()
    assert old in text
    table.write_text(text.replace(old, new))
    with pytest.raises(ValueError, match=message):
        load_csiq(csiq)
