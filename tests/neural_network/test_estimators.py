"""CNNRegressor and CNNClassifier on images: input forms, reproducibility, state, bad input."""

import gc
import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import joblib
import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_predict

from sk_hyperimage.images import ArraySamples
from sk_hyperimage.neural_network import Architecture, CNNClassifier, CNNRegressor
from sk_hyperimage.persistence import load_model, save_model

LAYERS = "C(4) MP(2) FC(8) Drop(0.2) FC(1,linear)"
FAST = {"max_epochs": 3, "random_state": 0}


@pytest.fixture
def images(rng):
    return rng.random((24, 6, 8, 3), dtype=np.float32)


@pytest.fixture
def y(images):
    return 50 + 20 * images.mean(axis=(1, 2, 3))


def test_predictions_come_back_in_the_unit_of_y(images, y):
    model = CNNRegressor(LAYERS, max_epochs=60, learning_rate_init=0.02, random_state=0)
    predicted = model.fit(images, y).predict(images)
    shifted = clone(model).fit(images, 1000 - 3 * y).predict(images)
    assert abs(predicted.mean() - y.mean()) < 3 * y.std()
    assert abs(shifted.mean() - (1000 - 3 * y).mean()) < 9 * y.std()
    assert model.y_mean_ == pytest.approx(y.mean())


def test_a_brightness_is_learned(rng):
    images = rng.random((200, 6, 6, 1), dtype=np.float32) * rng.random((200, 1, 1, 1))
    y = images.mean(axis=(1, 2, 3))
    model = CNNRegressor("C(4) FC(16) FC(1,linear)", max_epochs=60, random_state=0)
    assert model.fit(images[:150], y[:150]).score(images[150:], y[150:]) > 0.9


def as_bool(images):
    return images > 0.5


INPUT_FORMS = {
    "float64": lambda a: a.astype(np.float64),
    "uint8": lambda a: (a * 255).astype(np.uint8),
    "uint16": lambda a: (a * 65535).astype(np.uint16),
    "bool": as_bool,
    "list": list,
    "list of gray images": lambda a: [image[..., 0] for image in a],
    "object array": lambda a: np.array([*a, None], dtype=object)[:-1],
    "gray": lambda a: a[..., 0],
    "non-contiguous": lambda a: a[:, ::-1, ::2],
    "fortran": np.asfortranarray,
    "read-only": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
    "rows": lambda a: a.reshape(len(a), -1),
}


@pytest.mark.parametrize("form", INPUT_FORMS)
def test_every_form_of_input_gives_the_numbers_of_plain_float_images(form, images, y):
    given = INPUT_FORMS[form](images)
    layers = "FC(6) FC(1,linear)" if form == "rows" else LAYERS
    plain = np.stack([np.asarray(image) for image in given])
    if plain.dtype.kind in "ub":
        largest = {"uint8": 255, "uint16": 65535, "bool": 1}[plain.dtype.name]
        plain = plain.astype(np.float32) / np.float32(largest)
    plain = plain[:, np.newaxis, :, np.newaxis] if form == "rows" else plain
    expected = CNNRegressor(layers, **FAST).fit(np.ascontiguousarray(plain), y)
    fitted = CNNRegressor(layers, **FAST).fit(given, y)
    np.testing.assert_array_equal(fitted.predict(given), expected.predict(plain))


def test_files_give_the_numbers_of_their_images(tmp_path, images, y):
    from skimage.io import imsave

    levels = (images * 255).astype(np.uint8)
    paths = [tmp_path / f"{index}.png" for index in range(len(levels))]
    for path, image in zip(paths, levels, strict=True):
        imsave(path, image, check_contrast=False)
    from_files = CNNRegressor(LAYERS, **FAST).fit(paths, y).predict([str(p) for p in paths])
    np.testing.assert_array_equal(
        from_files, CNNRegressor(LAYERS, **FAST).fit(levels, y).predict(levels)
    )


