"""What notebooks show of estimators: their parameters, and the parts of those that have parts."""

import html
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sk_hyperimage.ensemble import HyperImageClassifier, HyperImageRegressor
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.preprocessing import LocalContrastNormalizer

sys.path.insert(0, str(Path(__file__).parent))
from common import ESTIMATORS  # noqa: E402

STAGE_ONE = CNNRegressor("C(4) MP(8) FC(6) FC(1,linear)", max_epochs=1)
STAGE_TWO = CNNRegressor("FC(6) FC(1,linear)", max_epochs=1)


def shown(estimator):
    """The words of the HTML representation, without those for untrusted notebooks."""
    _, diagram = estimator._repr_html_().split('<div class="sk-container" hidden>')
    words = re.sub(r"<[^>]+>", " ", diagram.split("<script>")[0])
    return re.sub(r"\s+", " ", html.unescape(words))


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_every_estimator_shows_its_parameters_and_its_parts(estimator):
    words = shown(estimator)
    assert f" {type(estimator).__name__} " in words
    for name, value in estimator.get_params(deep=False).items():
        assert f" {name} " in words
        if hasattr(value, "fit"):
            assert f" {type(value).__name__} " in words


def in_order(words, *parts):
    """Whether the names of parts stand in the text one after the other."""
    return re.search(".*".join(rf"\b{part} " for part in parts), words) is not None


@pytest.mark.parametrize(
    ("model", "parts"),
    [
        (
            HyperImageRegressor(),
            ("LuminanceAndContrast", "PatchExtractor", "CNNRegressor", "SVR"),
        ),
        (
            HyperImageClassifier("passthrough"),
            ("passthrough", "PatchExtractor", "CNNClassifier", "LogisticRegression"),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_parts_that_are_left_to_the_default_are_shown_in_their_order(model, parts):
    assert in_order(shown(model), *parts)


def test_a_fitted_model_shows_its_fitted_parts():
    images = np.random.default_rng(0).random((12, 16, 16), dtype=np.float32)
    model = HyperImageRegressor("passthrough", PatchExtractor(8), STAGE_ONE, STAGE_TWO)
    words = shown(model.fit(images, images.std(axis=(1, 2))))
    assert " Fitted " in words
    assert in_order(words, "passthrough", "PatchExtractor", "CNNRegressor", "CNNRegressor")
    if "Fitted attributes" in words:  # from scikit-learn 1.9 on
        assert words.count(" input_shape_ ") == 2


def test_parts_are_nested_in_pipelines_and_searches():
    model = make_pipeline(
        LocalContrastNormalizer(), PatchExtractor(), HyperImageEncoder(STAGE_ONE), STAGE_TWO
    )
    words = shown(GridSearchCV(model, {"patchextractor__overlap": [0, 0.5]}))
    parts = ("GridSearchCV", "Pipeline", "LocalContrastNormalizer", "PatchExtractor")
    assert in_order(words, *parts, "HyperImageEncoder", "CNNRegressor", "CNNRegressor")
