"""Networks on pairs of an image and its reference: one trunk for both, one row of numbers."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline

from sk_hyperimage import architectures
from sk_hyperimage.ensemble import PatchPoolingRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.images import Windows, pair_images
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.neural_network.aggregation import _dense
from sk_hyperimage.neural_network.layers import build_module, n_parameters
from sk_hyperimage.persistence import load_model, save_model

TRUNK = "C(4,3,1,relu,valid) MP(2) FC(5)"
TRAINING = {"max_epochs": 8, "early_stopping": False, "random_state": 0}


def net(layers, shape):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build_module(layers, shape).double().eval()


def pairs_and_damage(rng, n=24, side=16):
    """References with noise of known deviation; a single image does not tell it."""
    references = rng.random((n, side, side, 3), dtype=np.float32)
    damage = np.linspace(0, 0.5, n, dtype=np.float32)
    noise = damage[:, None, None, None] * rng.normal(size=references.shape).astype(np.float32)
    return pair_images(references + noise, references), damage


@pytest.mark.parametrize("fusion", ["all", "both", "difference"])
def test_both_images_go_through_one_trunk_and_are_fused(fusion, rng):
    twins = net(f"Twins {TRUNK} Fuse({fusion}) FC(1)", (10, 12, 6))
    trunk = net(f"{TRUNK} FC(1)", (10, 12, 3))
    for name in (".conv.weight", ".conv.bias", ".dense.weight", ".dense.bias"):
        of_trunk = next(w for key, w in trunk.named_parameters() if key.endswith(name))
        next(w for key, w in twins.named_parameters() if key.endswith(name)).data = of_trunk.data
    batch = torch.from_numpy(rng.normal(size=(3, 10, 12, 6)))
    with torch.no_grad():
        image, reference = (trunk.embed(half, 1) for half in batch.chunk(2, dim=3))
        parts = {"both": [image, reference], "difference": [reference - image]}
        parts["all"] = parts["both"] + parts["difference"]
        torch.testing.assert_close(twins.embed(batch, 2), torch.cat(parts[fusion], dim=1))
        # Inside the trunk a pair is described as a pair: the image's channels come first.
        torch.testing.assert_close(twins.embed(batch, 1), torch.cat(parts["both"], dim=1))


@pytest.mark.parametrize(
    "layers",
    [
        "Twins C(4,3,1,relu,valid) C(5,3,1,linear,valid) MinMaxPool(12) Fuse FC(6) FC(1)",
        "Twins C(4,3,1,relu,valid) Fuse C(5,3,1,relu,valid) FC(6) FC(1)",
    ],
)
def test_patches_of_pairs_share_layers_exactly(layers, rng, monkeypatch):
    monkeypatch.setattr(_dense, "STRIP_FLOATS", 2000)  # several strips
    module = net(layers, (16, 16, 4))
    images = torch.from_numpy(rng.normal(size=(2, 32, 28, 4)))
    rows, cols = np.arange(0, 17, 4), np.arange(0, 13, 4)
    windows = Windows.lattice(rows, cols, (16, 16))
    patches = torch.stack(
        [image[r : r + 16, c : c + 16] for image in images for r in rows for c in cols]
    )
    with torch.no_grad():
        for layer in range(len(module.describing)):
            assert _dense.n_shared(module, windows, layer) > 1
            shared = _dense.embed_windows(module, images, windows, layer)
            torch.testing.assert_close(shared, module.embed(patches, layer))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("Fuse FC(1)", "position 0 expected Twins before it"),
        ("Twins FC(1)", "the end"),
        ("Twins C(2) Twins Fuse FC(1)", "position 11 expected Fuse before it"),
        ("Twins C(2) Fuse(sum) FC(1)", "'sum'"),
        ("FC(4) Twins Fuse FC(1)", "takes images"),
    ],
)
def test_words_for_pairs_come_in_pairs(layers, message):
    with pytest.raises(ValueError, match=message):
        build_module(layers, (8, 8, 6))


def test_full_reference_wadiqam_has_the_parameters_of_public_code():
    trunk = n_parameters(architectures.DIQAM_FR, (32, 32, 6)) - (3 * 512 + 1) * 512 - 513
    assert trunk + n_parameters(architectures.WADIQAM_STAGE2, (24, 23, 1536)) == 6_287_138


def test_a_network_on_pairs_clones_cross_validates_and_is_saved_as_others(rng, tmp_path):
    pairs, damage = pairs_and_damage(rng)
    model = make_pipeline(
        PatchExtractor(8, overlap=0),
        PatchPoolingRegressor(
            CNNRegressor(
                "Twins C(4) MP(8) Fuse FC(8) FC(1,linear)",
                **TRAINING | {"solver": "adam", "learning_rate_init": 0.02},
            )
        ),
    )
    groups = np.arange(24) % 2
    result = cross_validate(clone(model), pairs, damage, groups=groups, cv=GroupKFold(2))
    assert result["test_score"].mean() > 0.3
    expected = model.fit(pairs, damage).predict(pairs)
    save_model(model, tmp_path / "pairs.model")
    np.testing.assert_array_equal(load_model(tmp_path / "pairs.model").predict(pairs), expected)
    with pytest.raises(ValueError, match="X has 3 channels, but .* is expecting 6"):
        model.predict(np.asarray(pairs)[..., :3])


def test_bad_pairs_are_refused_by_name(rng):
    images, y = rng.random((8, 16, 16, 3), dtype=np.float32), np.arange(8.0)
    model = CNNRegressor(f"Twins {TRUNK} Fuse FC(1,linear)", **TRAINING)
    with pytest.raises(ValueError, match="Twins .* takes pairs .* even number .* gets 3"):
        model.fit(images, y)
    references = [*images[:4], None, *images[5:]]
    with pytest.raises((TypeError, ValueError), match=r"X\[4\]"):
        pair_images(list(images), references)
    constant = np.full((8, 16, 16, 6), 0.5, dtype=np.float32)
    assert np.isfinite(model.fit(constant, y).predict(constant)).all()