def test_same_seed_same_bits_and_other_seeds_other_bits(images, y):
    first, again = (CNNRegressor(LAYERS, **FAST).fit(images, y) for _ in range(2))
    np.testing.assert_array_equal(first.predict(images), again.predict(images))
    other = CNNRegressor(LAYERS, **(FAST | {"random_state": 1})).fit(images, y)
    assert (first.predict(images) != other.predict(images)).all()


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_predictions_are_the_same_bits_whatever_n_jobs(backend, rng):
    # Large enough for torch to divide its sums among threads.
    images = rng.random((60, 16, 16, 8), dtype=np.float32)
    y = images.mean(axis=(1, 2, 3))
    model = CNNRegressor("C(32) MP(2) C(32) FC(64) FC(1,linear)", max_epochs=2, random_state=0)
    alone = cross_val_predict(model, images, y, cv=2)
    with joblib.parallel_backend(backend):
        together = cross_val_predict(model, images, y, cv=2, n_jobs=2)
    np.testing.assert_array_equal(alone, together)


def test_threads_that_train_and_predict_at_once_do_not_disturb_each_other(images, y):
    model = CNNRegressor("C(4) MP(2) FC(20) Drop(0.5) FC(1,linear)", **FAST)
    alone = model.fit(images, y).predict(images)
    with ThreadPoolExecutor(4) as pool:
        fitted = [pool.submit(clone(model).fit, images, y) for _ in range(4)]
        predicted = [pool.submit(model.predict, images) for _ in range(4)]
        for job in fitted:
            np.testing.assert_array_equal(job.result().predict(images), alone)
        for job in predicted:
            np.testing.assert_array_equal(job.result(), alone)


def test_pickled_models_predict_the_same_bits(images, y):
    model = CNNRegressor(LAYERS, **FAST).fit(images, y)
    restored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(restored.predict(images), model.predict(images))
    np.testing.assert_array_equal(restored.embed(images), model.embed(images))
    assert restored.net_.module_ is not model.net_.module_


def test_torch_s_own_random_state_is_left_alone(images, y):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    fitted = CNNRegressor(LAYERS, **FAST).fit(images, y)
    pickle.loads(pickle.dumps(fitted)).predict(images)
    assert pickle.loads(pickle.dumps(fitted)).net_ is not None
    torch.testing.assert_close(torch.rand(3), expected, rtol=0, atol=0)


def test_state_holds_no_torch_objects_and_hashes_alike(images, y):
    first, again = (CNNRegressor(LAYERS, **FAST).fit(images, y) for _ in range(2))
    first.predict(images)
    assert joblib.hash(first) == joblib.hash(again)
    assert not any(isinstance(value, torch.nn.Module) for value in first.__getstate__().values())


def test_grid_search_ranges_over_architectures(images, y):
    grid = {"layers": [LAYERS, "FC(4) FC(1,linear)"], "solver": ["sgd", "adam"]}
    search = GridSearchCV(CNNRegressor(LAYERS, **FAST), grid, cv=2).fit(images, y)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_params_["layers"] in grid["layers"]


class OwnModule(torch.nn.Module):
    def __init__(self, input_shape, n_outputs):
        super().__init__()
        self.dense = torch.nn.Linear(int(np.prod(input_shape)), n_outputs)

    def forward(self, batch):
        return self.dense(batch.flatten(1))


def test_own_modules_serve_as_class_and_as_instance(images, y):
    by_class = CNNRegressor(OwnModule, **FAST).fit(images, y)
    assert by_class.predict(images).shape == (24,)
    module = OwnModule((6, 8, 3), 1)
    before = module.dense.weight.detach().clone()
    by_instance = CNNRegressor(module, **FAST).fit(images, y)
    assert by_instance.predict(images).shape == (24,)
    assert torch.equal(module.dense.weight, before)


@pytest.mark.filterwarnings("ignore:precision='bfloat16' is several times slower")
@pytest.mark.parametrize("precision", ["full", "bfloat16"])
def test_bfloat16_is_close_to_full_precision(precision, images, y):
    model = CNNRegressor(LAYERS, precision=precision, **FAST).fit(images, y)
    full = CNNRegressor(LAYERS, **FAST).fit(images, y)
    np.testing.assert_allclose(model.predict(images), full.predict(images), rtol=0.02)


