"""The script of Table 3, end to end on a miniature CASIA-2 and on photographs forged by it."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from casia2 import make_casia2, save

SCRIPT = Path(__file__).parents[1] / "examples" / "localization_experiments"

QUICK = ["--splits", "1", "--epochs", "1", "1", "1"]


def run(experiment, data, output, *arguments):
    command = [sys.executable, SCRIPT, experiment, "--data", data, "--output", output]
    return subprocess.run([*command, *QUICK, *arguments], capture_output=True, text=True)


def table(experiment, output):
    with open(output / f"localization_{experiment}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("experiment", "masks"),
    [
        ("casia2-random", True),
        ("casia2-source", False),
        ("casia2-random-reencoded", False),
        ("casia2-source-reencoded", True),
    ],
)
def test_every_experiment_on_casia2_runs_and_writes_its_table(experiment, masks, tmp_path, rng):
    make_casia2(tmp_path, rng, n_photographs=24, shape=(96, 128), masks=masks)
    done = run(experiment, tmp_path, tmp_path / "out", "--setting", "small")
    assert done.returncode == 0, done.stderr
    assert "FileFormatWarning" in done.stderr
    rows = table(experiment, tmp_path / "out")
    assert [row["Model"] for row in rows] == [
        "End-to-end CNN", "Markov features + SVM", "Two-stage",
    ]  # fmt: skip
    for row in rows:
        assert 0 <= float(row["Accuracy"].split()[0]) <= 1
    for name in ("Pixel AUC", "Pixel AP"):
        assert 0 <= float(rows[-1][name].split()[0]) <= 1
    if experiment == "casia2-random":
        assert [row["Paper accuracy"] for row in rows] == ["0.752", "0.792", "0.831"]
    record = json.loads((tmp_path / "out" / f"localization_{experiment}.json").read_text("utf-8"))
    assert (record["images"], record["tampered"], record["splits"]) == (72, 48, 1)


@pytest.mark.parametrize(
    "experiment",
    [
        "casia1-scaled",
        pytest.param("casia1", marks=pytest.mark.slow),
        pytest.param("casia1-reencoded", marks=pytest.mark.slow),
    ],
)
def test_first_stages_learn_from_masks_of_casia1(experiment, tmp_path, rng):
    rows = ["file,tampered,mask,host,donor,group"]
    for number in range(24):
        pixels = np.kron(rng.integers(0, 256, (8, 12, 3)), np.ones((8, 8, 1))).astype(np.uint8)
        mask, tampered = np.zeros((64, 96), dtype=bool), number % 2
        if tampered:
            mask[16:56, 24:72] = True
            pixels[mask] = rng.integers(0, 256, (mask.sum(), 3))
            save(tmp_path / f"masks/{number}.png", np.uint8(255) * mask)
        save(tmp_path / f"{number}.png", pixels)
        name = f"masks/{number}.png" if tampered else ""
        rows.append(f"{number}.png,{tampered},{name},,,{number // 2}")
    (tmp_path / "index.csv").write_text("\n".join(rows))
    done = run(experiment, tmp_path, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    rows = table(experiment, tmp_path / "out")
    assert [row["Model"] for row in rows[-3:]] == [
        "Two-stage, residuals in masks",
        "Two-stage, residual CNN in masks",
        "Two-stage, error levels in masks",
    ]
    assert (rows[0]["Model"] == "Markov features + SVM") == (experiment == "casia1-scaled")
    assert float(rows[-1]["Pixel AUC"].split()[0]) > 0.7
    record = json.loads((tmp_path / "out" / f"localization_{experiment}.json").read_text("utf-8"))
    assert (record["images"], record["tampered"]) == (24, 12)


@pytest.mark.slow
def test_defects_of_tiles_are_found_by_every_model_and_drawn_by_four(tmp_path, rng):
    rows = ["file,kind,mask,group"]
    for number in range(24):
        pixels = np.clip(rng.normal(128, 8, (64, 72)), 0, 255).astype(np.uint8)
        mask, is_broken = np.zeros((64, 72), dtype=bool), number % 2
        if is_broken:
            mask[24:44, 20:48] = True
            pixels[mask] = rng.integers(0, 60, mask.sum())
            save(tmp_path / f"masks/{number}.png", np.uint8(255) * mask)
        save(tmp_path / f"{number}.png", pixels)
        kind, name = ("break", f"masks/{number}.png") if is_broken else ("free", "")
        rows.append(f"{number}.png,{kind},{name},{number // 2}")
    (tmp_path / "index.csv").write_text("\n".join(rows))
    done = run("magnetic-tiles", tmp_path, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    rows = {row["Model"]: row for row in table("magnetic-tiles", tmp_path / "out")}
    assert list(rows) == [
        "HOG + SVM", "End-to-end CNN", "Two-stage, the default", "Forest of pixels",
        "Two-stage, masks", "Any patch, masks", "Any patch, masks, or the default",
    ]  # fmt: skip
    drawn = [name for name, row in rows.items() if row["Pixel AUC"]]
    assert drawn == list(rows)[3:]
    assert float(rows["Forest of pixels"]["Pixel AP"].split()[0]) > 0.9


def test_forgeries_are_made_of_photographs_and_a_second_run_computes_nothing(tmp_path, rng):
    for number in range(12):
        pixels = rng.integers(0, 256, size=(256, 384, 3), dtype="uint8")
        save(tmp_path / "photographs" / f"photo{number}.png", pixels)
    tables, n_computed = [], []
    for output in ("first", "second"):
        done = run(
            "made-forgeries", tmp_path / "photographs", tmp_path / output,
            "--store", tmp_path / "store",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        tables.append(table("made-forgeries", tmp_path / output))
        n_computed.append(done.stderr.count("1 of 1 splits"))
    assert tables[0] == tables[1]
    assert n_computed == [3, 0]
    assert len(list((tmp_path / "store").rglob("split-*.npz"))) == 3


@pytest.mark.slow
def test_the_networks_of_the_paper_run(tmp_path, rng):
    make_casia2(tmp_path, rng, n_photographs=24, shape=(96, 128))
    done = run("casia2-random", tmp_path, tmp_path / "out")
    assert done.returncode == 0, done.stderr


def test_data_that_are_not_there_are_named(tmp_path):
    done = run("casia2-random", tmp_path, tmp_path)
    assert done.returncode != 0
    assert "'Au'" in done.stderr
