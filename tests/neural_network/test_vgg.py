"""VGG-16 as a first stage: the weights of its file, frozen, behind the right standardisation."""

import pickle
import struct

import joblib
import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor, PretrainedVGG16

# Built like VGG-16, but quick.
NARROW = "2xC(4) MP(2) C(6) MP(2) FC(8) FC(5) Drop(0.5) FC(1,linear)"
NARROW_WIDTHS = [4, 4, "M", 6, "M", 9, 9, "M"]
VGG16_WIDTHS = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M"]
FAST = {"max_epochs": 2, "random_state": 0}

# Of RGB in [0, 1], by torchvision's documentation.
MEAN_AND_STD = {
    "IMAGENET1K_V1": ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    "IMAGENET1K_FEATURES": ([0.48235, 0.45882, 0.40784], [1 / 255] * 3),
}


class VGG(nn.Module):
    """The convolutional part of a VGG network with random weights, named as torchvision does."""

    def __init__(self, widths):
        super().__init__()
        layers, n_channels = [], 3
        for width in widths:
            if width == "M":
                layers.append(nn.MaxPool2d(2))
            else:
                layers += [nn.Conv2d(n_channels, width, 3, padding=1), nn.ReLU()]
                n_channels = width
        self.features = nn.Sequential(*layers)


def save(widths, path):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        vgg = VGG(widths)
    torch.save(vgg.state_dict(), path)
    return vgg.eval()


@pytest.fixture
def path(tmp_path):
    save(NARROW_WIDTHS, tmp_path / "vgg.pth")
    return tmp_path / "vgg.pth"


@pytest.fixture
def images(rng):
    return rng.random((20, 8, 8, 3), dtype=np.float32)


@pytest.fixture
def y(images):
    return images.mean(axis=(1, 2, 3))


def narrow(path):
    return PretrainedVGG16("IMAGENET1K_V1", path, NARROW)


def pooled(features, images, weights):
    """What a VGG network makes of channel-last RGB images in [0, 1]."""
    mean, std = (np.array(values, np.float32) for values in MEAN_AND_STD[weights])
    with torch.no_grad():
        maps = features(torch.from_numpy(((images - mean) / std).transpose(0, 3, 1, 2)))
    return maps.numpy().transpose(0, 2, 3, 1)


@pytest.mark.parametrize("weights", MEAN_AND_STD)
def test_convolutions_are_those_of_vgg_16_up_to_conv4_3(weights, tmp_path, rng):
    vgg = save(VGG16_WIDTHS, tmp_path / "vgg.pth")
    images = rng.random((4, 32, 32, 3), dtype=np.float32)
    model = CNNRegressor(PretrainedVGG16(weights, tmp_path / "vgg.pth"), max_epochs=1)
    model.fit(images, np.arange(4.0))
    conv4_3 = model.embed(images, layer=9)
    assert conv4_3.shape == (4, 4, 4, 512)
    expected = pooled(vgg.features[:23], images, weights)
    np.testing.assert_allclose(conv4_3, expected, rtol=1e-4, atol=1e-5 * expected.max())
    assert pooled(vgg.features, images, weights).shape == (4, 2, 2, 512)
    assert model.weights_["layers.15.dense.weight"].shape == (800, 2 * 2 * 512)
    described = model.embed(images)
    assert described.shape == (4, 800)
    assert described.min() >= 0


@pytest.mark.parametrize("weights", MEAN_AND_STD)
def test_files_standardisation_and_convolutions_are_torchvision_s(
    weights, monkeypatch, tmp_path, rng
):
    vgg = pytest.importorskip("torchvision.models.vgg")
    release = vgg.VGG16_Weights[weights]
    features = vgg.make_layers(vgg.cfgs["D"])
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    torch.save(
        {f"features.{name}": tensor for name, tensor in features.state_dict().items()},
        tmp_path / "hub" / "checkpoints" / release.url.split("/")[-1],
    )
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    images = rng.random((4, 32, 32, 3), dtype=np.float32)
    preprocess = release.transforms(crop_size=32, resize_size=32)
    with torch.no_grad():
        expected = features[:23](preprocess(torch.from_numpy(images).permute(0, 3, 1, 2)))
    expected = expected.permute(0, 2, 3, 1).numpy()
    model = CNNRegressor(PretrainedVGG16(weights), max_epochs=1).fit(images, np.arange(4.0))
    conv4_3 = model.embed(images, layer=9)
    np.testing.assert_allclose(conv4_3, expected, rtol=1e-4, atol=1e-5 * expected.max())


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_frozen_weights_stay_those_of_the_file_to_the_last_bit(solver, path, images, y):
    training = {"alpha": 0.1, "learning_rate_init": 0.05, "early_stopping": False}
    model = CNNRegressor(narrow(path), solver=solver, **training, **FAST).fit(images, y)
    one_epoch = clone(model).set_params(max_epochs=1).fit(images, y)
    saved = torch.load(path, weights_only=True)
    of_file = {"layers.1": "features.0", "layers.2": "features.2", "layers.4": "features.5"}
    n_compared = 0
    for name, fitted in model.weights_.items():
        block, kind, which = name.rsplit(".", 2)
        if kind == "conv":
            np.testing.assert_array_equal(fitted, saved[f"{of_file[block]}.{which}"].numpy())
            n_compared += 1
        else:
            assert (fitted != one_epoch.weights_[name]).any()
    assert n_compared == 6


