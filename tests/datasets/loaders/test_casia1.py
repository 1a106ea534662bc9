import csv
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from casia2 import save

from sk_hyperimage.datasets import load_casia1
from sk_hyperimage.datasets.loaders._casia1_names import CORRECTED, mask_number, tampered_name

MASKS = "CASIA 1.0 groundtruth"


@pytest.fixture
def real(tmp_path, shared_data):
    """The part of the real data in its published layout, and its index by name."""
    folder = shared_data / "casia1"
    if not folder.is_dir():
        pytest.skip("needs the part of CASIA-1 in ../shared/data")
    for name, here in (("authentic", "Au"), ("tampered", "Sp"), ("masks", MASKS)):
        (tmp_path / here).mkdir()
        for path in (folder / name).iterdir():
            link = path.name if name != "masks" else published_mask(path.stem)
            os.symlink(path, tmp_path / here / link)
    with open(folder / "index.csv", newline="") as file:
        index = {Path(row["file"]).name: row for row in csv.DictReader(file)}
    return tmp_path, index


def published_mask(stem):
    name = tampered_name(stem)
    letter = "S" if name.background == name.donor else "D"
    return f"Sp_{letter}{stem[4:11]}{name.background}_{name.donor}{stem[26:]}_gt.png"


def names_of(paths):
    return [None if path is None else Path(path).name for path in paths]


def test_names_tell_what_was_done_to_which_photograph(casia1):
    data = load_casia1(casia1)
    assert data.images[0] == str(casia1 / "Au" / "Au_ani_0001.jpg")
    assert names_of(data.images[4:]) == [
        "Sp_D_NNN_A_nat0003_ani0001.0288.jpg",
        "Sp_D_NNN_A_nat0003_nat0003_0333.jpg",
        "Sp_D_NRN_A_ani0001_arc0059_0404.jpg",
        "Sp_S_NNN_A_arc0059_arc0059_0001.jpg",
        "Sp_S_NNN_C_txt0001_txt0001_0001.jpg",
        "Sp_S_NNN_R_txt0001_txt0001_0001.jpg",
    ]
    assert data.target.tolist() == [0] * 4 + [1] * 6
    tampered = ["splice", "copy-move", "splice", "copy-move", "copy-move", "copy-move"]
    assert data.kind.tolist() == ["authentic"] * 4 + tampered
    sources = ["ani0001", "arc0059", "nat0003", "txt0001"]
    backgrounds = ["nat0003", "nat0003", "arc0059", "arc0059", "txt0001", "txt0001"]
    assert data.pairs.tolist() == data.groups.tolist() == sources + backgrounds
    donors = ["ani0001", "nat0003", "ani0001", "arc0059", "txt0001", "txt0001"]
    assert data.donors.tolist() == sources + donors
    assert "region_size" not in data


def test_masks_belong_to_images_of_their_number_whatever_else_their_names_say(casia1):
    data = load_casia1(casia1)
    assert names_of(data.masks) == [None] * 4 + [
        "Sp_D_NNN_A_nat0003_ani0001.0288_gt.png",
        "Sp_S_NNN_A_nat0003_nat0003_0333_gt.png",
        "Sp_D_NRN_A_arc0059_ani0001_0404_gt.png",
        "Sp_S_NNN_A_arc0059_arc0059_0001_gt.png",
        "Sp_S_NNN_C_txt0001_txt0001_0001_gt.png",
        "Sp_S_NNN_R_txt0001_txt0001_0001_gt.png",
    ]


def test_corrected_names_say_the_same(casia1):
    first = load_casia1(casia1)
    for path in (casia1 / "Sp").iterdir():
        for mask in (casia1 / MASKS).rglob("*_gt.png"):
            if mask_number(mask.stem) == tampered_name(path.stem).number:
                path.rename(path.with_name(mask.name.replace("_gt.png", ".jpg")))
    second = load_casia1(casia1)
    assert names_of(first.images) != names_of(second.images)
    rows = [
        sorted(zip(data.kind, data.groups, data.donors, map(str, data.masks), strict=True))
        for data in (first, second)
    ]
    assert rows[0] == rows[1]


def test_masks_may_be_missing_elsewhere_or_of_another_size(casia1):
    masks = sorted((casia1 / MASKS).rglob("*_gt.png"), key=lambda path: path.name)
    masks[0].unlink()
    save(masks[1], np.zeros((48, 32), dtype=np.uint8))
    save(casia1 / MASKS / "Sp_list_gt.png", np.zeros((8, 8), dtype=np.uint8))
    shutil.move(casia1 / MASKS, casia1.parent / "masks")
    assert set(load_casia1(casia1).masks) == {None}
    found = load_casia1(casia1.parent).masks[4:]
    assert [mask is None for mask in found] == [True, False, True, False, False, False]
    shutil.copytree(casia1.parent / "masks", casia1.parent / "again")
    with pytest.raises(ValueError, match="_gt.*png' and .*_gt.*png' mask the same image"):
        load_casia1(casia1.parent)


