"""Weights given to networks: published layouts, files, fine-tuning, and what is kept on saving."""

import copy
import os
import pickle
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn
from torch.nn import functional

from sk_hyperimage.architectures import KANG2014
from sk_hyperimage.ensemble import PatchPoolingRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.model_selection._fingerprint import describe
from sk_hyperimage.neural_network import (
    CNNClassifier,
    CNNRegressor,
    PatchRanker,
    PretrainedVGG16,
)
from sk_hyperimage.persistence import load_model, save_model
from sk_hyperimage.preprocessing import LocalContrastNormalizer

LAYERS = "C(4) MP(2) FC(8) Drop(0.2) FC(1,linear)"
FAST = {"max_epochs": 2, "random_state": 0}


@pytest.fixture
def images(rng):
    return rng.random((24, 6, 8, 3), dtype=np.float32)


@pytest.fixture
def y(images):
    return 50 + 20 * images.mean(axis=(1, 2, 3))


@pytest.fixture
def trained(images, y):
    return CNNRegressor(LAYERS, **FAST).fit(images, y)


def as_they_are(weights, **parameters):
    return CNNRegressor(LAYERS, initial_weights=weights, max_epochs=0, **parameters)


def assert_same_weights(weights, expected):
    assert list(weights) == list(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(weights[name], array)
        assert weights[name].dtype == array.dtype


# A published layout


class CNNIQA(nn.Module):
    """Kang et al. 2014 in torch, with the names and the order of maxima and minima of CNNIQA."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 50, 7)
        self.fc1 = nn.Linear(100, 800)
        self.fc2 = nn.Linear(800, 800)
        self.fc3 = nn.Linear(800, 1)

    def forward(self, patches):
        maps = self.conv1(patches)
        maxima = functional.adaptive_max_pool2d(maps, 1)
        minima = -functional.adaptive_max_pool2d(-maps, 1)
        described = torch.relu(self.fc1(torch.cat([maxima, minima], dim=1).flatten(1)))
        return self.fc3(torch.relu(self.fc2(described)))


def named_as_kang2014(state):
    """CNNIQA's weights for KANG2014, whose pooling gives minima first."""
    names = {
        "conv1": "layers.0.conv",
        "fc1": "layers.2.dense",
        "fc2": "layers.3.dense",
        "fc3": "layers.5.dense",
    }
    weights = {}
    for name, array in state.items():
        layer, kind = name.split(".")
        weights[f"{names[layer]}.{kind}"] = array
    maxima, minima = np.split(np.asarray(state["fc1.weight"]), 2, axis=1)
    return weights | {"layers.2.dense.weight": np.hstack([minima, maxima])}


def published(state, patches):
    model = CNNRegressor(
        KANG2014, initial_weights=named_as_kang2014(state), max_epochs=0, normalize_y=False
    )
    return model.fit(patches[:2], [0.0, 1.0])


def test_cnniqa_s_weights_give_cnniqa_s_scores(rng):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = CNNIQA().eval()
    patches = rng.normal(size=(40, 32, 32)).astype(np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(patches)[:, None]).numpy()[:, 0]
    assert expected.std() > 1e-3
    model = published(network.state_dict(), patches)
    np.testing.assert_allclose(model.predict(patches), expected, rtol=1e-5, atol=1e-6)
    # The order of the halves matters.
    unswapped = {**model.weights_, "layers.2.dense.weight": network.fc1.weight.detach()}
    other = clone(model).set_params(initial_weights=unswapped).fit(patches[:2], [0.0, 1.0])
    assert np.abs(other.predict(patches) - expected).max() > 1e-3


COPY = os.environ.get("CNNIQA")


@pytest.mark.skipif(COPY is None, reason="CNNIQA names no copy of github.com/lidq92/CNNIQA")
def test_cnniqa_s_published_weights_give_its_published_scores():
    from PIL import Image

    state = torch.load(Path(COPY, "models", "CNNIQA-LIVE"), weights_only=True, map_location="cpu")
    gray = np.asarray(Image.open(Path(COPY, "data", "I03_01_1.bmp")).convert("L"))
    assert gray.shape == (384, 512)
    patches = gray.reshape(12, 32, 16, 32).swapaxes(1, 2).reshape(-1, 32, 32)
    normalizer = LocalContrastNormalizer(window="box", size=3, eps=1.0, padding="symmetric")
    patches = normalizer.fit_transform(patches)
    scores = published(state, patches).predict(patches).reshape(12, 16)
    assert scores.mean() == pytest.approx(18.391077, abs=1e-4)
    # As it cuts patches itself, without the last row and column.
    assert scores[:-1, :-1].mean() == pytest.approx(18.133776, abs=1e-4)


# Where weights come from


FORMS = {
    "arrays": lambda weights, folder: weights,
    "lists": lambda weights, folder: {name: array.tolist() for name, array in weights.items()},
    "state dict": lambda weights, folder: tensors(weights),
    ".npz": lambda weights, folder: np.savez(folder / "weights.npz", **weights),
    ".pt": lambda weights, folder: torch.save(tensors(weights), folder / "weights.pt"),
    ".safetensors": lambda weights, folder: pytest.importorskip("safetensors.numpy").save_file(
        weights, folder / "weights.safetensors"
    ),
}


def tensors(weights):
    return {name: torch.tensor(array) for name, array in weights.items()}


def in_form(form, weights, folder):
    given = FORMS[form](weights, folder)
    return folder / f"weights{form}" if given is None else given


@pytest.mark.parametrize("form", FORMS)
def test_weights_are_used_as_they_are_in_every_form(form, trained, images, y, tmp_path):
    given = in_form(form, trained.weights_, tmp_path)
    model = as_they_are(given).fit(images, y)
    assert_same_weights(model.weights_, trained.weights_)
    np.testing.assert_array_equal(model.predict(images), trained.predict(images))
    assert model.n_iter_ == 0


@pytest.mark.parametrize("form", FORMS)
def test_given_weights_outlast_copies_and_files(form, trained, images, y, tmp_path):
    pytest.importorskip("skops")
    given = in_form(form, trained.weights_, tmp_path)
    model = as_they_are(given).fit(images, y)
    path = tmp_path / "saved.model"
    save_model(model, path)
    for kept in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), load_model(path)):
        for again in (kept, clone(kept).fit(images, y)):
            np.testing.assert_array_equal(again.predict(images), trained.predict(images))
    assert joblib.hash(clone(model)) == joblib.hash(pickle.loads(pickle.dumps(clone(model))))