def test_frozen_layers_keep_no_activations_for_gradients(path):
    net = narrow(path)(input_shape=(8, 8, 3), n_outputs=1)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(kept.append, lambda _: None):
        net(torch.zeros(5, 8, 8, 3))
    assert {tensor.ndim for tensor in kept} == {2}  # those of the dense layers


def test_joint_fine_tuning_leaves_frozen_layers_alone(path, rng):
    images = rng.random((12, 16, 16, 3), dtype=np.float32)
    model = HyperImageRegressor(
        "passthrough",
        PatchExtractor(8, 0),
        CNNRegressor(narrow(path), **FAST),
        CNNRegressor("C(4) MP(2) FC(6) FC(1,linear)", **FAST),
        fine_tune_epochs=3,
        fine_tune_learning_rate_init=0.05,
        early_stopping=False,
        random_state=0,
    ).fit(images, images.mean(axis=(1, 2, 3)))
    before = model.patch_estimator_.weights_
    after = model.encoder_.patch_estimator_.weights_
    changed = {name.split(".")[-2] for name in before if (before[name] != after[name]).any()}
    assert changed == {"dense"}


def test_same_seed_same_bits_and_the_same_hash(path, images, y):
    first, again = (CNNRegressor(narrow(path), **FAST).fit(images, y) for _ in range(2))
    np.testing.assert_array_equal(first.predict(images), again.predict(images))
    assert joblib.hash(first) == joblib.hash(again)
    assert joblib.hash(clone(first)) == joblib.hash(CNNRegressor(narrow(path), **FAST))


def test_fitted_models_predict_the_same_bits_once_their_file_is_gone(path, images, y):
    model = CNNRegressor(narrow(path), **FAST).fit(images, y)
    stored = pickle.dumps(model)
    path.unlink()
    restored = pickle.loads(stored)
    np.testing.assert_array_equal(restored.predict(images), model.predict(images))
    np.testing.assert_array_equal(restored.embed(images), model.embed(images))
    with pytest.raises(FileNotFoundError, match="vgg.pth"):
        clone(model).fit(images, y)


def test_uint8_and_float64_images_are_standardised_alike(path, images, y):
    levels = (images * 255).astype(np.uint8)
    model = CNNRegressor(narrow(path), **FAST).fit(levels, y)
    np.testing.assert_array_equal(
        model.embed(levels, layer=2), model.embed(levels.astype(np.float32) / 255, layer=2)
    )
    precise = CNNRegressor(narrow(path), **FAST).fit(levels / 255, y)
    assert precise.embed(levels / 255, layer=2).dtype == np.float64
    np.testing.assert_allclose(
        precise.embed(levels / 255, layer=2), model.embed(levels, layer=2), atol=1e-5
    )


def test_classifiers_take_it_too(path, images, y):
    labels = np.digitize(y, np.quantile(y, [1 / 3, 2 / 3]))
    model = CNNClassifier(narrow(path), **FAST).fit(images, labels)
    assert model.predict_proba(images).shape == (20, 3)


@pytest.mark.parametrize("container", ["legacy", "safetensors"])
def test_other_files_of_tensors_give_the_same_weights(container, path, images, y):
    saved = torch.load(path, weights_only=True)
    if container == "safetensors":
        other = path.with_suffix(".safetensors")
        pytest.importorskip("safetensors.torch").save_file(saved, other)
    else:
        other = path.with_name("legacy.pth")
        torch.save(saved, other, _use_new_zipfile_serialization=False)
    np.testing.assert_array_equal(
        CNNRegressor(narrow(other), **FAST).fit(images, y).predict(images),
        CNNRegressor(narrow(path), **FAST).fit(images, y).predict(images),
    )


