"""ONNX files give the numbers of `predict`, without this package."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVR

from sk_hyperimage import architectures as arch
from sk_hyperimage.ensemble import HyperImageClassifier, HyperImageRegressor, TiledRegressor
from sk_hyperimage.feature_extraction import (
    BrisqueFeatures,
    HyperImageCovariance,
    HyperImageEncoder,
    HyperImageStatistics,
    PatchExtractor,
)
from sk_hyperimage.neural_network import (
    DIQA,
    CNNClassifier,
    CNNRegressor,
    DeepQA,
    ErrorMapRegressor,
)
from sk_hyperimage.persistence import save_onnx
from sk_hyperimage.persistence._onnx_steps import Flow, module_of
from sk_hyperimage.preprocessing import LocalContrastNormalizer, LuminanceAndContrast

onnxruntime = pytest.importorskip("onnxruntime")

RNG = np.random.default_rng(0)
IMAGES = RNG.random((16, 24, 32, 3), dtype=np.float32) * RNG.random((16, 1, 1, 1), np.float32)
SCORES = 50 + 40 * IMAGES.std(axis=(1, 2, 3))
FAST = {"max_epochs": 2, "random_state": 0}

# Runs a file where neither torch nor this package can be imported.
ALONE = """
import sys
sys.modules |= {"torch": None, "sk_hyperimage": None, "sklearn": None}
import numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1])
(scores,) = session.run(["scores"], {"images": numpy.load(sys.argv[2])})
print(scores.tolist())
"""


def run(path, images):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"images": images})
    return found


@pytest.fixture(scope="module")
def two_networks():
    return HyperImageRegressor(
        LocalContrastNormalizer(padding="symmetric"),
        PatchExtractor(8),
        CNNRegressor("C(4,3,1,linear,valid) MinMaxPool(6) FC(6) FC(1,linear)", **FAST),
        CNNRegressor("C(4) MP(2) FC(6,tanh) Drop(0.5) FC(1,linear)", **FAST),
        fine_tune_epochs=1,
        random_state=0,
    ).fit(IMAGES, SCORES)


def test_a_file_alone_gives_the_numbers_of_predict(two_networks, tmp_path):
    path, pixels = tmp_path / "model.onnx", tmp_path / "pixels.npy"
    save_onnx(two_networks, path)
    np.save(pixels, IMAGES[:5])
    command = [sys.executable, "-c", ALONE, path, pixels]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    expected = two_networks.predict(IMAGES[:5])
    np.testing.assert_allclose(json.loads(done.stdout), expected, rtol=1e-6)
    np.testing.assert_allclose(run(path, IMAGES[:1]), expected[:1], rtol=1e-6)


def test_patches_are_cut_after_normalization_where_the_first_convolution_is_padded(tmp_path):
    model = HyperImageRegressor(
        None,
        PatchExtractor(8),
        CNNRegressor("C(4) MP(8) FC(6) FC(1,linear)", **FAST),
        CNNRegressor("C(4) MP(3) FC(1,linear)", **FAST),
        random_state=0,
    ).fit(IMAGES, SCORES)
    save_onnx(model, tmp_path / "model.onnx", X=IMAGES)
    found = run(tmp_path / "model.onnx", IMAGES)
    np.testing.assert_allclose(found, model.predict(IMAGES), rtol=1e-5)


def test_probabilities_in_the_order_of_the_classes(tmp_path):
    labels = np.array(["sharp", "blurred", "noisy"])[np.arange(16) % 3]
    first = CNNClassifier("C(4) MP(4) FC(6) FC(3,linear)", **FAST)
    second = CNNClassifier("FC(6) FC(3,linear)", **FAST)
    model = make_pipeline(PatchExtractor(8, overlap=0), HyperImageEncoder(first), second)
    save_onnx(model.fit(IMAGES, labels), tmp_path / "model.onnx", image_shape=(20, 32))
    cropped = IMAGES[:, 2:22]
    np.testing.assert_allclose(
        run(tmp_path / "model.onnx", cropped), model.predict_proba(cropped), rtol=1e-5
    )
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    told = session.get_modelmeta().custom_metadata_map
    assert json.loads(told["classes"]) == model.classes_.tolist()


@pytest.mark.parametrize(
    ("network", "n_channels"),
    [
        (CNNRegressor(DeepQA(), max_epochs=2, solver="adam", learning_rate_init=1e-3), 2),
        (ErrorMapRegressor(DIQA("C(4,3,2) C(4,3,2)"), max_epochs=1), 1),
    ],
    ids=["DeepQA", "DIQA"],
)
def test_networks_that_see_low_frequencies_are_exported(network, n_channels, tmp_path):
    samples = RNG.random((8, 45, 50, n_channels), dtype=np.float32)
    damage = np.linspace(0, 1, 8, dtype=np.float32)
    samples[..., 1:] = samples[..., :1] * damage[:, None, None, None]
    network = clone(network).set_params(random_state=0).fit(samples, np.arange(8.0))
    save_onnx(network, tmp_path / "model.onnx", image_shape=(45, 50))
    found = run(tmp_path / "model.onnx", samples)
    np.testing.assert_allclose(np.ravel(found), network.predict(samples), rtol=1e-4)


@pytest.mark.parametrize("shape", [(5, 7, 3), (1, 2, 3), (9, 3, 3)])
@pytest.mark.parametrize("quantiles", [(0, 1), (0.05, 0.5, 0.95), ()])
def test_statistics_are_those_of_the_step(shape, quantiles):
    hyper_images = RNG.random((6, *shape), dtype=np.float32)
    step = HyperImageStatistics(n_components=2, quantiles=quantiles, random_state=0)
    expected = step.fit_transform(hyper_images)
    module, flow = module_of(step, Flow(shape))
    found = module(torch.from_numpy(hyper_images)).numpy()
    assert flow.shape == expected.shape[1:]
    np.testing.assert_allclose(found, expected, atol=2e-6)


@pytest.mark.parametrize("grid", [(9, 8), (2, 3), (1, 1)])
def test_covariances_are_those_of_the_step(grid):
    step = HyperImageCovariance(n_components=20, random_state=0)
    step.fit(RNG.random((6, 9, 8, 30), dtype=np.float32))
    hyper_images = 3 * RNG.random((6, *grid, 30), dtype=np.float32)
    module, flow = module_of(step, Flow((*grid, 30)))
    expected = step.transform(hyper_images)
    assert flow.shape == expected.shape[1:]
    np.testing.assert_allclose(module(torch.from_numpy(hyper_images)), expected, atol=3e-6)


@pytest.mark.parametrize("padding", ["zero", "nearest", "symmetric"])
def test_normalization_is_that_of_the_step(padding):
    images = 255 * IMAGES
    step = LocalContrastNormalizer("box", 5, data_range=255.0, padding=padding)
    module, _ = module_of(step.fit(images), Flow(images.shape[1:]))
    found = module(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(found, step.transform(images), atol=1e-5)


@pytest.mark.parametrize("n_channels", [1, 2, 3, 4, 5])
def test_luminance_and_contrast_are_those_of_the_step(n_channels):
    images = 255 * RNG.random((3, 20, 24, n_channels), dtype=np.float32)
    step = LuminanceAndContrast(data_range=255.0).fit(images)
    module, flow = module_of(step, Flow(images.shape[1:]))
    assert flow.shape == (20, 24, 2)
    found = module(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(found, step.transform(images), atol=1e-4)


def test_clipping_is_that_of_the_step():
    step = FunctionTransformer(np.clip, kw_args={"a_min": -0.5, "a_max": 2}).fit(SCORES[:, None])
    module, _ = module_of(step, Flow((1,)))
    rows = np.array([[-3.0], [-0.2], [1.9], [2.1]])
    np.testing.assert_array_equal(module(torch.from_numpy(rows)).numpy(), step.transform(rows))


@pytest.mark.parametrize("scaled", [{}, {"with_mean": False}, {"with_std": False}])
def test_predictions_are_mapped_back_as_targets_were_scaled(scaled):
    rows = RNG.normal(size=(16, 3))
    step = TransformedTargetRegressor(SVR(), transformer=StandardScaler(**scaled))
    module, _ = module_of(step.fit(rows, SCORES), Flow((3,)))
    np.testing.assert_allclose(module(torch.from_numpy(rows)).numpy(), step.predict(rows))


def test_what_cannot_be_exported_is_refused_by_name(two_networks, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"the old one")
    features = make_pipeline(BrisqueFeatures(), Ridge()).fit(IMAGES, SCORES)
    tiled = TiledRegressor(FrozenEstimator(two_networks), 24).fit(IMAGES)
    for model, name in ((features, "BrisqueFeatures"), (tiled, "TiledRegressor")):
        with pytest.raises(TypeError, match=f"cannot export {name}"):
            save_onnx(model, path, image_shape=24)
    with pytest.raises(ValueError, match=r"24 x 33 is larger.*24 x 32.*scales"):
        save_onnx(two_networks, path, image_shape=(24, 33))
    with pytest.raises(ValueError, match="smaller than a patch"):
        save_onnx(two_networks, path, image_shape=7)
    with pytest.raises(ValueError, match="image_shape"):
        save_onnx(two_networks, path, image_shape=(24, 32, 3))
    with pytest.raises(ValueError, match=r"X have shape \(24, 30, 3\), but .* \(24, 32, 3\)"):
        save_onnx(two_networks, path, (24, 32), X=IMAGES[:, :, :30])
    exact = CNNRegressor("FC(4) FC(1,linear)", **FAST).fit(IMAGES.astype(np.float64), SCORES)
    with pytest.raises(ValueError, match="float64"):
        save_onnx(exact, path)
    with pytest.raises(TypeError, match="must be an estimator"):
        save_onnx(HyperImageRegressor, path)
    assert path.read_bytes() == b"the old one"


def test_a_file_of_other_numbers_is_not_written(tmp_path):
    model = CNNRegressor("FC(4) FC(1,linear)", **FAST).fit(IMAGES, SCORES)
    model.set_params(precision="bfloat16")  # which predict computes in, and the file does not
    with pytest.raises(ValueError, match="differs from its predictions by"):
        save_onnx(model, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("kind", [HyperImageRegressor, HyperImageClassifier])
def test_default_models_at_three_sizes(kind, tmp_path):
    images = RNG.random((24, 96, 128, 3), dtype=np.float32) * RNG.random((24, 1, 1, 1), np.float32)
    model = kind(random_state=0).fit(images, np.arange(24) % 2)
    for rows, cols in ((96, 128), (64, 64), (33, 100)):
        seen = images[:, :rows, :cols]
        save_onnx(model, tmp_path / "model.onnx", X=seen)
        predict = model.predict_proba if kind is HyperImageClassifier else model.predict
        expected = predict(seen)
        difference = np.abs(run(tmp_path / "model.onnx", seen) - expected).max()
        print(kind.__name__, (rows, cols), difference / np.abs(expected).max())
        assert difference <= 1e-5 * np.abs(expected).max()


@pytest.mark.slow
def test_the_networks_of_the_paper_at_three_sizes(tmp_path):
    images = RNG.random((6, 384, 512, 3), dtype=np.float32) * RNG.random((6, 1, 1, 1), np.float32)
    once = {"max_epochs": 1, "early_stopping": False, "random_state": 0}
    model = make_pipeline(
        LocalContrastNormalizer(),
        PatchExtractor(32, overlap=0.5),
        HyperImageEncoder(CNNRegressor(arch.KANG2014, batch_by="image", **once)),
        CNNRegressor(arch.TID_STAGE2, **once),
    ).fit(images, np.arange(10.0, 16.0))
    for rows, cols in ((384, 512), (384, 384), (250, 400)):
        save_onnx(model, tmp_path / "model.onnx", (rows, cols))
        seen = images[:3, :rows, :cols]
        expected = model.predict(seen)
        found = run(tmp_path / "model.onnx", seen)
        print((rows, cols), np.abs(found / expected - 1).max())
        np.testing.assert_allclose(found, expected, rtol=1e-5)