def test_tensors_are_described_to_a_store_by_what_they_hold(trained):
    one, again = (describe(as_they_are(tensors(trained.weights_))) for _ in range(2))
    assert one == again
    other = tensors(trained.weights_)
    other["layers.0.conv.bias"] += 1
    assert describe(as_they_are(other)) != one


def test_float64_weights_keep_their_digits_where_images_are_float64(trained, images, y):
    fine = {name: array.astype(float) + 1e-12 for name, array in trained.weights_.items()}
    assert_same_weights(as_they_are(fine).fit(images.astype(float), y).weights_, fine)
    coarse = as_they_are(fine).fit(images, y)
    assert {array.dtype for array in coarse.weights_.values()} == {np.dtype("f4")}


def test_a_file_of_a_pretrained_network_is_not_read_where_weights_are_given(rng):
    images = rng.random((8, 8, 8, 3), dtype=np.float32)
    drawn = CNNRegressor("C(4) MP(2) FC(5) FC(1)", max_epochs=0).fit(images, np.arange(8.0))
    weights = {  # VGG-16 standardizes pixels first
        name.replace(f"layers.{index}.", f"layers.{index + 1}."): array
        for name, array in drawn.weights_.items()
        for index in (int(name.split(".")[1]),)
    }
    absent = PretrainedVGG16("IMAGENET1K_V1", "absent.pth", "C(4) MP(2) FC(5) FC(1)")
    model = CNNRegressor(absent, initial_weights=weights, max_epochs=0)
    assert_same_weights(model.fit(images, np.arange(8.0)).weights_, weights)


