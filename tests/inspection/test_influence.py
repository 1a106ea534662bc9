"""Influences: sums, signs and differences of predictions, and how they are spread over pixels."""

import numpy as np
import pytest
from scipy.special import logit
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline, make_pipeline
from small_models import (
    CLASSIFIER_ONE,
    LINEAR,
    SMALL,
    STAGE_ONE,
    STAGE_TWO,
    Means,
    fitted_pipeline,
)

from sk_hyperimage.ensemble import HyperImageClassifier, HyperImageRegressor
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.inspection import _influence, influence_grids, influence_maps
from sk_hyperimage.neural_network import CNNClassifier, PatchRanker, ScoreAndKindRegressor

METHODS = ["gradient", "occlusion"]


@pytest.mark.parametrize("method", METHODS)
def test_influences_of_a_linear_second_stage_sum_to_the_prediction_without_the_constant(
    method, linear_model, images
):
    influences = influence_grids(linear_model, images, method=method)
    reader = linear_model[-1]
    bias = reader.weights_["layers.0.dense.bias"][0]
    constant = reader.y_mean_ + reader.y_scale_ * bias
    predicted = linear_model.predict(images)
    assert np.ptp(predicted) > 0.1
    np.testing.assert_allclose(influences.sum(axis=(1, 2)), predicted - constant, atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("axes", [(0,), (0, 1, 2)], ids=["of the grid", "of one position"])
def test_with_a_baseline_they_sum_to_the_prediction_less_that_of_the_baseline(
    method, axes, linear_model, images
):
    hyper_images = linear_model[:-1].transform(images)
    baseline = hyper_images.mean(axis=axes)
    influences = influence_grids(linear_model, images, method=method, baseline=baseline)
    neutral = np.broadcast_to(baseline, hyper_images.shape[1:])[np.newaxis]
    expected = linear_model.predict(images) - linear_model[-1].predict(neutral)
    np.testing.assert_allclose(influences.sum(axis=(1, 2)), expected, atol=1e-4)


def test_both_methods_agree_on_every_position_of_a_linear_second_stage(linear_model, images):
    gradient, occlusion = (influence_grids(linear_model, images, method=m) for m in METHODS)
    np.testing.assert_allclose(gradient, occlusion, atol=1e-4)


@pytest.mark.parametrize("baseline", [None, np.linspace(0, 1, 6)], ids=["zeros", "given"])
def test_occlusion_is_the_difference_of_two_predictions(baseline, model, images):
    influences = influence_grids(model, images, method="occlusion", baseline=baseline)
    hyper_images = model.encode(images)
    for u, v in [(0, 0), (1, 2)]:
        occluded = hyper_images.copy()
        occluded[:, u, v] = 0 if baseline is None else baseline
        expected = model.predict(images) - model.final_estimator_.predict(occluded)
        assert np.abs(expected).max() > 0.01
        np.testing.assert_allclose(influences[:, u, v], expected, atol=1e-5)


def test_gradients_are_those_of_small_changes_of_the_prediction(model, images):
    X = images[:1].astype(np.float64)
    double = HyperImageRegressor(
        "passthrough", PatchExtractor(8, overlap=0), STAGE_ONE, STAGE_TWO, random_state=0
    ).fit(images.astype(np.float64), images.mean(axis=(1, 2)))
    hyper_image = double.encode(X)
    step = 1e-6
    expected = np.zeros((2, 3))
    for u, v, d in np.ndindex(hyper_image.shape[1:]):
        changed = hyper_image.copy()
        changed[0, u, v, d] += step
        slope = (double.final_estimator_.predict(changed) - double.predict(X))[0] / step
        expected[u, v] += slope * hyper_image[0, u, v, d]
    np.testing.assert_allclose(influence_grids(double, X)[0], expected, rtol=1e-3, atol=1e-6)


def with_weights(model, weights, bias=0.0):
    """The model, its linear second stage replaced by one of these weights, (U, V)."""
    reader = model[-1]
    reader.weights_ = {
        "layers.0.dense.weight": np.float32(weights).reshape(1, -1),
        "layers.0.dense.bias": np.float32([bias]),
    }
    reader.y_mean_, reader.y_scale_ = 5.0, 2.0
    return model


@pytest.mark.parametrize("method", METHODS)
def test_what_raises_the_score_is_positive_and_what_lowers_it_negative(method, images, y):
    weights = np.zeros((2, 3))
    weights[0, 1], weights[1, 2] = 1, -3
    model = with_weights(fitted_pipeline(images, y, Means(), LINEAR, overlap=0), weights, bias=1)
    image = np.full((16, 24), 0.5, dtype=np.float32)
    assert model.predict([image])[0] == pytest.approx(5 + 2 * (1 + 0.5 - 1.5))
    influences = influence_grids(model, [image], method=method)[0]
    np.testing.assert_allclose(influences, [[0, 1, 0], [0, 0, -3]], atol=1e-6)
    usual = influence_grids(model, [image], method=method, baseline=[0.75])[0]
    np.testing.assert_allclose(usual, [[0, -0.5, 0], [0, 0, 1.5]], atol=1e-6)


def test_of_two_classes_influences_are_log_odds_of_the_greater_label(images, y):
    labels = np.where(y > np.median(y), "yes", "no")
    linear = CNNClassifier("FC(1,sigmoid)", **SMALL)
    model = HyperImageClassifier(
        "passthrough", PatchExtractor(8), CLASSIFIER_ONE, linear, random_state=0
    ).fit(images, labels)
    log_odds = logit(model.predict_proba(images)[:, 1])
    assert model.classes_.tolist() == ["no", "yes"]
    (bias,) = model.final_estimator_.weights_["layers.0.dense.bias"]
    for method in METHODS:
        influences = influence_grids(model, images, method=method)
        np.testing.assert_allclose(influences.sum(axis=(1, 2)), log_odds - bias, atol=1e-4)


def test_of_more_classes_they_explain_the_logit_of_the_predicted_one(images):
    labels = np.arange(20) % 3
    stages = [CNNClassifier(layers, **SMALL) for layers in ("FC(6) FC(3,linear)", "FC(3,linear)")]
    model = fitted_pipeline(images, labels, *stages)
    logs = np.log(model.predict_proba(images))
    rows, predicted = np.arange(20), logs.argmax(axis=1)
    assert len(set(predicted)) > 1
    bias = model[-1].weights_["layers.0.dense.bias"]
    constant = bias[predicted] - bias.mean()
    expected = logs[rows, predicted] - logs.mean(axis=1) - constant
    for method in METHODS:
        influences = influence_grids(model, images, method=method)
        np.testing.assert_allclose(influences.sum(axis=(1, 2)), expected, atol=1e-4)


def test_kinds_beside_the_score_are_not_explained(images, y):
    encoder = make_pipeline(PatchExtractor(8), HyperImageEncoder(STAGE_ONE)).fit(images, y)
    hyper_images = encoder.transform(images)
    reader = ScoreAndKindRegressor("FC(1,linear)", **SMALL)
    reader.fit(hyper_images, y, kinds=np.arange(len(y)) % 3)
    model = Pipeline([*encoder.steps, ("read", reader)])
    gradient, occlusion = (influence_grids(model, images, method=m) for m in METHODS)
    np.testing.assert_allclose(gradient, occlusion, atol=1e-4)


def test_a_ranker_and_a_frozen_second_stage_are_understood(images):
    labels = np.arange(20) % 2
    ranker = PatchRanker("C(4) MP(8) FC(6)", max_epochs=1, early_stopping=False, random_state=0)
    second = CNNClassifier("FC(6) FC(1,sigmoid)", **SMALL)
    model = make_pipeline(PatchExtractor(8), HyperImageEncoder(ranker), second).fit(images, labels)
    influences = influence_grids(model, images, method="occlusion")
    hyper_images = model[:-1].transform(images)
    hyper_images[:, 1, 2] = 0
    before = second.predict_proba(model[:-1].transform(images))[:, 1]
    after = second.predict_proba(hyper_images)[:, 1]
    np.testing.assert_allclose(influences[:, 1, 2], logit(before) - logit(after), atol=1e-4)
    frozen = make_pipeline(*model[:2], FrozenEstimator(second))
    np.testing.assert_array_equal(influence_grids(frozen, images, method="occlusion"), influences)


def test_influences_do_not_depend_on_what_else_is_explained(model, images, monkeypatch):
    for method in METHODS:
        together = influence_grids(model, images, method=method)
        alone = influence_grids(model, images[3:4], method=method)
        np.testing.assert_allclose(alone, together[3:4], atol=1e-5)
    monkeypatch.setattr(_influence, "BATCH_FLOATS", 2 * 36)  # two hyper-images at a time
    in_parts = influence_grids(model, images, method="occlusion")
    np.testing.assert_allclose(in_parts, together, atol=1e-5)


def test_a_pixel_has_the_mean_of_the_influences_of_its_patches(images, y):
    model = fitted_pipeline(images, y, Means(), LINEAR)
    grids = influence_grids(model, images[:2])
    maps = influence_maps(model, images[:2])
    assert grids.shape == (2, 3, 5)
    assert [map_.shape for map_ in maps] == [(16, 24)] * 2
    for grid, map_ in zip(grids, maps, strict=True):
        np.testing.assert_allclose(map_[:4, :4], grid[0, 0])  # a corner, of one patch
        np.testing.assert_allclose(map_[:4, 4:8], (grid[0, 0] + grid[0, 1]) / 2)
        np.testing.assert_allclose(map_[4:8, 20:], (grid[0, 4] + grid[1, 4]) / 2)
        np.testing.assert_allclose(map_[4:8, 4:8], grid[:2, :2].mean())


@pytest.mark.filterwarnings("ignore:.*scaled down")
def test_an_image_that_the_grid_scales_down_gets_a_map_of_its_own_size_without_blur(images, y):
    model = fitted_pipeline(images, y, Means(), LINEAR, overlap=0)
    large = np.random.default_rng(1).random((48, 72), dtype=np.float32)
    grid = influence_grids(model, [large])[0]
    (map_,) = influence_maps(model, [large])
    np.testing.assert_array_equal(map_, grid.repeat(24, axis=0).repeat(24, axis=1))


def test_pixels_between_the_patches_have_the_influence_of_the_nearest(images, y):
    extractor = PatchExtractor(8, grid_shape=(1, 2))
    model = HyperImageRegressor("passthrough", extractor, STAGE_ONE, LINEAR, random_state=0)
    (map_,) = influence_maps(model.fit(images, y), images[:1])
    ((left, right),) = influence_grids(model, images[:1])[0]
    np.testing.assert_array_equal(map_[:, :12], np.full((16, 12), left))
    np.testing.assert_array_equal(map_[:, 12:], np.full((16, 12), right))
