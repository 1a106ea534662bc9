"""The script of paper 3's Table 3, end to end on a few photographs."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from skimage.data import astronaut, coffee
from skimage.io import imsave

SCRIPT = Path(__file__).parents[1] / "examples" / "detection_experiments"


@pytest.mark.slow
def test_detectors_of_two_sorts_of_regions_are_tested_on_both(tmp_path):
    for number, place in enumerate([0, 40, 80]):
        for folder, picture in (("train", astronaut()), ("test", coffee())):
            (tmp_path / folder).mkdir(exist_ok=True)
            imsave(tmp_path / folder / f"{number}.png", picture[place : place + 310, 60:380])
    command = [sys.executable, SCRIPT, "--data", tmp_path / "train", "--test", tmp_path / "test"]
    tables, n_trained = [], []
    for output in ("first", "second"):
        done = subprocess.run(
            [*command, "--quick", "--store", tmp_path / "store", "--output", tmp_path / output],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        with open(tmp_path / output / "detection_table3.csv", newline="") as file:
            tables.append(list(csv.DictReader(file)))
        n_trained.append(done.stderr.count("3 of 3 splits"))
    assert tables[0] == tables[1]
    assert n_trained == [1, 0]
    assert [row["Trained on"] for row in tables[0]] == ["basic", "difficult", "mixture"]
    for row in tables[0]:
        assert 0 <= float(row["difficult, 0.5"]) <= 1
    assert tables[0][0]["difficult, paper, 0.9"] == "0.109"
