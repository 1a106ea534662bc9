"""Range and direction of scores: kept by regressors, in files, displays and scorers."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline

from sk_hyperimage.ensemble import (
    GroupEnsembleRegressor,
    HyperImageRegressor,
    PatchPoolingRegressor,
    TiledRegressor,
)
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.inspection import PatchMapDisplay, ScoreScatterDisplay
from sk_hyperimage.metrics import quality_scorers
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import load_model, save_model
from sk_hyperimage.utils._scores import direction_of

IMAGES = np.random.default_rng(0).random((12, 16, 16), dtype=np.float32)
SCORES = np.linspace(20, 80, 12)
NETWORK = CNNRegressor("C(2) MP(8) FC(1,linear)", max_epochs=1, random_state=0)
MODELS = {
    "CNN": clone(NETWORK).set_params(higher_is_better=False),
    "pooling": make_pipeline(
        PatchExtractor(8), PatchPoolingRegressor(NETWORK, higher_is_better=False)
    ),
    "hyper-image": HyperImageRegressor(
        extractor=PatchExtractor(8),
        patch_estimator=CNNRegressor("C(2) MP(8) FC(2) FC(1,linear)", max_epochs=1),
        final_estimator=CNNRegressor("C(2) MP(3) FC(1,linear)", max_epochs=1),
        random_state=0,
        higher_is_better=False,
    ),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return clone(MODELS[request.param]).fit(IMAGES, SCORES)


def test_range_and_direction_are_kept_and_saved(model, tmp_path):
    pytest.importorskip("skops")
    save_model(model, tmp_path / "a.model")
    for kept in (model, load_model(tmp_path / "a.model")):
        regressor = kept[-1] if hasattr(kept, "steps") else kept
        assert regressor.score_range_ == (20, 80)
        assert regressor.higher_is_better is False
        assert direction_of(FrozenEstimator(kept)) is False


@pytest.mark.parametrize(
    "wrapped",
    [
        TiledRegressor(MODELS["hyper-image"], 16),
        GroupEnsembleRegressor(MODELS["hyper-image"], cv=2, random_state=0),
        GridSearchCV(MODELS["CNN"], {"max_epochs": [1]}, cv=2),
    ],
    ids=lambda wrapped: type(wrapped).__name__,
)
def test_models_that_predict_by_another_have_its_direction(wrapped):
    model = clone(wrapped).fit(IMAGES, SCORES)
    assert direction_of(model) is False
    of_quality, of_damage = (
        quality_scorers(higher_is_better=direction)["srocc"](model, IMAGES, SCORES)
        for direction in (True, False)
    )
    assert of_quality == -of_damage


def test_displays_say_the_direction(model):
    plt = pytest.importorskip("matplotlib.pyplot")
    display = ScoreScatterDisplay.from_estimator(model, IMAGES, SCORES)
    assert display.ax_.get_xlabel() == "predicted score (lower is better)"
    if hasattr(model, "steps"):
        map_ = PatchMapDisplay.from_estimator(model, IMAGES[0])
        said = map_.colorbar_.ax.get_ylabel()
        assert said == "prediction of the first stage (lower is better)"
    plt.close("all")


def test_scorers_turn_the_correlations_of_a_model_of_the_other_direction(model):
    dmos = quality_scorers(higher_is_better=False)
    mos = quality_scorers(higher_is_better=True)
    for name in ("srocc", "plcc", "krocc", "plcc_logistic4"):
        expected = quality_scorers()[name](model, IMAGES, SCORES)
        assert dmos[name](model, IMAGES, SCORES) == expected
        assert mos[name](model, IMAGES, 100 - SCORES) == pytest.approx(expected, abs=1e-3)


def test_models_without_direction_are_scored_as_they_are():
    X = np.random.default_rng(0).normal(size=(40, 2))
    scores = [
        cross_validate(Ridge(), X, X[:, 0], scoring=scorers, cv=2)
        for scorers in (quality_scorers(), quality_scorers(higher_is_better=False))
    ]
    for name in quality_scorers():
        np.testing.assert_array_equal(*(found[f"test_{name}"] for found in scores))
