import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.ensemble import RandomForestRegressor
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVR

from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import load_model, save_model

pytest.importorskip("skops")
pytest.importorskip("safetensors")

sys.path.insert(0, str(Path(__file__).parent))
from saved_models import FIRST, IMAGES, assert_same_bits  # noqa: E402

OLD = SVR(C=7.0)


@pytest.fixture
def path(tmp_path):
    save_model(OLD, tmp_path / "saved.model")
    return tmp_path / "saved.model"


class OwnScaler(StandardScaler):
    """An estimator that neither package knows."""


def a_factory(input_shape, n_outputs):
    raise AssertionError("not called")


def modules():
    torch = pytest.importorskip("torch")
    return [torch.nn.Linear(3, 1), torch.nn.Linear, a_factory, lambda **_: None]


@pytest.mark.parametrize("index", range(4))
def test_layers_that_are_code_are_not_saved(index, path):
    nested = HyperImageRegressor(final_estimator=CNNRegressor(modules()[index]))
    with pytest.raises(TypeError, match="layers of a CNNRegressor are code.*in the notation"):
        save_model(nested, path)
    assert load_model(path).C == OLD.C


@pytest.mark.parametrize(
    ("unsavable", "message"),
    [
        (FunctionTransformer(a_factory), r"test_what_is_saved\.a_factory"),
        (FunctionTransformer(lambda x: x), r"<lambda>"),
        (CNNRegressor(FIRST, callbacks=[OwnScaler()]), r"test_what_is_saved\.OwnScaler"),
        (SVR(kernel=np.zeros(3).sum), "method|sum"),
        (SVR(C={None: 1}), "NoneType"),
        (SVR(C={(1, 2): 1}), "tuple"),
        (SVR(C=csr_array(np.eye(3))), "scipy.sparse.*csr_array"),
        (SVR(C=(value for value in [1])), "generator"),
        (
            RandomForestRegressor(2).fit(np.eye(4), range(4)),
            r"sklearn\.tree\._tree\.Tree, which load_model does not trust",
        ),
    ],
)
def test_what_could_not_be_loaded_is_not_saved(unsavable, message, path):
    with pytest.raises(TypeError, match=message):
        save_model(unsavable, path)
    assert load_model(path).C == OLD.C
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("no_model", [CNNRegressor, {"a": 1}, None])
def test_only_estimators_are_saved(no_model, path):
    with pytest.raises(TypeError, match="model must be an estimator, got"):
        save_model(no_model, path)


def test_own_types_come_back_where_they_are_trusted_twice(path):
    own = OwnScaler().fit(IMAGES[0])
    name = f"{__name__}.OwnScaler"
    save_model(own, path, trusted=[OwnScaler])
    with pytest.raises(ValueError, match=f"names {name}, "):
        load_model(path)
    for trusted in ([OwnScaler], [name], name, OwnScaler):
        assert_same_bits(own, load_model(path, trusted=trusted), IMAGES[0])


def test_own_trees_come_back_where_they_are_trusted(path):
    forest = RandomForestRegressor(3, random_state=0).fit(IMAGES[0], IMAGES[1, 0])
    trusted = ["sklearn.tree._tree.Tree"]
    save_model(forest, path, trusted=trusted)
    assert_same_bits(forest, load_model(path, trusted=trusted), IMAGES[0])


@pytest.mark.parametrize("trusted", [True, [3]])
def test_trust_is_given_by_name(trusted, path):
    with pytest.raises(TypeError, match=r"trusted must .* types or (of )?their names"):
        load_model(path, trusted=trusted)


@pytest.mark.parametrize("package", ["skops", "safetensors"])
def test_missing_packages_are_named_with_the_extra(package, path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    for call in (lambda: save_model(OLD, path), lambda: load_model(path)):
        with pytest.raises(ImportError, match=r"skops and safetensors: .*\[persistence\]"):
            call()
