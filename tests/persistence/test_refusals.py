import json
import pickle
import sys
import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path

import joblib
import numpy as np
import pytest

from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import load_model, save_model

pytest.importorskip("skops")
pytest.importorskip("safetensors")

sys.path.insert(0, str(Path(__file__).parent))
from file_forging import attributes, forge, members_of  # noqa: E402
from saved_models import FAST, FIRST, IMAGES, SCORES  # noqa: E402


class Trace:
    """Unpickled, it would leave a file where it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.fixture(scope="module")
def model():
    return CNNRegressor(FIRST, **FAST).fit(IMAGES, SCORES)


@pytest.fixture(scope="module")
def content(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "saved.model"
    save_model(model, path)
    return path.read_bytes()


@pytest.fixture
def path(content, tmp_path):
    (tmp_path / "saved.model").write_bytes(content)
    return tmp_path / "saved.model"


# What is no file of ours


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(pickle.dumps(Trace(path.with_name("trace")), protocol=2)),
        lambda path: joblib.dump(Trace(path.with_name("trace")), path),
        lambda path: joblib.dump(Trace(path.with_name("trace")), path, compress=True),
    ],
    ids=["pickle", "joblib", "compressed joblib"],
)
def test_pickles_are_refused_and_not_run(write, tmp_path):
    path = tmp_path / "model.pkl"
    write(path)
    with pytest.raises(ValueError, match=r"model\.pkl' was not written by save_model\. Pickles"):
        load_model(path)
    assert not (tmp_path / "trace").exists()


def saved_by_torch(path):
    torch = pytest.importorskip("torch")
    torch.save({"weight": Trace(path.with_name("trace"))}, path)


def saved_by_numpy(path):
    with path.open("wb") as file:
        np.savez(file, weight=np.zeros(3))


@pytest.mark.parametrize(
    "write",
    [
        saved_by_torch,
        saved_by_numpy,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("no model"),
        lambda path: path.write_bytes(b"PK\x05\x06" + bytes(18)),
    ],
    ids=["torch", "npz", "empty", "text", "empty zip"],
)
def test_other_files_are_refused(write, tmp_path):
    path = tmp_path / "other"
    write(path)
    with pytest.raises(ValueError, match=r"other' (was|is damaged, or was) not written by"):
        load_model(path)
    assert not (tmp_path / "trace").exists()


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        load_model(tmp_path / "absent")


# Damage


def test_truncated_files_are_refused(content, path):
    for length in {*range(0, len(content), len(content) // 97), *range(1, 80), len(content) - 1}:
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"saved\.model'"):
            load_model(path)


def test_a_flipped_bit_is_found_or_changes_nothing(content, model, path):
    rng = np.random.default_rng(0)
    n_found = 0
    for place in rng.integers(len(content), size=150):
        flipped = bytearray(content)
        flipped[place] ^= 1 << rng.integers(8)
        path.write_bytes(flipped)
        try:
            loaded = load_model(path)
        except ValueError as error:
            assert "saved.model" in str(error)
            n_found += 1
        else:
            assert joblib.hash(loaded) == joblib.hash(model)
    assert n_found > 100


# Code


def names_function(module, name):
    def change(schema):
        attributes(schema)["layers"] = {
            "__class__": name, "__module__": module, "__loader__": "FunctionNode", "__id__": 1
        }  # fmt: skip

    return change


def makes_object(module, name, loader="ObjectNode"):
    def change(schema):
        arguments = {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode"}
        arguments |= {"__id__": 1, "content": []}
        attributes(schema)["layers"] = {
            "__class__": name, "__module__": module, "__loader__": loader, "__id__": 2,
            "content": arguments,
        }  # fmt: skip

    return change


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (names_function("os", "system"), "os.system"),
        (names_function("builtins", "eval"), "builtins.eval"),
        (names_function("numpy", "load"), "numpy.load"),
        (makes_object("subprocess", "Popen"), "subprocess.Popen"),
        (makes_object("os", "system", "ConstructorFromReduceNode"), "os.system"),
        (makes_object("sklearn.tree._tree", "Tree"), "sklearn.tree._tree.Tree"),
        (makes_object("a_module_of_theirs", "Model"), "a_module_of_theirs.Model"),
    ],
)
def test_unknown_types_and_functions_are_named_and_not_imported(change, name, path, monkeypatch):
    (path.parent / "a_module_of_theirs.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(path.parent)
    forge(path, schema=change)
    with pytest.raises(ValueError, match=rf"saved\.model' names {name}, .* does not trust"):
        load_model(path)


@pytest.mark.parametrize(
    "loader", ["MethodNode", "OperatorFuncNode", "PartialNode", "SparseMatrixNode", "CachedNode"]
)
def test_nodes_that_call_or_decompress_are_refused_whatever_is_trusted(loader, path):
    def change(schema):
        attributes(schema)["layers"] |= {
            "__loader__": loader, "__class__": "call", "__module__": "operator"
        }  # fmt: skip

    forge(path, schema=change)
    with pytest.raises(ValueError, match=rf"cannot hold operator\.call \({loader}\)"):
        load_model(path, trusted=["operator.call"])


def test_older_and_less_strict_nodes_are_refused(path):
    forge(path, schema=lambda schema: schema.update(protocol=1))
    with pytest.raises(ValueError, match="protocol 1 of skops is too old"):
        load_model(path)


# Memory and time


def compressed(parts):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b" " * 10**8)
    parts["structure.skops"] = buffer.getvalue()


def larger_than_it_is(parts):
    inner = bytearray(parts["structure.skops"])
    place = inner.rindex(b"PK\x01\x02")
    inner[place + 20 : place + 28] = b"\xf0\xff\xff\x7f" * 2  # both sizes in the directory
    parts["structure.skops"] = bytes(inner)


def nested_lists(parts):
    inner = members_of(parts["structure.skops"])
    inner["schema.json"] = b"[" * 10**6
    parts["structure.skops"] = archive(inner)


def archive(members):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return buffer.getvalue()


def huge_array(parts):
    inner = members_of(parts["structure.skops"])
    schema = json.loads(inner["schema.json"])
    shape = "{'descr': '<f8', 'fortran_order': False, 'shape': (9000000000000000,), }\n"
    inner["huge.npy"] = b"\x93NUMPY\x01\x00" + len(shape).to_bytes(2, "little") + shape.encode()
    attributes(schema)["layers"] = {
        "__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode",
        "__id__": 1, "type": "numpy", "file": "huge.npy",
    }  # fmt: skip
    inner["schema.json"] = json.dumps(schema).encode()
    parts["structure.skops"] = archive(inner)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (compressed, "compressed"),
        (larger_than_it_is, "more bytes than the file has"),
        (nested_lists, "recursion"),
        (lambda parts: parts.update({"../../evil": b""}), r"its members are .*evil"),
    ],
)
def test_bombs_and_paths_are_refused(change, message, path):
    forge(path, members=change)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=rf"(?s)saved\.model'.*{message}"):
            load_model(path)
        assert tracemalloc.get_traced_memory()[1] < 5e7
    finally:
        tracemalloc.stop()
    assert sorted(path.parent.iterdir()) == [path]


def test_arrays_that_claim_any_size_are_refused(path):
    forge(path, members=huge_array)
    with pytest.raises(ValueError, match=r"saved\.model'"):
        load_model(path)


def test_members_of_one_name_are_refused(path):
    with zipfile.ZipFile(path, "a") as opened, pytest.warns(UserWarning, match="Duplicate"):
        opened.writestr("header.json", b"{}")
    with pytest.raises(ValueError, match="share a name"):
        load_model(path)


def test_trees_that_name_their_own_branches_are_refused(path):
    def double(schema):
        def branch(index, content):
            return {
                "__class__": "list", "__module__": "builtins", "__loader__": "ListNode",
                "__id__": index, "content": content,
            }  # fmt: skip

        tree = branch(1, [])
        for index in range(2, 60):
            tree = branch(index, [tree, {"__id__": index - 1}])
        attributes(schema)["layers"] = tree

    forge(path, schema=double)
    with pytest.raises(ValueError, match="is there twice and differs"):
        load_model(path)


# Weights


def without_one(arrays):
    arrays.popitem()


def with_another(arrays):
    arrays["7.bias"] = np.zeros(3, dtype=np.float32)


def in_another_shape(arrays):
    arrays["0.layers.0.conv.weight"] = np.zeros((5, 1, 3, 3), dtype=np.float32)


def in_another_type(arrays):
    arrays["0.layers.0.conv.weight"] = arrays["0.layers.0.conv.weight"].astype(np.float64)


def in_half_precision(arrays):
    arrays.update({name: array.astype(np.float16) for name, array in arrays.items()})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_one, "0.layers"),
        (with_another, r"no network has the weights \['7.bias'\]"),
        (in_another_shape, r"\(5, 1, 3, 3\) at 'layers.0.conv.weight', .* \(4, 1, 3, 3\)"),
        (in_another_type, r"\['float32', 'float64'\], not"),
        (in_half_precision, r"\['float16'\], not float32 or float64"),
    ],
)
def test_weights_that_do_not_fit_the_layers_are_refused(change, message, path):
    forge(path, tensors=change)
    with pytest.raises(ValueError, match=rf"saved\.model'.*{message}"):
        load_model(path)


def test_layers_that_do_not_fit_the_weights_are_refused_before_memory_is_spent(path):
    def change(schema):
        layers = "FC(30000) FC(30000) FC(1,linear)"
        for name in ("layers", "fitted_layers_"):
            attributes(schema)[name]["content"] = json.dumps(layers)

    forge(path, schema=change)
    with pytest.raises(ValueError, match=r"saved\.model'.*differ: \['layers\.0\.conv"):
        load_model(path)