def test_tf32_is_close_to_full_precision_and_the_same_on_a_processor(images, y):
    fast, full = (
        CNNRegressor(LAYERS, precision=precision, **FAST).fit(images, y).predict(images)
        for precision in ("tf32", "full")
    )
    np.testing.assert_allclose(fast, full, rtol=0.02 if torch.cuda.is_available() else 0)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
def test_compiled_networks_give_the_same_numbers_up_to_rounding(images, y):
    layers = "C(4) MP(2) FC(8) FC(1,linear)"  # compiled dropout draws numbers of its own
    compiled = CNNRegressor(layers, compile=True, **FAST).fit(images, y)
    eager = CNNRegressor(layers, **FAST).fit(images, y)
    np.testing.assert_allclose(compiled.predict(images), eager.predict(images), rtol=1e-4)
    again = pickle.loads(pickle.dumps(compiled))
    np.testing.assert_array_equal(again.predict(images), compiled.predict(images))


def test_embedding_is_non_negative_and_has_the_width_of_its_layer(images, y):
    model = CNNRegressor(LAYERS, **FAST).fit(images, y)
    assert model.embed(images).shape == (24, 8)
    assert model.embed(images).min() >= 0
    assert model.embed(images, layer=0).shape == (24, 6, 8, 4)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_classifier_predicts_labels_of_any_type(n_classes, images):
    codes = (images.mean(axis=(1, 2, 3)).argsort().argsort() * n_classes) // len(images)
    labels = np.array(["low", "middle", "top"])[codes]
    model = CNNClassifier(LAYERS, **FAST).fit(images, labels)
    probabilities = model.predict_proba(images)
    assert probabilities.shape == (24, n_classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert set(model.predict(images)) <= set(labels)
    assert list(model.classes_) == sorted(set(labels))


def test_classifier_learns_bright_from_dark(rng):
    images = rng.random((120, 6, 6, 1), dtype=np.float32) * rng.random((120, 1, 1, 1))
    bright = np.where(images.mean(axis=(1, 2, 3)) > 0.25, "bright", "dark")
    model = CNNClassifier("C(4) FC(16) FC(1,sigmoid)", max_epochs=60, random_state=0)
    assert model.fit(images[:90], bright[:90]).score(images[90:], bright[90:]) > 0.85


def test_class_weights_are_sample_weights_by_label(images):
    labels = np.array(["many", "few"])[np.arange(24) % 4 // 3]
    few = labels == "few"

    def fitted(class_weight=None, sample_weight=None):
        model = CNNClassifier(LAYERS, class_weight=class_weight, **FAST)
        return model.fit(images, labels, sample_weight=sample_weight).predict_proba(images)

    by_hand = fitted(sample_weight=np.where(few, 2.0, 2 / 3))
    np.testing.assert_allclose(fitted("balanced"), by_hand, rtol=1e-5)
    np.testing.assert_allclose(fitted({"few": 2, "many": 2 / 3}), by_hand, rtol=1e-5)
    np.testing.assert_allclose(fitted({"few": 3}), by_hand, rtol=1e-5)
    assert (fitted() != by_hand).any()


def test_balanced_classes_weigh_the_same_whatever_their_samples_weigh(images):
    labels, weight = np.arange(24) % 3, np.linspace(0.1, 2, 24)
    weight[labels == 2] = 0
    model = CNNClassifier(LAYERS, class_weight="balanced", **FAST)
    model.classes_ = np.arange(3)
    weighted = weight * model._weight_of_classes(labels, weight)[labels]
    totals = np.bincount(labels, weights=weighted)
    assert totals[0] == pytest.approx(totals[1])
    assert totals[2] == 0
    assert model.fit(images, labels, sample_weight=weight).predict(images).shape == (24,)


def with_nan(images):
    images = images.copy()
    images[5, 2, 3, 1] = np.nan
    return images


BAD_IMAGES = {
    "NaN": (with_nan, r"X\[5\] contains NaN"),
    "infinity in a list": (
        lambda a: [*a[:3], a[3] / np.float32(0), *a[4:]], r"X\[3\] contains infinity"
    ),
    "no images": (lambda a: a[:0], "minimum of 1"),
    "empty list": (lambda a: [], "minimum of 1|0 sample"),
    "empty images": (lambda a: a[:, :0], "empty"),
    "empty image": (lambda a: [*a[:4], a[4][:0], *a[5:]], r"X\[4\] is empty"),
    "wrong rank": (lambda a: a[..., np.newaxis, np.newaxis], "dim"),
    "wrong rank in a list": (lambda a: [*a[:4], a[4, 0, 0], *a[5:]], r"X\[4\] has shape \(3,\)"),
    "mixed channels": (lambda a: [*a[:6], a[6][..., :1], *a[7:]], r"X\[6\] has 1 channels"),
    "mixed sizes": (lambda a: [*a[:6], a[6][:4], *a[7:]], "differ in size.*PatchExtractor"),
    "text": (lambda a: [*a[:6], np.array([["a"]]), *a[7:]], r"X\[6\]"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("case", BAD_IMAGES)
def test_bad_images_are_named(case, images, y):
    make, message = BAD_IMAGES[case]
    X = make(images)
    with pytest.raises((ValueError, TypeError), match=message):
        CNNRegressor(LAYERS, **FAST).fit(X, y[: len(X)])
    model = CNNRegressor(LAYERS, **FAST).fit(images, y)
    with pytest.raises((ValueError, TypeError), match=message):
        model.predict(X)


@pytest.mark.parametrize("damage", ["emptied", "overwritten with text", "truncated"])
def test_broken_files_are_named(damage, photo_files):
    whole = photo_files[0].read_bytes()
    content = {"emptied": b"", "overwritten with text": b"not an image", "truncated": whole[:400]}
    broken = photo_files[0].with_name("broken.png")
    broken.write_bytes(content[damage])
    with pytest.raises(ValueError, match=r"X\[2\].*broken.png"):
        CNNRegressor(LAYERS, **FAST).fit([photo_files[0]] * 2 + [broken], [1.0, 2.0, 3.0])
    gc.collect()  # would complain of a file left open


def test_missing_files_are_named(photo_files):
    with pytest.raises(FileNotFoundError, match="absent.png"):
        CNNRegressor(LAYERS, **FAST).fit([*photo_files[:2], "absent.png"], [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": np.arange(23.0)}, "inconsistent numbers of samples"),
        ({"y": None}, "requires y"),
        ({"y": np.r_[np.nan, np.arange(23.0)]}, "y contains NaN"),
        ({"sample_weight": np.ones(5)}, "sample_weight"),
        ({"sample_weight": -np.ones(24)}, "sample_weight"),
        ({"groups": np.zeros(24)}, "groups holds 1 different"),
        ({"groups": np.zeros(5)}, "inconsistent"),
        ({"validation_mask": np.ones(24, bool)}, "validation_mask must leave"),
        ({"validation_mask": np.zeros(24)}, "validation_mask must be 24 booleans"),
    ],
)
def test_bad_metadata_is_named(arguments, message, images, y):
    with pytest.raises(ValueError, match=message):
        CNNRegressor(LAYERS, **FAST).fit(images, **({"y": y} | arguments))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"layers": "C(4) MP(9) FC(1)"}, "shrinks its input to nothing"),
        ({"layers": "C(4"}, "not an architecture"),
        ({"device": "abacus"}, "device='abacus'"),
        ({"augmentation": "symmetries"}, "needs square"),
        ({"batch_size": 0}, "batch_size"),
        ({"validation_fraction": 1.5}, "validation_fraction"),
    ],
)
def test_bad_parameters_are_named(parameters, message, images, y):
    with pytest.raises(ValueError, match=message):
        CNNRegressor(LAYERS, **FAST).set_params(**parameters).fit(images, y)


