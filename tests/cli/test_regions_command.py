"""python -m sk_hyperimage regions: the boxes of a folder as a table or as COCO's JSON."""

import csv
import json

import numpy as np
import pytest
from skimage.io import imsave
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from sk_hyperimage.cli import main
from sk_hyperimage.ensemble import PatchPoolingRegressor
from sk_hyperimage.feature_extraction import BrisqueFeatures, PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import save_model

pytest.importorskip("skops")
pytest.importorskip("safetensors")

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model whose score of a patch falls with its brightness, in a file, and a middle score."""
    images = RNG.random((8, 64, 96, 3)) * np.linspace(0.1, 1, 8)[:, None, None, None]
    network = CNNRegressor(
        "Mean FC(1,linear)",
        max_epochs=6,
        learning_rate_init=0.2,
        early_stopping=False,
        random_state=0,
    )
    pooling = PatchPoolingRegressor(network, higher_is_better=True)
    fitted = make_pipeline(PatchExtractor(16, 0), pooling).fit(
        images, -images.mean(axis=(1, 2, 3))
    )
    path = tmp_path_factory.mktemp("models") / "brightness.model"
    save_model(fitted, path)
    dark, bright = fitted.predict(np.stack([np.zeros((64, 96, 3)), np.ones((64, 96, 3))]))
    assert dark > bright
    return str(path), (dark + bright) / 2


@pytest.fixture
def folder(tmp_path):
    """An image with a bright square, one that is dark, and one that is broken."""
    root = tmp_path / "photographs"
    root.mkdir()
    image = np.zeros((64, 96, 3), np.uint8)
    imsave(root / "dark.png", image, check_contrast=False)
    image[16:48, 32:80] = 255
    imsave(root / "bright.png", image, check_contrast=False)
    (root / "torn.png").write_bytes((root / "bright.png").read_bytes()[:50])
    return root


def test_regions_of_a_map_become_boxes_and_broken_images_are_named(
    model, folder, tmp_path, capsys
):
    file, middle = model
    table, coco = tmp_path / "regions.csv", tmp_path / "regions.json"
    for output in (table, coco):
        options = ["-o", str(output), f"--threshold={middle}", "--min-area", "20"]
        assert main(["regions", file, str(folder), *options]) == 1
    said = capsys.readouterr().err
    assert said.count("torn.png: ") == said.count("\n") == 2
    (row,) = csv.DictReader(table.read_text().splitlines())
    box = [int(row[name]) for name in ("row0", "col0", "row1", "col1")]
    assert (
        row["image"] == "bright.png" and row["label"] == "damage" and float(row["score"]) > -middle
    )
    assert np.abs(np.array(box) - [16, 32, 48, 80]).max() <= 8
    read = json.loads(coco.read_text())
    assert [image["file_name"] for image in read["images"]] == ["bright.png", "dark.png"]
    assert len(read["annotations"]) == 1


def test_what_cannot_serve_is_refused(model, folder, tmp_path, capsys):
    plain = make_pipeline(BrisqueFeatures(), Ridge()).fit(RNG.random((4, 16, 16, 3)), [1, 2, 3, 4])
    save_model(plain, tmp_path / "plain.model")
    output = str(tmp_path / "regions.csv")
    for arguments, status, said in (
        ([model[0], str(folder), "-o", output], 2, "give --threshold"),
        ([model[0], str(folder), "-o", "regions.txt"], 2, "--output"),
        ([str(tmp_path / "plain.model"), str(folder), "-o", output], 1, "neither boxes nor"),
    ):
        assert main(["regions", *arguments]) == status
        assert said in capsys.readouterr().err
