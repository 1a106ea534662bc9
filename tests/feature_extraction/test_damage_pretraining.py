"""A first stage that learns from damage made on purpose."""

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from sk_hyperimage.datasets import load_sample_photos, make_local_damage
from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import PatchExtractor, patch_ssim, pretrain_on_damage
from sk_hyperimage.metrics import srocc_score
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import load_model, save_model
from sk_hyperimage.preprocessing import ColorConverter, LuminanceAndContrast

PARTS = {"normalizer": ColorConverter("rgb"), "extractor": PatchExtractor(16, overlap=0)}
SMALL = CNNRegressor(
    "C(8,5,1,relu,valid) MinMaxPool(12) FC(16) FC(1,linear)",
    solver="adam",
    learning_rate_init=3e-3,
    max_epochs=8,
    batch_by="image",
)


@pytest.fixture(scope="module")
def photographs():
    return load_sample_photos(64).images


@pytest.fixture(scope="module")
def first_stage(photographs):
    return pretrain_on_damage(photographs[:24], SMALL, **PARTS, random_state=0)


def test_it_tells_damage_in_photographs_that_it_has_not_seen(first_stage, photographs):
    data = make_local_damage(
        photographs[24:36], n_per_reference=4, kinds=["additive noise"], random_state=1
    )
    model = HyperImageRegressor(**PARTS, patch_estimator=first_stage, layer=-1, random_state=0)
    model.fit(data.images, data.target)
    truth = patch_ssim(data.images, photographs[24:36][data.groups], extractor=PARTS["extractor"])
    assert srocc_score(truth.ravel(), model.predict_patches(data.images).ravel()) > 0.5


def test_the_default_network_sees_both_channels_before_and_after(photographs):
    first_stage = pretrain_on_damage(photographs[:24], random_state=0)
    data = make_local_damage(photographs[24:36], n_per_reference=4, random_state=1)
    model = HyperImageRegressor(patch_estimator=first_stage, layer=-1, random_state=0)
    model.fit(data.images[:8], data.target[:8])
    assert isinstance(model.normalizer_, LuminanceAndContrast)
    truth = patch_ssim(data.images, photographs[24:36][data.groups], extractor=PatchExtractor())
    assert srocc_score(truth.ravel(), model.predict_patches(data.images).ravel()) > 0.4


def test_models_keep_it_as_it_is_and_save_it(first_stage, photographs, tmp_path):
    model = HyperImageRegressor(**PARTS, patch_estimator=first_stage, layer=-1, random_state=0)
    model.fit(photographs[:8], np.arange(8))
    before, after = first_stage.estimator.weights_, model.patch_estimator_.weights_
    assert all((before[name] == after[name]).all() for name in before)
    save_model(model, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(photographs), model.predict(photographs))


def test_the_same_seed_gives_the_same_network(photographs):
    brief = clone(SMALL).set_params(max_epochs=1)
    stages = [
        pretrain_on_damage(photographs[:4], brief, n_per_photograph=1, random_state=seed)
        for seed in (0, 0, 1)
    ]
    assert isinstance(stages[0], FrozenEstimator)
    first, again, other = (joblib.hash(stage.estimator.weights_) for stage in stages)
    assert first == again != other
    assert not hasattr(brief, "weights_")


def test_photographs_have_to_be_8_bit_colors(photographs):
    with pytest.raises(ValueError, match="references must be uint8 of shape"):
        pretrain_on_damage(photographs[:4] / 255, SMALL)
