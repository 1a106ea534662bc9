"""The script of Table II, end to end on miniature photographs of a few devices."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.io import imsave

SCRIPT = Path(__file__).parents[1] / "examples" / "manipulation_experiments"
SMALL = ["--patch-size", "32", "--patches-per-photo", "4", "--splits", "1", "--epochs", "1", "1"]


def photograph(path, rng):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = 128 + 200 * gaussian_filter(rng.normal(size=(80, 90, 3)), (2, 2, 0))
    imsave(path, np.clip(pixels, 0, 255).astype(np.uint8), check_contrast=False)


def run(data, output, *arguments):
    command = [sys.executable, SCRIPT, "--data", data, "--output", output, *SMALL, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def table(output, name="table2"):
    with open(output / f"manipulation_{name}.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return rows, json.loads((output / f"manipulation_{name}.json").read_text("utf-8"))


@pytest.fixture
def devices(tmp_path, rng):
    for device in range(9):
        photograph(tmp_path / "photos" / f"device{device}" / "1.png", rng)
    return tmp_path / "photos"


def test_an_untrained_cnn_is_scored_as_the_svm_beside_the_paper(devices, tmp_path):
    # Equal only if both learn from the same photographs: the validation part is for neither.
    models = ["--models", "svm", "cnn", "--epochs", "1", "0"]
    store = ["--store", tmp_path / "store"]
    done = run(devices, tmp_path, *models, *store, "--tasks", "noise-0.25", "--resave", "80")
    assert done.returncode == 0, done.stderr
    assert "9 photographs, splits of 9 devices" in done.stdout
    (row,), record = table(tmp_path)
    assert row["Manipulation"] == "noise-0.25"
    assert (row["SRM+SVM, paper"], row["Proposed CNN, paper"]) == ("85.06", "88.81")
    for column in ("here", "saved at 80"):
        assert row[f"SRM+SVM, {column}"] == row[f"Proposed CNN, {column}"]
    assert 55 < float(row["SRM+SVM, here"]) < 100
    assert record["CNN over SVM, points"] == {
        "noise-0.25": "0.00, better in 0, equal in 1 of 1 splits"
    }
    assert record["CNN and its start, the SVM, on validation patches"] == {
        "fits": 1,
        "of lower accuracy": 0,
        "of higher log loss": 0,
        "that kept the SVM": 1,
        "accuracy gained, points": "0.00",
    }
    assert record["patches of a task, both classes"] == {"noise-0.25": 72}
    assert record["devices to split"] == 9 and record["splits"] == 1


@pytest.mark.slow
def test_networks_run_on_photographs_without_devices(tmp_path, rng):
    for index in range(12):
        photograph(tmp_path / "photos" / f"{index}.png", rng)
    arguments = ["--tasks", "jpeg-70", "which-kind", "--reencode", "95"]
    done, again = (
        run(tmp_path / "photos", tmp_path, *arguments, "--store", tmp_path / "store")
        for _ in range(2)
    )
    assert done.returncode == again.returncode == 0, done.stderr
    assert [run.stderr.count("1 of 1 splits") for run in (done, again)] == [6, 0]
    assert done.stdout == again.stdout
    assert "splits of 12 photographs" in done.stdout
    rows, record = table(tmp_path)
    assert [row["Bayar2016, paper"] for row in rows] == ["96.04", ""]
    assert all(0 <= float(row["Bayar2016, here"].split()[0]) <= 100 for row in rows)
    assert record["saved again before training and test, JPEG quality"] == 95
    more = [*arguments, "--splits", "2", "--finished"]
    fewer = run(tmp_path / "photos", tmp_path, *more, "--store", tmp_path / "store")
    assert fewer.returncode == 0 and "of 2 splits" not in fewer.stderr, fewer.stderr
    found, record = table(tmp_path)
    assert record["splits finished, where fewer"] == {
        f"{task}, {model}": 1
        for task in ("jpeg-70", "which-kind")
        for model in ("Bayar2016", "SRM+SVM", "Proposed CNN")
    }
    assert found[0]["SRM+SVM, here"] == rows[0]["SRM+SVM, here"] + " (1 of 2)"
    none = run(tmp_path / "photos", tmp_path, *more, "--store", tmp_path / "other")
    assert none.returncode == 0 and table(tmp_path)[0][0]["SRM+SVM, here"] == "", none.stderr
    (tmp_path / "empty").mkdir()
    for folders in (["empty"], ["photos", "empty"]):
        done = run(tmp_path / "photos", tmp_path, "--data", *(tmp_path / name for name in folders))
        assert done.returncode != 0 and "empty" in done.stderr


@pytest.mark.slow
def test_maps_and_networks_with_few_layers_freed_are_scored(devices, tmp_path):
    arguments = ["--tasks", "noise-2.0", "--models", "svm", "cnn"]
    done = run(devices, tmp_path, "--maps", *arguments, "--store", tmp_path / "store")
    assert done.returncode == 0, done.stderr
    rows, record = table(tmp_path, "maps")
    assert [row["Model"] for row in rows] == ["SRM+SVM", "Proposed CNN"]
    for row in rows:
        assert float(row["Pixel AUC"].split()[0]) > 80
        assert float(row["Found"].split()[0]) > 30 > float(row["False alarms"].split()[0])
    assert "of 1 splits" in record["CNN over SVM, points"]["noise-2.0, Pixel AP"]
    variants = ["words", "readout", "codebook", "filters", "words-cnn"]
    done = run(devices, tmp_path, "--tasks", "noise-2.0", "--models", *variants)
    assert done.returncode == 0, done.stderr
    (row,), _ = table(tmp_path)
    assert len(row) == 1 + len(variants)  # the paper has no number for them
    assert all(float(cell.split()[0]) > 70 for cell in list(row.values())[1:])
    done = run(devices, tmp_path, "--maps", "--resave", "90")
    assert done.returncode != 0 and "--maps does not go with" in done.stderr