def test_a_missing_photograph_is_no_pair(casia1):
    (casia1 / "Au" / "Au_arc_0059.jpg").unlink()
    data = load_casia1(casia1)
    assert data.pairs[3:].tolist() == ["nat0003", "nat0003", None, None, "txt0001", "txt0001"]
    assert data.groups[5:7].tolist() == ["arc0059", "arc0059"]


@pytest.mark.parametrize(
    "name",
    [
        "Au/Au_ani_00001.jpg",
        "Au/mine.jpg",
        "Sp/Au_ani_0001.jpg",
        "Sp/Sp_D_NNN_A_ani0001_0404.jpg",
        "Sp/Sp_S_CND_A_pla0016_pla0016_0196_gt.png",
    ],
)
def test_other_images_are_named(casia1, name):
    save(casia1 / name, np.zeros((8, 8), dtype=np.uint8))
    with pytest.raises(ValueError, match=rf"{name}' is not a CASIA-1 file name"):
        load_casia1(casia1)


@pytest.mark.parametrize(
    "twin",
    [
        "Au/Au_ani_0001.png",
        "Sp/Sp_D_NRN_A_arc0059_ani0001_0404.jpg",
        "Sp/Sp_S_NNN_R_txt0001_txt0001_0001.png",
    ],
)
def test_two_files_of_one_image_are_named(casia1, twin):
    save(casia1 / twin, np.zeros((8, 8), dtype=np.uint8))
    with pytest.raises(ValueError, match=f"(?s){twin}.* are the same image"):
        load_casia1(casia1)


def test_missing_folders_and_damaged_files_are_named(casia1):
    image = casia1 / "Sp" / "Sp_S_NNN_R_txt0001_txt0001_0001.jpg"
    whole = image.read_bytes()
    image.write_bytes(whole[:-200])
    load_casia1(casia1)
    with pytest.raises(ValueError, match=image.name):
        load_casia1(casia1, check_files="pixels")
    image.write_bytes(b"")
    with pytest.raises(ValueError, match=image.name):
        load_casia1(casia1)
    image.write_bytes(whole)
    shutil.rmtree(casia1 / "Sp")
    with pytest.raises(FileNotFoundError, match="'Sp' is missing from"):
        load_casia1(casia1)
    with pytest.raises(FileNotFoundError, match="holds no folder 'Au'"):
        load_casia1(casia1 / "Au")


@pytest.mark.parametrize(
    ("stem", "decoded"),
    [
        ("Sp_D_NRN_A_ant0063_nat0065_0443", ("nat0063", "nat0065", "", "0443")),
        ("Sp_D_NRN_A_sce0011_cha0011_0542", ("cha0011", "sec0011", "", "0542")),
        ("Sp_S_NRD_A_ani0040_ani0054.0257", ("ani0040", "ani0054", "", "0257")),
        ("Sp_S_NNN_R_arc0003_arc0004_0051", ("arc0003", "arc0003", "", "0051")),
        ("Sp_S_NNN_R_txt0051_txt0051_0051", ("txt0051", "txt0051", "", "r0051")),
        ("Sp_D_CRN_A_nat0033_obj0059_0385", ("nat0033", "obj0059", "", "0385")),
        ("Sp_D_NRN_A_ani0001_0404", None),
    ],
)
def test_odd_and_wrong_names(stem, decoded):
    assert tampered_name(stem) == decoded


def test_corrections_name_two_photographs_each():
    assert len(CORRECTED) == 77
    same = [number for number, (background, donor) in CORRECTED.items() if background == donor]
    assert same == ["0051"]


def test_real_names_tell_hosts_and_donors_that_pixels_confirmed(real):
    root, index = real
    data = load_casia1(root)
    assert len(data.images) == len(index) == 937
    tampered = np.flatnonzero(data.target)
    assert len(tampered) == 503
    masks = [Path(mask).resolve().name for mask in data.masks[tampered]]
    assert masks == [name.replace("jpg", "png") for name in names_of(data.images[tampered])]
    rows = [index[name] for name in names_of(data.images[tampered])]
    hosts = [Path(row["host"]).stem[3:].replace("_", "") for row in rows]
    assert data.groups[tampered].tolist() == data.pairs[tampered].tolist() == hosts
    told = {row["file"]: row["donor"] for row in rows}
    found = dict(zip(told, data.donors[tampered], strict=True))
    unlike = {file: found[file] for file in told if found[file] != told[file]}
    # Whoever wrote the index was misled by the dot.
    assert unlike == {"tampered/Sp_D_NNN_A_ani0099_ani0100.0288.jpg": "ani0100"}


def test_quantization_tables_of_real_files_tell_the_label(real):
    from PIL import Image

    data = load_casia1(real[0], check_files=None)
    tables = [set(), set()]
    for path, label in zip(data.images, data.target, strict=True):
        with Image.open(path) as image:
            tables[label].add(str(sorted(image.quantization.items())))
    assert all(tables) and not tables[0] & tables[1]
