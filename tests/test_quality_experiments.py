"""The script of Table 2, end to end on miniature copies of its data."""

import csv
import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat
from skimage.data import astronaut
from skimage.io import imsave
from skimage.metrics import peak_signal_noise_ratio

SCRIPT = Path(__file__).parents[1] / "examples" / "quality_experiments"
REFERENCES = 5
QUICK = ["--splits", "1", "--epochs", "1", "1", "--patches", "2", "--words", "20"]


def save_image(path, rng, shape=(64, 80, 3)):
    path.parent.mkdir(parents=True, exist_ok=True)
    imsave(path, rng.integers(0, 256, size=shape, dtype=np.uint8), check_contrast=False)


def tid2013(root, rng, shape, kinds=range(1, 25)):
    """One image of every reference and kind, alternately of two levels."""
    lines = []
    for reference in range(1, REFERENCES + 1):
        save_image(root / "reference_images" / f"I{reference:02}.BMP", rng, shape)
        for kind in kinds:
            name = f"i{reference:02}_{kind:02}_{1 + reference % 2}.bmp"
            save_image(root / "distorted_images" / name, rng, shape)
            lines.append(f"{rng.uniform(1, 7):.5f} {name}")
    (root / "mos_with_names.txt").write_text("\n".join(lines))


def live(root, rng):
    """Five folders, in each of them every reference, in the first as it is.

    There is one reference more than elsewhere: five folds calibrate a classifier of kinds.
    """
    references = range(1, REFERENCES + 2)
    names, orgs = [], []
    for folder in ("jp2k", "jpeg", "wn", "gblur", "fastfading"):
        for number in references:
            save_image(root / folder / f"img{number}.bmp", rng)
            names.append(f"photo{number}.bmp")
            orgs.append(folder == "jp2k")
    for number in references:
        pristine = root / "jp2k" / f"img{number}.bmp"
        (root / "refimgs").mkdir(exist_ok=True)
        (root / "refimgs" / f"photo{number}.bmp").write_bytes(pristine.read_bytes())
    scores = rng.uniform(0, 90, size=(1, len(names)))
    savemat(root / "dmos_realigned.mat", {"dmos_new": scores, "orgs": np.array([orgs], float)})
    cells = np.array(names, dtype=object)[np.newaxis]
    savemat(root / "refnames_all.mat", {"refnames_all": cells})


def photographs(root, rng, shape=(170, 200, 3)):
    for number in range(REFERENCES):
        save_image(root / f"photo{number}.png", rng, shape)


def subset(root, rng):
    rows = ["image,reference,distortion,dmos,mapping"]
    for reference in range(REFERENCES):
        save_image(root / "references" / f"photo{reference}.png", rng, (512, 520, 3))
        for kind in ("jpeg", "blur"):
            save_image(root / kind / f"photo{reference}.png", rng, (512, 520, 3))
            score = f"{rng.uniform(0, 90):.2f}"
            name = f"photo{reference}.png"
            rows.append(f"{kind}/{name},references/{name},{kind},{score},verified-sequence")
    (root / "labels.csv").write_text("\n".join(rows))


def challenge(root, rng):
    rows = ["file,mos,mos_std"]
    for number in range(10):
        save_image(root / "images" / f"{number}.png", rng, (160, 160, 3))
        rows.append(f"images/{number}.png,{rng.uniform(0, 100):.2f},10.0")
    (root / "labels.csv").write_text("\n".join(rows))


def kodak(root, rng):
    (root / "photographs").mkdir(parents=True)
    small = rng.integers(0, 256, size=(24, 6, 8, 3), dtype=np.uint8)
    for number, pixels in enumerate(small, start=1):
        photograph = np.kron(pixels, np.ones((64, 64, 1), np.uint8))
        imsave(root / "photographs" / f"{number:02}.png", photograph)
    names = itertools.product(range(1, 26), range(1, 25), range(1, 6))
    lines = [f"{rng.uniform(1, 7):.5f} I{name[0]:02}_{name[1]:02}_{name[2]}.bmp" for name in names]
    (root / "scores.txt").write_text("\n".join(lines))


