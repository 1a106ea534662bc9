"""Similarity of pairs by layers of a network, against scikit-image's SSIM."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity
from torch.nn import functional

from sk_hyperimage.feature_extraction import DeepSimilarity
from sk_hyperimage.feature_extraction._deep_similarity import similarity
from sk_hyperimage.images import pair_images
from sk_hyperimage.persistence import load_model, save_model

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


@pytest.fixture
def path(tmp_path):
    """The first two layers of VGG-16."""
    rng = np.random.default_rng(0)
    weights = {
        "features.0.weight": rng.normal(scale=0.2, size=(64, 3, 3, 3)),
        "features.0.bias": rng.normal(size=64),
        "features.2.weight": rng.normal(scale=0.05, size=(64, 64, 3, 3)),
        "features.2.bias": rng.normal(size=64),
    }
    np.savez(tmp_path / "vgg.npz", **{k: w.astype(np.float32) for k, w in weights.items()})
    return tmp_path / "vgg.npz"


def test_features_are_the_ssim_of_the_maps_of_each_layer(path, rng):
    images, references = rng.random((2, 32, 36, 3)), rng.random((2, 32, 36, 3))
    model = DeepSimilarity(path=path, layers=["conv1_2", "conv1_1"])
    found = model.fit_transform(pair_images(images, references))
    weights = {key: torch.from_numpy(w).double() for key, w in np.load(path).items()}
    maps = [torch.from_numpy(((X[1] - MEAN) / STD).transpose(2, 0, 1)[None])
            for X in (images, references)]  # fmt: skip
    expected = {}
    for layer, k in (("conv1_1", 0), ("conv1_2", 2)):
        w, b = weights[f"features.{k}.weight"], weights[f"features.{k}.bias"]
        maps = [functional.conv2d(m, w, b, padding=1).relu() for m in maps]
        a, b = (m[0].numpy() for m in maps)
        expected[layer] = structural_similarity(
            a, b, win_size=7, use_sample_covariance=False, channel_axis=0,
            data_range=max(a.max(), b.max()),
        )  # fmt: skip
    np.testing.assert_allclose(found[1], [expected["conv1_2"], expected["conv1_1"]], rtol=1e-6)
    assert [*model.get_feature_names_out()] == ["vgg16_conv1_2", "vgg16_conv1_1"]


def test_equal_images_have_1_and_damage_lowers_it(path, rng, tmp_path):
    references = rng.random((3, 20, 48), dtype=np.float32)  # smaller than the network takes
    images = references + np.array([0, 0.1, 0.4], np.float32)[:, None, None] * rng.normal(
        size=references.shape
    ).astype(np.float32)
    model = DeepSimilarity(path=path, layers=["conv1_1"]).fit(pair_images(images, references))
    found = model.transform(pair_images(images, references)).ravel()
    assert found[0] == 1 and found[0] > found[1] > found[2]
    save_model(model, tmp_path / "saved.model")
    loaded = load_model(tmp_path / "saved.model")
    np.testing.assert_array_equal(loaded.transform(pair_images(images, references))[:, 0], found)


def test_units_of_a_dense_layer_are_one_row():
    units = torch.rand(2, 50, dtype=torch.float64)
    a, b = units.numpy()
    c1, c2 = (0.01 * units.max().item()) ** 2, (0.03 * units.max().item()) ** 2
    expected = (2 * a.mean() * b.mean() + c1) / (a.mean() ** 2 + b.mean() ** 2 + c1)
    expected *= (2 * np.cov(a, b, ddof=0)[0, 1] + c2) / (a.var() + b.var() + c2)
    assert similarity(units) == pytest.approx(expected)
    assert similarity(torch.zeros(2, 4, 5, 5)) == 1


def test_what_is_no_pair_or_no_layer_is_refused(path, rng):
    images = rng.random((2, 32, 32, 3))
    with pytest.raises(ValueError, match="pairs of an image and its reference"):
        DeepSimilarity(path=path).fit(images)
    pairs = pair_images(images, images)
    with pytest.raises(ValueError, match="layers of DeepSimilarity.'vgg16'. .* got 'conv9'"):
        DeepSimilarity(path=path, layers=["conv9"]).fit(pairs)
    with pytest.raises(ValueError, match="each once"):
        DeepSimilarity(path=path, layers=["conv1_1"] * 2).fit(pairs)
    with pytest.raises(ValueError, match="pairs of gray images .2. and of RGB images .6."):
        DeepSimilarity(path=path).fit(np.concatenate([images, images[..., :1]], axis=3))
