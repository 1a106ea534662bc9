"""python -m sk_hyperimage: a row for every image, reasons for those without, refusals by name."""

import csv
import json
import pickle
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from skimage.io import imsave
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from sk_hyperimage.cli import main
from sk_hyperimage.ensemble import AcceptanceClassifier, PatchPoolingRegressor, TiledRegressor
from sk_hyperimage.feature_extraction import BrisqueFeatures, PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import save_model

pytest.importorskip("skops")
pytest.importorskip("safetensors")

sys.path.insert(0, str(Path(__file__).parents[1] / "persistence"))
from file_forging import forge  # noqa: E402

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, size=(12, 24, 30, 3), dtype=np.uint8)
SCORES = np.linspace(1, 5, 12)


@pytest.fixture(scope="module")
def patch_model():
    on_patches = CNNRegressor("C(2) MP(16) FC(1,linear)", max_epochs=1, random_state=0)
    model = PatchPoolingRegressor(on_patches, higher_is_better=False)
    return make_pipeline(PatchExtractor(16), model).fit(IMAGES, SCORES)


@pytest.fixture(scope="module")
def saved(patch_model, tmp_path_factory):
    """Model files by what they predict."""
    plain = make_pipeline(BrisqueFeatures(), Ridge()).fit(IMAGES, SCORES)
    labels = make_pipeline(BrisqueFeatures(), LogisticRegression(max_iter=9))
    with pytest.warns(match="failed to converge"):
        labels.fit(IMAGES, np.repeat(["bad", "good"], 6))
    models = {
        "scores": patch_model,
        "numbers": plain,
        "labels": labels,
        "decisions": AcceptanceClassifier(FrozenEstimator(patch_model)).fit(IMAGES, SCORES > 3),
        "tiled": TiledRegressor(clone(patch_model), (24, 30)).fit(IMAGES, SCORES),
        "unfitted": BrisqueFeatures(),
    }
    folder = tmp_path_factory.mktemp("models")
    for name, model in models.items():
        save_model(model, folder / f"{name}.model")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two images, and what cannot be scored: no image, a cut one, a tiny one, a gray one."""
    root = tmp_path_factory.mktemp("photographs")
    (root / "b" / "c").mkdir(parents=True)
    imsave(root / "a.png", IMAGES[0], check_contrast=False)
    imsave(root / "b" / "c" / "b.PNG", IMAGES[1], check_contrast=False)
    imsave(root / "tiny.png", IMAGES[0, :9, :9], check_contrast=False)
    imsave(root / "gray.png", IMAGES[0, ..., 0], check_contrast=False)
    (root / "text.jpg").write_text("no image")
    (root / "cut.png").write_bytes((root / "a.png").read_bytes()[:500])
    (root / "notes.txt").write_text("none")
    return root


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_every_image_has_a_row_with_its_score_or_the_reason(saved, folder, patch_model, tmp_path):
    table = tmp_path / "scores.csv"
    status = main(["predict", str(saved / "scores.model"), str(folder), "-o", str(table)])
    found = {row["file"]: row for row in rows(table)}
    assert list(found) == ["a.png", "b/c/b.PNG", "cut.png", "gray.png", "text.jpg", "tiny.png"]
    assert float(found["a.png"]["score"]) == patch_model.predict(IMAGES[:1])[0]
    assert float(found["b/c/b.PNG"]["score"]) == patch_model.predict(IMAGES[1:2])[0]
    assert not found["a.png"]["problem"]
    reasons = {
        "cut.png": "cannot be read as an image",
        "gray.png": "X has 1 channels, but PatchExtractor is expecting 3",
        "text.jpg": "cannot be read as an image: cannot identify",
        "tiny.png": "9 x 9 pixels is smaller than a patch",
    }
    for name, reason in reasons.items():
        assert reason in found[name]["problem"]
        assert not found[name]["score"]
    assert status == 1


def test_images_without_problems_end_with_status_0(saved, folder, capsys):
    assert main(["predict", str(saved / "labels.model"), str(folder / "b")]) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header == "file,label,probability_bad,probability_good,problem"
    name, label, bad, good, problem = row.split(",")
    assert (name, problem) == ("c/b.PNG", "")
    assert label == ("good" if float(good) > float(bad) else "bad")
    assert float(bad) + float(good) == pytest.approx(1)


def test_a_threshold_accepts_in_the_direction_that_the_model_keeps(saved, folder, tmp_path):
    table, model = tmp_path / "scores.csv", str(saved / "scores.model")
    assert main(["predict", model, str(folder), "-o", str(table), "--threshold=-1e9"]) == 1
    assert rows(table)[0]["accepted"] == "False"  # lower is better
    assert main(["predict", model, str(folder), "-o", str(table), "--threshold", "1e9"]) == 1
    assert [row["accepted"] for row in rows(table)] == ["True", "True", "", "", "", ""]


@pytest.mark.parametrize("name", ["scores", "decisions", "tiled"])
def test_maps_are_pictures_in_the_same_folders(name, saved, folder, tmp_path):
    pytest.importorskip("matplotlib")
    given = ["-o", str(tmp_path / "table.csv"), "--maps", str(tmp_path / "maps")]
    assert main(["predict", str(saved / f"{name}.model"), str(folder), *given]) == 1
    maps = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.png"))
    assert maps == [Path("maps", "a.png.png"), Path("maps", "b", "c", "b.PNG.png")]


def test_info_says_what_a_model_takes_and_predicts(saved, capsys):
    assert main(["info", str(saved / "scores.model")]) == 0
    said = capsys.readouterr().out
    assert "PatchExtractor > PatchPoolingRegressor" in said
    assert "images of 3 channels, of 16 x 16 pixels and more" in said
    assert "scores, in training from 1 to 5; lower is better" in said
    assert "sk-hyperimage 0" in said and "scikit-learn 1" in said
    for name, expected in {
        "numbers": "numbers, whose range and direction it does not keep",
        "labels": "labels bad or good, with probabilities",
        "decisions": "from a score of",
    }.items():
        assert main(["info", str(saved / f"{name}.model")]) == 0
        assert expected in capsys.readouterr().out


# What is refused, by name and with a status of its own.


def aged(path):
    forge(path, header=lambda header: header["versions"].update({"scikit-learn": "0.1"}))


def of_later_format(path):
    forge(path, header=lambda header: header.update(format_version=99))


def pickled(path):
    path.write_bytes(pickle.dumps(Ridge()))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (Path.unlink, "No such file or directory: '.*scores.model'"),
        (pickled, "scores.model' was not written by save_model. Pickles and joblib dumps are"),
        (of_later_format, "scores.model' is of format 99"),
        (aged, r"scores.model' was saved with scikit-learn 0\.1, and this is .* --any-version"),
    ],
)
def test_models_that_cannot_be_trusted_are_refused(
    spoil, message, saved, folder, tmp_path, capsys
):
    path, table = tmp_path / "scores.model", tmp_path / "scores.csv"
    path.write_bytes((saved / "scores.model").read_bytes())
    spoil(path)
    assert main(["predict", str(path), str(folder), "-o", str(table)]) == 2
    capsys_match(capsys, message)
    assert not table.exists()


def test_a_model_of_another_version_serves_who_asks_for_it(saved, folder, tmp_path, capsys):
    path = tmp_path / "scores.model"
    path.write_bytes((saved / "scores.model").read_bytes())
    aged(path)
    with pytest.warns(match="was saved with scikit-learn"):
        assert main(["predict", str(path), str(folder / "b"), "--any-version"]) == 0
    with pytest.warns(match="was saved with scikit-learn"):
        assert main(["info", str(path)]) == 0
    assert "beware" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "holds no image"),
        (["a.txt", "b.csv", ".hidden.png"], "holds no image"),
        (None, "nowhere' is not a folder"),
    ],
    ids=["empty", "text files", "missing"],
)
def test_folders_without_images_are_refused(names, message, saved, tmp_path, capsys):
    folder = tmp_path / "nowhere"
    if names is not None:
        folder.mkdir()
        for name in names:
            (folder / name).write_text("text")
    assert main(["predict", str(saved / "scores.model"), str(folder)]) == 2
    capsys_match(capsys, f"nowhere.*{message}" if names is not None else message)


@pytest.mark.parametrize(
    ("model", "given", "message"),
    [
        ("numbers", ["--threshold", "3"], "numbers.model' does not keep the direction"),
        ("labels", ["--threshold", "3"], "labels.model' predicts labels"),
        ("numbers", ["--maps", "maps"], "numbers.model' predicts no patches"),
        ("unfitted", [], "unfitted.model' does not predict"),
        ("scores", ["-o", "no/where.csv"], "No such file or directory: 'no/where.csv'"),
    ],
)
def test_what_a_model_cannot_answer_is_refused(model, given, message, saved, folder, capsys):
    assert main(["predict", str(saved / f"{model}.model"), str(folder), *given]) == 2
    capsys_match(capsys, message)


def test_maps_inside_the_folder_are_refused(saved, folder, capsys):
    given = [str(saved / "scores.model"), str(folder), "--maps", str(folder / "maps")]
    assert main(["predict", *given]) == 2
    capsys_match(capsys, "--maps: .*whose images would include maps")


@pytest.mark.parametrize("number", ["nan", "inf", "high"])
def test_thresholds_that_are_no_numbers_are_refused(number, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["predict", "a.model", "folder", "--threshold", number])
    capsys_match(capsys, f"argument --threshold: .*'{number}'")


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from sk_hyperimage.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'sklearn', 'numpy'} & set(sys.modules)), file=sys.stderr)"
    )
    helped = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "info" in helped.stdout and json.loads(helped.stderr.replace("'", '"')) == []


def test_the_package_is_a_program_whose_status_the_shell_gets(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["sk_hyperimage", "predict", "no.model", str(tmp_path)])
    with pytest.raises(SystemExit, match="2"):
        runpy.run_module("sk_hyperimage", run_name="__main__")
    capsys_match(capsys, "^sk_hyperimage: root=.* holds no image")


def capsys_match(capsys, message):
    said = capsys.readouterr()
    assert not said.out
    assert re.search(message, said.err)