def test_classifiers_rankers_and_stages_take_weights(images, y):
    labels = (y > np.median(y)).astype(int)
    classifier = CNNClassifier(LAYERS, **FAST).fit(images, labels)
    ranker = PatchRanker("C(4) MP(2) FC(8)", **FAST).fit(images, labels)
    grids = PatchExtractor(2, 0).fit_transform(images)
    pooled = PatchPoolingRegressor(CNNRegressor("FC(4) FC(1)", **FAST)).fit(grids, y)
    for model in (classifier, ranker):
        start = clone(model).set_params(
            initial_weights=model.weights_, max_epochs=0, random_state=1
        )
        start.fit(images, labels)
        assert_same_weights(start.weights_, model.weights_)
    weights = pooled.patch_estimator_.weights_
    start = clone(pooled).set_params(
        patch_estimator__initial_weights=weights, patch_estimator__max_epochs=0
    )
    np.testing.assert_array_equal(start.fit(grids, y).predict(grids), pooled.predict(grids))


# Training from them


def test_training_goes_on_from_given_weights(trained, images, y):
    step = {"max_epochs": 1, "learning_rate_init": 1e-6, "early_stopping": False}
    model = as_they_are(trained.weights_).set_params(**step).fit(images, y)
    for name, array in trained.weights_.items():
        np.testing.assert_allclose(model.weights_[name], array, atol=1e-3)
        assert (model.weights_[name] != array).any()


def test_given_weights_are_kept_where_training_only_makes_them_worse(images, y):
    good = CNNRegressor(LAYERS, max_epochs=100, random_state=0).fit(images, y)
    worse = clone(good).set_params(learning_rate_init=2.0, max_epochs=3)
    worse.set_params(initial_weights=good.weights_).fit(images, y)
    best = min(epoch["valid_loss"] for epoch in good.history_)
    assert all(epoch["valid_loss"] > best for epoch in worse.history_)
    assert_same_weights(worse.weights_, good.weights_)


def test_without_normalize_y_outputs_are_the_predictions(trained, images, y):
    plain = as_they_are(trained.weights_, normalize_y=False).fit(images, y)
    assert (plain.y_mean_, plain.y_scale_) == (0, 1)
    outputs = (trained.predict(images) - trained.y_mean_) / trained.y_scale_
    np.testing.assert_allclose(plain.predict(images), outputs, rtol=1e-5, atol=1e-6)
    tuned = clone(plain).set_params(max_epochs=200, learning_rate_init=0.01, random_state=0)
    assert np.abs(tuned.fit(images, y).predict(images) - y).mean() < 5
    assert tuned.history_[0]["train_loss"] > 10  # in the unit of y


# Changes after fit


def doubled(weights):
    return {name: 2 * array for name, array in weights.items()}


def test_weights_loaded_into_the_module_are_those_of_the_model(trained, images, tmp_path):
    pytest.importorskip("skops")
    before, expected = joblib.hash(trained), doubled(trained.weights_)
    first = trained.predict(images)
    trained.net_.module_.load_state_dict(tensors(expected))
    predicted = trained.predict(images)
    assert (predicted != first).all()
    path = tmp_path / "saved.model"
    save_model(trained, path)
    for kept in (copy.deepcopy(trained), pickle.loads(pickle.dumps(trained)), load_model(path)):
        np.testing.assert_array_equal(kept.predict(images), predicted)
        assert_same_weights(kept.weights_, expected)
    assert_same_weights(trained.weights_, expected)
    assert joblib.hash(trained) != before