DATA = {
    "live": live,
    "tid-selection": lambda root, rng: tid2013(root, rng, (272, 272, 3), kinds=(1, 14)),
    "tid-4": lambda root, rng: tid2013(root, rng, (272, 272, 3), kinds=(1, 8)),
    "tid-6": lambda root, rng: tid2013(root, rng, (272, 272, 3), kinds=(1, 15)),
    "tid-24": lambda root, rng: tid2013(root, rng, (272, 272, 3)),
    "end-to-end": lambda root, rng: tid2013(root, rng, (384, 512, 3), kinds=(1, 8)),
    "vgg": lambda root, rng: tid2013(root, rng, (272, 272, 3), kinds=(1, 8)),
    "damaged-photographs": photographs,
    "live-challenge": challenge,
    "classical-live-challenge": challenge,
    "classical-damaged": photographs,
    "live-subset": subset,
    "live-subset-verified": subset,
    "tid-like-pattern": kodak,
    "survey-damaged": photographs,
    "survey-live-challenge": challenge,
    "survey-live-subset": subset,
    "local-damage": lambda root, rng: photographs(root, rng, (260, 270, 3)),
}

# Of experiments that differ in their data alone, one is quick enough for every run; that on
# damaged photographs is run by the test of what happens after an interruption.
SLOW = {
    "classical-live-challenge", "classical-damaged", "live", "tid-selection", "tid-4", "tid-24",
    "end-to-end", "vgg", "live-subset", "live-subset-verified", "damaged-photographs",
    "tid-like-pattern", "local-damage", "survey-damaged", "survey-live-challenge",
    "survey-live-subset",
}  # fmt: skip


def run(experiment, data, output, *arguments):
    if "tid-like" in experiment:
        arguments = [*arguments, "--scores", data / "scores.txt"]
        data = data / "photographs"
    command = [sys.executable, SCRIPT, experiment, "--data", data, "--output", output]
    return subprocess.run([*command, *QUICK, *arguments], capture_output=True, text=True)


@pytest.mark.parametrize(
    "experiment",
    [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in DATA],
)
def test_every_experiment_runs_and_writes_its_table(experiment, tmp_path, rng):
    DATA[experiment](tmp_path / "data", rng)
    needs_pristine = experiment.startswith(("classical", "survey"))
    pristine = ["--pristine", tmp_path / "data"] if needs_pristine else []
    done = run(experiment, tmp_path / "data", tmp_path / "out", *pristine)
    assert done.returncode == 0, done.stderr
    with open(
        tmp_path / "out" / f"quality_{experiment}.csv", newline="", encoding="utf-8"
    ) as file:
        rows = list(csv.DictReader(file))
    record = json.loads((tmp_path / "out" / f"quality_{experiment}.json").read_text("utf-8"))
    assert record["splits"] == 1
    assert len(rows) >= 2
    for row in rows:
        assert -1 <= float(row["SROCC"].split()[0]) <= 1
        assert row["Model"] in done.stdout
    if experiment == "tid-6":
        assert [row["Paper SROCC"] for row in rows] == ["0.625", "0.76"]
    if experiment == "live-challenge":
        srocc = {row["Model"]: float(row["SROCC"].split()[0]) for row in rows}
        best = max([row["Model"] for row in rows[:3]], key=srocc.get)
        told = record["SROCC, difference in every split"][f"Two-stage, the default over {best}"]
        gained = srocc["Two-stage, the default"] - srocc[best]
        assert float(told.split()[0]) == pytest.approx(gained, abs=2e-3)


