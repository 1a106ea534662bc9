"""Features of pretrained networks: layers, pooling, crops, sizes, caching."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch.nn import functional

from sk_hyperimage.feature_extraction import PretrainedFeatures
from sk_hyperimage.persistence import load_model, save_model

# Of RGB in [0, 1], by torchvision's documentation.
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


@pytest.fixture(scope="module")
def weights():
    """The first two layers of VGG-16."""
    rng = np.random.default_rng(0)
    return {
        "features.0.weight": rng.normal(scale=0.2, size=(64, 3, 3, 3)).astype(np.float32),
        "features.0.bias": rng.normal(size=64).astype(np.float32),
        "features.2.weight": rng.normal(scale=0.05, size=(64, 64, 3, 3)).astype(np.float32),
        "features.2.bias": rng.normal(size=64).astype(np.float32),
    }


@pytest.fixture
def path(weights, tmp_path):
    np.savez(tmp_path / "vgg.npz", **weights)
    return tmp_path / "vgg.npz"


def vgg(path, layer="conv1_2", **parameters):
    return PretrainedFeatures("vgg16", path=path, layer=layer, **parameters)


def conv1_2(image, weights):
    """Activations of the second layer for one channel-last RGB image, (64, h, w)."""
    maps = torch.from_numpy(((image - MEAN) / STD).transpose(2, 0, 1)[None])
    for k in (0, 2):
        weight, bias = (torch.from_numpy(weights[f"features.{k}.{w}"]) for w in ("weight", "bias"))
        maps = functional.conv2d(maps, weight.double(), bias.double(), padding=1).relu()
    return maps[0].numpy()


def test_features_are_moments_over_all_places_of_images_of_any_size(path, weights, rng):
    images = [rng.random((*shape, 3)) for shape in ((32, 47), (50, 33))]
    features = vgg(path, pooling="mean_std").fit(images)
    expected = [
        np.concatenate([maps.mean(axis=(1, 2)), maps.std(axis=(1, 2))])
        for maps in (conv1_2(image, weights) for image in images)
    ]
    np.testing.assert_allclose(features.transform(images), expected, rtol=1e-6)
    names = features.get_feature_names_out()
    assert [*names[[0, 63, 64]]] == ["conv1_2_0_mean", "conv1_2_63_mean", "conv1_2_0_std"]
    assert len(set(names)) == 128


def test_integers_gray_and_float32_images_are_described_alike(path, rng):
    gray = rng.integers(0, 256, (2, 40, 40), dtype=np.uint8)
    features = vgg(path).fit(gray).transform(gray)
    assert features.dtype == np.float32
    rgb = np.repeat(gray[..., None], 3, axis=3)
    np.testing.assert_array_equal(vgg(path).fit_transform(rgb), features)
    np.testing.assert_allclose(vgg(path).fit_transform(rgb / 255), features, rtol=1e-4)


def test_small_images_are_mirrored_at_their_end(path, rng):
    small = rng.random((1, 20, 32, 3))
    mirrored = np.concatenate([small, small[:, :7:-1]], axis=1)
    np.testing.assert_array_equal(
        vgg(path).fit_transform(small), vgg(path).fit_transform(mirrored)
    )


def test_crops_are_windows_of_the_image_and_are_averaged(path, rng):
    image = rng.random((34, 35, 3))
    windows = [
        image[row : row + 32, col : col + 32] for row, col in itertools.product(range(3), range(4))
    ]
    features = vgg(path, "conv1_1", pooling="mean_std", crop_size=32)
    of_windows = features.fit_transform(windows)
    found = set()
    for seed in range(12):
        one = features.set_params(crops=1, random_state=seed).fit_transform([image])
        distances = np.abs(of_windows - one).max(axis=1)
        assert distances.min() < 1e-12
        found.add(int(distances.argmin()))
    assert len(found) > 4
    many = features.set_params(crops=300).fit_transform([image])[0]
    mean, var = of_windows[:, :64], of_windows[:, 64:] ** 2
    np.testing.assert_allclose(many[:64], mean.mean(axis=0), rtol=0.02)
    total = np.sqrt(var.mean(axis=0) + mean.var(axis=0))
    np.testing.assert_allclose(many[64:], total, rtol=0.02)


def test_crops_stay_where_they_are(path, rng):
    image = rng.random((60, 70, 3))
    features = vgg(path, crops=3, crop_size=32, random_state=1).fit([image])
    first, again = features.transform([image, image])
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first, features.transform([image])[0])
    other = vgg(path, crops=3, crop_size=32, random_state=2).fit_transform([image])
    assert (other[0] != first).any()


def test_network_in_network_sees_blue_first_and_whole_gray_levels(tmp_path, rng):
    filters = np.zeros((96, 3, 11, 11), np.float32)
    filters[0, 0, 0, 0] = filters[1, 2, 0, 0] = 1
    np.savez(
        tmp_path / "nin.npz",
        **{"features.0.weight": filters, "features.0.bias": np.full(96, 200, np.float32)},
    )
    nin = PretrainedFeatures("nin", path=tmp_path / "nin.npz", layer="conv1")
    image = np.full((1, 39, 39, 3), [10, 20, 30], dtype=np.uint8)
    np.testing.assert_allclose(
        nin.fit_transform(image)[0, :3], [30 - 104 + 200, 10 - 123 + 200, 200], atol=2e-3
    )


def test_a_line_makes_a_model_whose_features_are_computed_once(path, rng, tmp_path):
    images = rng.random((12, 32, 32, 3), dtype=np.float32)
    y = images.std(axis=(1, 2, 3))
    model = make_pipeline(
        vgg(path, crops=2, crop_size=32, random_state=0), StandardScaler(), RidgeCV(),
        memory=str(tmp_path / "cache"),
    )  # fmt: skip
    predicted = model.fit(images, y).predict(images)
    path.unlink()
    np.testing.assert_array_equal(model.fit(images, y).predict(images), predicted)
    save_model(model.set_params(memory=None), tmp_path / "model")
    np.testing.assert_array_equal(load_model(tmp_path / "model").predict(images), predicted)


@pytest.mark.parametrize(
    "parameters, message",
    [
        (
            {"layer": "fc9"},
            r"layer of PretrainedFeatures\('vgg16'\) must be one of conv1_1, .*fc9",
        ),
        ({"layer": "conv2_1"}, r"no tensor 'features\.5\.weight', 'features\.5\.bias'$"),
        ({"crops": 2, "crop_size": 31}, "crop_size .* must be at least 32, got 31"),
        ({"weights": "V3"}, r"weights of PretrainedFeatures\('vgg16'\) must be one of"),
        ({"network": "lenet"}, "'network' parameter"),
        ({"device": "cuda:99"}, "device='cuda:99' is not on this machine"),
    ],
)
def test_what_cannot_be_is_refused_by_name(parameters, message, path, rng):
    features = vgg(path).set_params(**parameters)
    with pytest.raises(ValueError, match=message):
        features.fit_transform(rng.random((2, 32, 32, 3)))


def test_images_of_other_channels_are_refused(path, rng):
    with pytest.raises(ValueError, match="images of 4 channels"):
        vgg(path).fit(rng.random((2, 32, 32, 4)))
