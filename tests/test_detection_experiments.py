"""The scripts of paper 3's tables and of defects with boxes, end to end on a few images."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut, coffee
from skimage.io import imsave

SCRIPT = Path(__file__).parents[1] / "examples" / "detection_experiments"

pytestmark = pytest.mark.slow


@pytest.fixture
def photographs(tmp_path):
    """Folders of photographs to train and to test on."""
    folders = tmp_path / "train", tmp_path / "test"
    for folder, picture in zip(folders, (astronaut(), coffee()), strict=True):
        folder.mkdir()
        for number, place in enumerate([0, 40, 80]):
            imsave(folder / f"{number}.png", picture[place : place + 310, 60:380])
    return ["--data", folders[0], "--test", folders[1]]


def run(experiment, *arguments):
    command = [sys.executable, SCRIPT, experiment, "--quick", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_detectors_of_two_sorts_of_regions_are_tested_on_both(tmp_path, photographs):
    tables, n_trained = [], []
    for output in ("first", "second"):
        folders = ["--store", tmp_path / "store", "--output", tmp_path / output]
        done = run("regions", *photographs, *folders)
        tables.append(read(tmp_path / output / "detection_table3.csv"))
        n_trained.append(done.stderr.count("3 of 3 splits"))
    assert tables[0] == tables[1]
    assert n_trained == [1, 0]
    assert [row["Trained on"] for row in tables[0]] == ["basic", "difficult", "mixture"]
    for row in tables[0]:
        assert 0 <= float(row["difficult, 0.5"]) <= 1
    assert tables[0][0]["difficult, paper, 0.9"] == "0.109"
    by_size = read(tmp_path / "first" / "detection_by_size.csv")
    assert list(by_size[0])[1:3] == ["basic, 90 to 130", "basic, 130 to 170"]


def test_networks_tell_the_kind_of_whole_images(tmp_path, photographs):
    run("classification", *photographs, "--output", tmp_path)
    table = read(tmp_path / "detection_table1.csv")
    assert [row["Accuracy, paper"] for row in table] == ["0.82", "0.782", ""]
    for row in table:
        by_kind = [float(row[kind]) for kind in ("gaussian noise", "blur", "1/f noise")]
        assert 0 <= min(by_kind) <= max(by_kind) <= 1
        assert float(row["Images a second"]) > 0
    # The statistics of the default tell noise from blur after a single photograph or two.
    assert max(float(row["Accuracy"]) for row in table) > 0.4


def test_defects_of_tiles_get_boxes(tmp_path, rng):
    (tmp_path / "images").mkdir()
    rows = ["file,kind,mask,group"]
    for number in range(24):
        tile = rng.integers(90, 110, (100, 80), dtype=np.uint8)
        name, mask = f"images/{number}.png", ""
        if number % 2:
            tile[30:60, 20:50] = 20
            mask = f"images/mask{number}.png"
            inside = np.zeros(tile.shape, dtype=np.uint8)
            inside[30:60, 20:50] = 1
            imsave(tmp_path / mask, inside, check_contrast=False)
        imsave(tmp_path / name, tile)
        rows.append(f"{name},{'blowhole' if number % 2 else 'free'},{mask},{number // 4}")
    (tmp_path / "index.csv").write_text("\n".join(rows))
    run("tiles", "--data", tmp_path, "--output", tmp_path / "out")
    table = read(tmp_path / "out" / "detection_tiles.csv")
    assert [row["Model"] for row in table][2] == "HOG + SVM"
    assert float(table[2]["AUC"].split()[0]) > 0.9
    record = json.loads((tmp_path / "out" / "detection_tiles.json").read_text("utf-8"))
    assert record["photographs, defective"] == [24, 12]