def test_an_experiment_goes_on_where_it_stopped(tmp_path, rng):
    photographs(tmp_path / "data", rng)
    tables = []
    for output in ("first", "second"):
        done = run(
            "damaged-photographs", tmp_path / "data", tmp_path / output,
            "--store", tmp_path / "store",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert ("1 of 1 splits" in done.stderr) == (output == "first")
        tables.append((tmp_path / output / "quality_damaged-photographs.csv").read_text())
    assert tables[0] == tables[1]


def test_images_of_tid2013_are_made_again_with_its_psnr(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPT)
    from resynthesized import RECIPES, of_psnr

    photograph = astronaut()[:128, 100:228]
    for number, name in RECIPES:
        for decibel in (33, 24):
            made = of_psnr(photograph, *RECIPES[number, name], decibel, seed=0)
            found = peak_signal_noise_ratio(photograph, made)
            assert abs(found - decibel) < (1.5 if name in ("jpeg", "pattern") else 0.2), name


@pytest.mark.slow
def test_full_reference_scores_are_compared_with_opinion(tmp_path, rng):
    subset(tmp_path / "data", rng)
    script = SCRIPT / "full_reference.py"
    arguments = ["live-subset", "--data", tmp_path / "data", "--output", tmp_path / "out"]
    done = subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    table = tmp_path / "out" / "full_reference_live-subset.csv"
    with open(table, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["Better"] for row in rows if row["Score"] in ("ssim", "mdsi")] == [
        "higher",
        "lower",
    ]
    for row in rows:
        assert -1 <= float(row["SROCC"]) <= 1


def test_a_shuffled_grid_holds_the_same_cells_in_other_places(monkeypatch, rng):
    monkeypatch.syspath_prepend(SCRIPT)
    from second_stage import shuffled

    hyper_images = rng.random((3, 4, 5, 2))
    moved = shuffled(hyper_images, np.random.default_rng(0))
    assert moved.shape == hyper_images.shape
    for before, after in zip(hyper_images, moved, strict=True):
        cells, others = (each.reshape(20, 2) for each in (before, after))
        assert not np.array_equal(cells, others)
        np.testing.assert_array_equal(np.sort(cells, axis=0), np.sort(others, axis=0))
        assert {tuple(cell) for cell in cells} == {tuple(cell) for cell in others}


@pytest.mark.slow
def test_parts_of_the_second_stage_are_worth_what_it_loses_without_them(tmp_path, rng):
    photographs(tmp_path / "data", rng)
    sizes = ["--data", tmp_path / "data", "--synthetic", "80", "--splits", "2"]
    command = [sys.executable, SCRIPT / "second_stage.py", *sizes, "--store", tmp_path / "store"]
    tables = []
    for output in ("first", "second"):
        done = subprocess.run(
            [*command, "--output", tmp_path / output], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        tables.append((tmp_path / output / "second_stage.csv").read_text("utf-8"))
    assert tables[0] == tables[1]
    rows = list(csv.DictReader(tables[0].splitlines()))
    assert [row["n"] for row in rows] == ["80", "65", "40"]
    for row in rows:
        for other, difference in [
            ("Shuffled grids", "Gain of places"),
            ("Statistics alone", "Gain of covariance"),
        ]:
            gain = float(row["The default"].split()[0]) - float(row[other].split()[0])
            assert float(row[difference].split()[0]) == pytest.approx(gain, abs=2e-3)


@pytest.mark.slow
def test_few_scores_are_learned_from_on_other_photographs(tmp_path, rng):
    for number in range(16):
        save_image(tmp_path / f"photo{number:02}.png", rng, (80, 90, 3))
    sizes = "--scored 10 --unscored 6 --scores 8 16 --size 64 --splits 2 --words 20".split()
    command = [sys.executable, SCRIPT / "few_scores.py", "--data", tmp_path, *sizes]
    done = subprocess.run([*command, "--output", tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with open(tmp_path / "few_scores.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["Model"] for row in rows][::3] == ["BRISQUE", "Two-stage, pre-trained"]
    for row in rows:
        assert list(row)[1:] == ["8 scores", "16 scores"]
        assert -1 <= float(row["16 scores"].split()[0]) <= 1


def test_data_that_are_not_there_are_named(tmp_path):
    done = run("tid-4", tmp_path, tmp_path)
    assert done.returncode != 0
    assert "distorted_images" in done.stderr