def test_images_of_another_shape_than_in_fit_are_refused(images, y):
    model = CNNRegressor(LAYERS, **FAST).fit(images, y)
    with pytest.raises(ValueError, match=r"shape \(6, 6, 3\).*fitted on.*\(6, 8, 3\)"):
        model.predict(images[:, :, :6])
    with pytest.raises(ValueError, match="X has 1 channels, but CNNRegressor is expecting 3"):
        model.predict(images[..., :1])


def test_unfitted_models_say_so(images):
    for method in ("predict", "embed"):
        with pytest.raises(NotFittedError):
            getattr(CNNRegressor(LAYERS), method)(images)
    with pytest.raises(NotFittedError):
        CNNRegressor(LAYERS).net_  # noqa: B018


def test_schedule_of_the_paper_depends_on_whether_samples_are_patches(images):
    model = CNNRegressor(LAYERS)
    plan = model._plan(ArraySamples(images))
    assert (plan.max_epochs, plan.n_iter_no_change) == (200, 40)
    plan = model._plan(ArraySamples(images, sources=np.arange(24) // 6))
    assert (plan.max_epochs, plan.n_iter_no_change) == (80, 20)
    chosen = CNNRegressor(LAYERS, max_epochs=3, n_iter_no_change=2)._plan(ArraySamples(images))
    assert (chosen.max_epochs, chosen.n_iter_no_change) == (3, 2)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_decision_function_is_the_logits_behind_probabilities_and_labels(n_classes, images):
    labels = np.array(["low", "middle", "top"])[np.arange(24) % n_classes]
    model = CNNClassifier(LAYERS, **FAST).fit(images, labels)
    logits, probabilities = model.decision_function(images), model.predict_proba(images)
    if n_classes == 2:
        assert logits.shape == (24,)
        np.testing.assert_allclose(np.log(probabilities[:, 1] / probabilities[:, 0]), logits)
        expected = model.classes_[(logits > 0).astype(int)]
    else:
        assert logits.shape == (24, 3)
        np.testing.assert_allclose(
            np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), probabilities
        )
        expected = model.classes_[logits.argmax(axis=1)]
    np.testing.assert_array_equal(model.predict(images), expected)


def test_the_description_is_the_last_layer_but_one(images, y):
    model = CNNRegressor("C(4) MP(2) FC(8) FC(5) FC(1,linear)", **FAST).fit(images, y)
    np.testing.assert_array_equal(model.embed(images), model.embed(images, -2))
    assert model.embed(images).shape == (24, 5)


@pytest.mark.parametrize("kind", [CNNRegressor, CNNClassifier])
def test_metadata_is_given_by_name(kind, images):
    with pytest.raises(TypeError, match="positional"):
        kind(LAYERS).fit(images, np.arange(24) % 2, np.ones(24))


@dataclass(frozen=True)
class OwnArchitecture(Architecture):
    """Reads a file, so to speak, where the weights of a fitted model do not come next."""

    width: int

    def __call__(self, *, input_shape, n_outputs):
        READ.append(self.width)
        return self.untrained(input_shape=input_shape, n_outputs=n_outputs)

    def untrained(self, *, input_shape, n_outputs):
        n_inputs = int(np.prod(input_shape))
        return torch.nn.Sequential(
            torch.nn.Flatten(),
            torch.nn.Linear(n_inputs, self.width),
            torch.nn.ReLU(),
            torch.nn.Linear(self.width, n_outputs),
        )


READ = []


def test_architectures_of_ones_own_are_made_once_and_restored_without_their_file(images, y):
    READ.clear()
    model = CNNRegressor(OwnArchitecture(5), **FAST).fit(images, y)
    restored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(restored.predict(images), model.predict(images))
    assert READ == [5]
    assert clone(model).layers == OwnArchitecture(5)


def test_models_with_architectures_of_ones_own_are_saved(images, y, tmp_path):
    pytest.importorskip("skops")
    model = CNNRegressor(OwnArchitecture(5), **FAST).fit(images, y)
    path, trusted = tmp_path / "own.model", [OwnArchitecture]
    with pytest.raises(TypeError, match="holds test_estimators.OwnArchitecture"):
        save_model(model, path)
    save_model(model, path, trusted=trusted)
    with pytest.raises(ValueError, match="names test_estimators.OwnArchitecture"):
        load_model(path)
    loaded = load_model(path, trusted=trusted)
    np.testing.assert_array_equal(loaded.predict(images), model.predict(images))
