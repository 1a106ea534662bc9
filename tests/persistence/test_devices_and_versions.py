import json
import sys
from copy import deepcopy
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import sklearn

import sk_hyperimage
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import load_model, save_model

pytest.importorskip("skops")
pytest.importorskip("safetensors")

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from file_forging import attributes, forge, name_of, nodes  # noqa: E402
from make_format_2 import waves  # noqa: E402
from saved_models import FAST, FIRST, IMAGES, SCORES, assert_same_bits, brisque, two_steps  # noqa: E402

ABSENT = "cuda:99"


@pytest.fixture(scope="module")
def model():
    return CNNRegressor(FIRST, **FAST, device="cpu").fit(IMAGES, SCORES)


@pytest.fixture
def path(model, tmp_path):
    save_model(model, tmp_path / "saved.model")
    return tmp_path / "saved.model"


def test_a_device_that_is_absent_becomes_auto_and_says_so(model, path):
    model = deepcopy(model).set_params(device=ABSENT)
    save_model(model, path)
    with pytest.warns(UserWarning, match="'cuda:99', which this machine lacks.*'auto'") as w:
        loaded = load_model(path)
    assert len(w) == 1
    assert w[0].filename == __file__
    assert loaded.device == "auto"
    assert_same_bits(model.set_params(device="cpu"), loaded.set_params(device="cpu"))


def test_every_network_computes_where_it_is_told_to(path):
    model = two_steps()
    first, second = model[2].patch_estimator_, model[3]
    first.device, second.device = ABSENT, "cuda"
    save_model(model, path)
    loaded = load_model(path, device="cpu")
    assert {
        loaded[2].patch_estimator.device,
        loaded[2].patch_estimator_.device,
        loaded[3].device,
    } == {"cpu"}
    first.device = second.device = "cpu"
    assert_same_bits(model, loaded)


def test_devices_that_are_there_stay(model, path):
    assert load_model(path).device == "cpu"
    assert load_model(path, device="auto").device == "auto"


@pytest.mark.parametrize(
    ("device", "message"), [(ABSENT, " is not on this"), ("gpu", ": torch knows no such")]
)
def test_devices_that_cannot_be_had_are_refused(device, message, path):
    with pytest.raises(ValueError, match=f"device='{device}'{message}"):
        load_model(path, device=device)


def set_version(package, version):
    def change(header):
        header["versions"][package] = version

    return change


def test_headers_hold_the_versions(path):
    headers = []
    forge(path, header=headers.append)
    assert headers[0]["format_version"] == 2
    versions = headers[0]["versions"]
    assert versions["sk-hyperimage"] == sk_hyperimage.__version__
    assert versions["scikit-learn"] == sklearn.__version__
    assert {"torch", "numpy"} <= set(versions)


@pytest.mark.parametrize("package", ["sk-hyperimage", "scikit-learn"])
def test_another_version_is_warned_of(package, model, path):
    forge(path, header=set_version(package, "0.0.7"))
    with pytest.warns(UserWarning, match=rf"saved.model' was saved with {package} 0\.0\.7, ") as w:
        loaded = load_model(path)
    assert w[0].filename == __file__
    assert_same_bits(model, loaded)


def test_another_version_of_scikit_learn_is_warned_of_once_for_all_its_estimators(path):
    save_model(brisque(), path)
    content = path.read_bytes()
    forge(path, header=set_version("scikit-learn", "0.1"), schema=age)
    assert path.read_bytes() != content
    with pytest.warns(UserWarning) as caught:
        load_model(path)
    assert len(caught) == 1


def age(schema):
    text = json.dumps(schema)
    quoted = json.dumps(json.dumps(sklearn.__version__))
    assert text.count(quoted) == 3
    schema.update(json.loads(text.replace(quoted, json.dumps('"0.1"'))))


def test_warnings_of_versions_can_be_errors(path):
    forge(path, header=set_version("scikit-learn", "0.1"))
    with pytest.raises(UserWarning, match=r"scikit-learn 0\.1"):
        load_model(path)


@pytest.mark.parametrize("version", [0, 1, 3, "2", None])
def test_another_format_is_refused(version, path):
    def change(header):
        header["format_version"] = version
        header["versions"]["sk-hyperimage"] = "3.0"

    forge(path, header=change)
    message = rf"saved.model' is of format {version}, written by sk-hyperimage 3\.0; .* reads form"
    with pytest.raises(ValueError, match=message):
        load_model(path)


def test_parameters_younger_than_a_file_have_their_defaults(model, path):
    def forget(schema):
        for name in ("precision", "batch_by"):
            attributes(schema).pop(name)
        types = schema["content"]["key_types"]["content"]
        del types[-2:]  # all are strings

    forge(path, schema=forget)
    loaded = load_model(path)
    assert loaded.get_params() == model.get_params()
    assert_same_bits(model, loaded)


def name_privately(schema):
    """Name all types by the modules that define them, as format 1 did."""
    for part in nodes(schema):
        if part["__module__"].startswith("sk_hyperimage."):
            kind = getattr(import_module(part["__module__"]), part["__class__"])
            part["__module__"] = kind.__module__


def test_files_of_format_1_are_refused_with_what_to_do(path):
    def set_format(header):
        header["format_version"] = 1
        header["versions"]["sk-hyperimage"] = "0.1.0.dev0"

    save_model(two_steps(), path)
    forge(path, header=set_format, schema=name_privately)
    message = (
        r"saved.model' is of format 1, written by sk-hyperimage 0\.1\.0\.dev0; sk-hyperimage .* "
        r"reads format 2\. Load it with the version that wrote it, or fit the model again"
    )
    with pytest.raises(ValueError, match=message):
        load_model(path)


def test_files_name_public_types_and_outlive_a_move(path, monkeypatch):
    model = two_steps()
    save_model(model, path)
    schemas = []
    forge(path, schema=schemas.append)
    ours = {name for name in map(name_of, nodes(schemas[0])) if name.startswith("sk_hyperimage.")}
    assert ours == {
        "sk_hyperimage.feature_extraction.HyperImageEncoder",
        "sk_hyperimage.feature_extraction.PatchExtractor",
        "sk_hyperimage.images.Grid",
        "sk_hyperimage.neural_network.CNNRegressor",
        "sk_hyperimage.preprocessing.LocalContrastNormalizer",
    }
    monkeypatch.setattr(CNNRegressor, "__module__", "sk_hyperimage.neural_network._elsewhere")
    assert_same_bits(model, load_model(path))


def test_private_names_are_not_trusted(path):
    forge(path, schema=name_privately)
    with pytest.raises(ValueError, match=r"names sk_hyperimage\.neural_network\._regressor\.CNN"):
        load_model(path)


@pytest.mark.filterwarnings("ignore:the file .* was saved with:UserWarning")
def test_files_of_format_2_are_read():
    # Written by make_format_2.py when the format was new; later versions go on reading it.
    model = load_model(HERE / "format_2.model", device="cpu")
    expected = json.loads((HERE / "format_2.json").read_text())
    np.testing.assert_allclose(model.predict(waves([0.2, 0.5, 0.8])), expected, rtol=1e-3)