def test_weights_stay_the_same_objects_until_the_net_changes(trained, images):
    weights = trained.weights_
    trained.predict(images)
    pickle.dumps(trained)
    assert trained.weights_ is weights
    with torch.no_grad():
        trained.net_.module_.layers[0].conv.bias += 1
    np.testing.assert_array_equal(
        trained.weights_["layers.0.conv.bias"], weights["layers.0.conv.bias"] + 1
    )


@pytest.mark.parametrize("restored", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_weights_can_be_assigned(form, restored, trained, images, tmp_path):
    expected = doubled(trained.weights_)
    model = pickle.loads(pickle.dumps(trained)) if restored else trained
    model.weights_ = in_form(form, expected, tmp_path)
    assert_same_weights(model.weights_, expected)
    kept = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(kept.predict(images), model.predict(images))


# What is refused


def with_one(name, value):
    return lambda weights: weights | {name: value}


BAD_WEIGHTS = {
    "one missing": (
        lambda weights: {name: weights[name] for name in list(weights)[1:]},
        r"differ: \['layers\.0\.conv\.weight'\] are missing",
    ),
    "one too many": (with_one("fc.bias", [0.0]), r"differ: \['fc\.bias'\] are unknown"),
    "another layout": (
        lambda weights: {"conv1.weight": weights["layers.0.conv.weight"]},
        r"\['conv1\.weight'\] are unknown, \['layers\.0\.conv\.bias', .*\] are missing",
    ),
    "another shape": (
        with_one("layers.0.conv.weight", np.zeros((4, 1, 3, 3))),
        r"\(4, 1, 3, 3\) at 'layers\.0\.conv\.weight', .* \(4, 3, 3, 3\)",
    ),
    "not finite": (with_one("layers.0.conv.bias", [0, np.nan, 0, 0]), r"finite at 'layers\.0\.c"),
    "too large": (with_one("layers.0.conv.bias", [0, 1e300, 0, 0]), "finite .*torch.float32"),
    "complex": (with_one("layers.0.conv.bias", np.zeros(4, complex)), "complex128 at 'layers"),
    "a checkpoint of more": (lambda weights: {"state_dict": weights}, "at 'state_dict'"),
    "no mapping": (lambda weights: 3, "initial_weights.* must be"),
}


@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_bad_weights_are_named(case, trained, images, y):
    change, message = BAD_WEIGHTS[case]
    bad = change(dict(trained.weights_))
    with pytest.raises(ValueError, match=message) as caught:
        as_they_are(bad).fit(images, y)
    assert "initial_weights" in str(caught.value)
    if case == "no mapping":
        return
    before = trained.predict(images)
    with pytest.raises(ValueError, match=message):
        trained.weights_ = bad
    np.testing.assert_array_equal(trained.predict(images), before)


class Marker:
    """Pickled, it would leave a file where it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("ending", ["pt", "npz", "pickle as npz", "safetensors"])
def test_code_in_a_file_is_not_run(ending, images, y, tmp_path):
    trace = tmp_path / "trace"
    path = tmp_path / f"weights.{ending.split()[-1]}"
    if ending == "pt":
        torch.save({"layers.0.conv.weight": Marker(trace)}, path)
    elif ending == "npz":
        np.savez(path, weight=np.array([Marker(trace)], dtype=object))
    else:
        path.write_bytes(pickle.dumps({"layers.0.conv.weight": Marker(trace)}))
    with pytest.raises(ValueError, match=r"the file '.*weights\.") as caught:
        as_they_are(path).fit(images, y)
    assert "unsafe" not in str(caught.value)
    assert not trace.exists()


def test_files_that_do_not_fit_or_are_absent_are_named(images, y, tmp_path):
    np.savez(tmp_path / "other.npz", weight=np.zeros(3))
    with pytest.raises(ValueError, match=r"initial_weights in the file '.*other\.npz' and the la"):
        as_they_are(tmp_path / "other.npz").fit(images, y)
    for ending in (".npz", ".pt", ".safetensors"):
        with pytest.raises(FileNotFoundError, match="absent"):
            as_they_are(str(tmp_path / f"absent{ending}")).fit(images, y)
