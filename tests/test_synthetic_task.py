"""The claim of the paper, at a size that a test can afford."""

import numpy as np
import pytest

from sk_hyperimage import architectures as arch
from sk_hyperimage.datasets import make_synthetic_artifacts
from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.metrics import srocc_score
from sk_hyperimage.neural_network import CNNRegressor


@pytest.mark.slow
def test_two_stages_beat_patch_averaging_on_the_synthetic_task():
    train, test = (make_synthetic_artifacts(n, random_state=n) for n in (600, 300))
    trainer = {"solver": "adam", "learning_rate": "cosine", "learning_rate_init": 1e-3}
    model = HyperImageRegressor(
        "passthrough",
        PatchExtractor(patch_size=32, overlap=2 / 3),
        CNNRegressor(arch.SYNTHETIC_STAGE1, batch_size=256, max_epochs=3, **trainer),
        CNNRegressor(
            arch.SYNTHETIC_STAGE2,
            batch_size=20,
            max_epochs=60,
            augmentation="symmetries",
            **trainer,
        ),
        random_state=0,
    ).fit(train.images, train.target)
    averaged = np.mean(model.predict_patches(test.images), axis=(1, 2))
    assert srocc_score(test.target, model.predict(test.images)) > 0.9
    assert srocc_score(test.target, averaged) < 0.8


@pytest.mark.slow
def test_the_default_beats_patch_averaging_on_it_as_well():
    train, test = (make_synthetic_artifacts(n, random_state=n) for n in (600, 300))
    model = HyperImageRegressor(random_state=0).fit(train.images, train.target)
    assert srocc_score(test.target, model.predict(test.images)) > 0.9