def test_without_a_path_the_file_is_where_torchvision_keeps_it(monkeypatch, path, images, y):
    monkeypatch.setenv("TORCH_HOME", str(path.parent))
    kept = path.parent / "hub" / "checkpoints" / "vgg16-397923af.pth"
    model = CNNRegressor(narrow(None), **FAST)
    with pytest.raises(FileNotFoundError, match=r"vgg16-397923af.pth.*pytorch.org.*`path`"):
        model.fit(images, y)
    kept.parent.mkdir(parents=True)
    path.rename(kept)
    assert model.fit(images, y).predict(images).shape == (20,)


class Marker:
    """Pickled, it would leave a file where it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def without(key):
    def change(path):
        saved = torch.load(path, weights_only=True)
        del saved[key]
        torch.save(saved, path)

    return change


def shortened(key):
    def change(path):
        saved = torch.load(path, weights_only=True)
        torch.save(saved | {key: saved[key][:-1]}, path)

    return change


def truncated(path):
    path.write_bytes(path.read_bytes()[:700])


def truncated_legacy(path):
    saved = torch.load(path, weights_only=True)
    torch.save(saved, path, _use_new_zipfile_serialization=False)
    truncated(path)


BAD_FILES = {
    "a weight missing": (without("features.5.bias"), r"vgg\.pth.*no tensor 'features\.5\.bias'"),
    "a weight of another shape": (
        shortened("features.2.weight"),
        r"'features\.2\.weight' in .*vgg\.pth.* shape \(3, 4, 3, 3\).* needs \(4, 4, 3, 3\)",
    ),
    "no dict": (lambda path: torch.save(torch.zeros(3), path), r"vgg\.pth.*holds a Tensor"),
    "something else under the name": (
        lambda path: torch.save({"features.0.weight": 3}, path), r"no tensor 'features\.0\.weight'"
    ),
    "truncated": (truncated, r"vgg\.pth"),
    "truncated legacy file": (truncated_legacy, r"vgg\.pth"),
    "empty": (lambda path: path.write_bytes(b""), r"vgg\.pth.*cannot be read"),
    "text": (lambda path: path.write_text("no weights"), r"vgg\.pth.*damaged"),
    "a whole module": (lambda path: torch.save(VGG([4]), path), r"vgg\.pth.*unpickling"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_are_named(case, path, images, y):
    change, message = BAD_FILES[case]
    change(path)
    with pytest.raises(ValueError, match=message):
        CNNRegressor(narrow(path), **FAST).fit(images, y)


@pytest.mark.parametrize("container", ["torch", "pickle"])
def test_code_in_a_file_is_not_run(container, path, images, y):
    trace = path.with_name("trace")
    holds_code = {"features.0.weight": Marker(trace)}
    if container == "torch":
        torch.save(holds_code, path)
    else:
        path.write_bytes(pickle.dumps(holds_code, protocol=2))
    with pytest.raises(ValueError, match=r"vgg\.pth.*refused") as caught:
        CNNRegressor(narrow(path), **FAST).fit(images, y)
    assert "weights_only" not in str(caught.value)
    assert not trace.exists()


def test_damaged_safetensors_are_named(path, images, y):
    pytest.importorskip("safetensors")
    damaged = path.with_suffix(".safetensors")
    damaged.write_bytes(struct.pack("<Q", 10**6) + b"{}")
    with pytest.raises(ValueError, match=r"vgg\.safetensors.*cannot be read"):
        CNNRegressor(narrow(damaged), **FAST).fit(images, y)
    with pytest.raises(FileNotFoundError, match="absent"):
        CNNRegressor(narrow("absent.safetensors"), **FAST).fit(images, y)


def test_gray_images_and_unknown_weights_are_refused(path, images, y):
    with pytest.raises(ValueError, match=r"RGB samples, got samples of shape \(8, 8, 1\)"):
        CNNRegressor(narrow(path), **FAST).fit(images[..., 0], y)
    unknown = PretrainedVGG16("vgg.pth")
    with pytest.raises(ValueError, match=r"weights .* one of \['IMAGENET1K_.*given as `path`"):
        CNNRegressor(unknown, **FAST).fit(images, y)
