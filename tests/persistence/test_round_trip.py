import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVR

from sk_hyperimage.ensemble import classical_model
from sk_hyperimage.feature_extraction import BrisqueFeatures, HyperImageEncoder
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor, PretrainedVGG16
from sk_hyperimage.persistence import load_model, save_model

pytest.importorskip("skops")
pytest.importorskip("safetensors")

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
from common import ESTIMATORS  # noqa: E402
from saved_models import FAST, FIRST, IMAGES, LABELS, MODELS, SCORES, assert_same_bits  # noqa: E402

ROWS = np.random.default_rng(0).random((30, 4))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "saved.model"


def saved_and_loaded(model, path, **options):
    save_model(model, path)
    return load_model(path, **options)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_every_estimator_comes_back_fitted_and_unfitted_with_the_same_state(estimator, path):
    assert joblib.hash(saved_and_loaded(estimator, path)) == joblib.hash(estimator)
    model = clone(estimator).fit(ROWS, np.arange(30) % 2)
    loaded = saved_and_loaded(model, path)
    assert joblib.hash(loaded) == joblib.hash(model)
    assert_same_bits(model, loaded, ROWS)


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_loaded_models_predict_the_same_bits(make, path):
    model = make()
    assert_same_bits(model, saved_and_loaded(model, path))


@pytest.mark.parametrize(
    "wrapped",
    [
        CalibratedClassifierCV(LogisticRegression()),
        CalibratedClassifierCV(LogisticRegression(), method="isotonic", ensemble=False),
        TunedThresholdClassifierCV(LogisticRegression()),
        VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())], voting="soft"),
        StackingClassifier([("a", LogisticRegression())]),
    ],
    ids=lambda wrapped: type(wrapped).__name__,
)
def test_scikit_learn_s_models_around_ours_are_saved_and_nothing_need_be_trusted(wrapped, path):
    model = make_pipeline(BrisqueFeatures(), StandardScaler(), wrapped)
    model.fit(IMAGES, np.arange(16) % 2)
    assert_same_bits(model, saved_and_loaded(model, path))


def test_the_two_stages_of_diivine_are_saved(path):
    model = classical_model("DIIVINE")[1:].fit(ROWS, ROWS[:, 0], regress__kinds=np.arange(30) % 2)
    assert_same_bits(model, saved_and_loaded(model, path), ROWS)


def test_loaded_models_are_saved_cloned_and_fitted_again(path):
    model = MODELS[0]()
    loaded = saved_and_loaded(saved_and_loaded(model, path), str(path))
    assert_same_bits(model, clone(loaded).fit(IMAGES, SCORES))


def test_saving_leaves_the_model_as_it_was(path):
    model = MODELS[1]()
    before, weights = joblib.hash(model), model.final_estimator_.weights_
    save_model(model, path)
    assert joblib.hash(model) == before
    assert model.final_estimator_.weights_ is weights


def test_weights_of_loaded_models_can_be_written_to(path):
    loaded = saved_and_loaded(CNNRegressor(FIRST, **FAST).fit(IMAGES, SCORES), path)
    for array in loaded.weights_.values():
        array[...] = 0


def test_a_stage_that_two_parts_share_stays_one_object(path):
    model = MODELS[2]()
    assert model.patch_estimator_ is model.encoder_.patch_estimator_
    loaded = saved_and_loaded(model, path)
    assert loaded.patch_estimator_ is loaded.encoder_.patch_estimator_


def test_random_states_go_on_where_they_were(path):
    model = CNNRegressor(FIRST, max_epochs=1, random_state=np.random.RandomState(3))
    model.fit(IMAGES, SCORES)
    loaded = saved_and_loaded(model, path)
    assert_same_bits(model.fit(IMAGES, SCORES), loaded.fit(IMAGES, SCORES))


def test_parameters_keep_their_types(path):
    parameters = {
        "C": np.float64(0.1),
        "epsilon": np.float32(0.1),
        "max_iter": np.int64(7),
        "shrinking": np.True_,
        "kernel": np.str_("rbf"),
        "tol": float("inf"),
    }
    loaded = saved_and_loaded(SVR(**parameters), path)
    for name, value in parameters.items():
        assert getattr(loaded, name) == value
        assert type(getattr(loaded, name)) is type(value)


def test_numpy_functions_and_types_are_held(path):
    model = FunctionTransformer(np.log1p, kw_args={"dtype": np.float32})
    loaded = saved_and_loaded(model, path)
    assert loaded.func is np.log1p
    assert loaded.kw_args == {"dtype": np.float32}


@pytest.mark.parametrize("weights", [{False: 1, True: 3}, {0: 1.0, 1: 3.0}, {np.False_: 1}])
def test_keys_that_are_no_strings_go_on_finding_their_values(weights, path):
    assert saved_and_loaded(CNNClassifier(FIRST, class_weight=weights), path).class_weight == (
        weights
    )


def test_labels_in_object_arrays_come_back(path):
    model = CNNClassifier("FC(6) FC(3)", **FAST).fit(IMAGES, LABELS)
    loaded = saved_and_loaded(model, path)
    assert loaded.classes_.dtype == object
    assert loaded.classes_.tolist() == ["blurred", "noisy", "sharp"]


def test_frozen_networks_and_networks_among_parameters_come_back(path):
    first = CNNRegressor(FIRST, **FAST).fit(IMAGES[:, :8, :8], SCORES)
    loaded = saved_and_loaded(HyperImageEncoder(FrozenEstimator(first)), path)
    assert_same_bits(first, loaded.patch_estimator, IMAGES[:, :8, :8])


def test_metadata_requests_come_back(path):
    with sklearn.config_context(enable_metadata_routing=True):
        svr = SVR().set_fit_request(sample_weight=True).set_score_request(sample_weight="weight")
        cnn = CNNRegressor(FIRST).set_fit_request(groups=False)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        model = make_pipeline(BrisqueFeatures(), scaler, svr)
        loaded = saved_and_loaded(model, path), saved_and_loaded(cnn, path.with_name("cnn"))
        for one, other in zip((svr, cnn), (loaded[0][-1], loaded[1]), strict=True):
            assert repr(other.get_metadata_routing()) == repr(one.get_metadata_routing())
        weight = np.arange(1.0, 17)
        fitted = [m.fit(IMAGES, SCORES, sample_weight=weight) for m in (model, loaded[0])]
    assert_same_bits(*fitted)


def test_pretrained_networks_come_back_without_their_file(path):
    torch = pytest.importorskip("torch")
    layers = "C(4) C(4) MP(2) FC(5) FC(1,linear)"
    file = path.with_name("vgg.pth")
    shapes = {"features.0": (4, 3, 3, 3), "features.2": (4, 4, 3, 3)}
    tensors = {f"{name}.weight": torch.ones(shape) / 9 for name, shape in shapes.items()}
    torch.save(tensors | {f"{name}.bias": torch.zeros(4) for name in shapes}, file)
    images = np.repeat(IMAGES[..., None], 3, axis=3)
    vgg = PretrainedVGG16("IMAGENET1K_V1", file, layers)
    model = CNNRegressor(vgg, **FAST).fit(images, SCORES)
    save_model(model, path)
    file.unlink()
    loaded = load_model(path)
    assert_same_bits(model, loaded, images)
    assert loaded.layers == PretrainedVGG16("IMAGENET1K_V1", str(file), layers)
    assert model.layers is vgg
