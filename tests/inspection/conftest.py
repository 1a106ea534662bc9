"""Fitted models to look into, and axes that vanish after each test."""

import numpy as np
import pytest
from small_models import LINEAR, STAGE_ONE, STAGE_TWO, fitted_pipeline

from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import PatchExtractor


@pytest.fixture(scope="session")
def images():
    return np.random.default_rng(0).random((20, 16, 24), dtype=np.float32)


@pytest.fixture(scope="session")
def y(images):
    return 10 * images[:, :8, :8].mean(axis=(1, 2))


@pytest.fixture(scope="session")
def linear_model(images, y):
    return fitted_pipeline(images, y, STAGE_ONE, LINEAR)


@pytest.fixture(scope="session")
def model(images, y):
    """Both stages in one object, fine-tuned, so that both copies of the first one differ."""
    return HyperImageRegressor(
        "passthrough",
        PatchExtractor(8, overlap=0),
        STAGE_ONE,
        STAGE_TWO,
        fine_tune_epochs=1,
        fine_tune_learning_rate_init=0.05,
        random_state=0,
        early_stopping=False,
    ).fit(images, y)


@pytest.fixture
def plt():
    """Pyplot without a screen, and without figures afterwards."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")
