import numpy as np
import pytest
from small_models import CLASSIFIER_ONE, SMALL, STAGE_ONE, fitted_pipeline

from sk_hyperimage.inspection import cell_grids, cell_maps
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor


@pytest.fixture(scope="module")
def weighing(images, y):
    stage_two = CNNRegressor("C(8,1) WeightedMean(4) FC(1,linear)", **SMALL | {"max_epochs": 8})
    return fitted_pipeline(images, y, STAGE_ONE, stage_two, overlap=0)


def test_the_prediction_is_the_sum_of_weights_times_scores(weighing, images):
    weights, scores = cell_grids(weighing, images), cell_grids(weighing, images, of="scores")
    assert weights.shape == scores.shape == (20, 2, 3)
    assert (weights >= 0).all()
    assert np.ptp(weights) > 1e-4
    np.testing.assert_allclose(weights.sum(axis=(1, 2)), 1, rtol=1e-5)
    expected = weighing.predict(images)
    np.testing.assert_allclose((weights * scores).sum(axis=(1, 2)), expected, rtol=1e-5)


def test_cells_of_a_mean_count_alike(images, y):
    model = fitted_pipeline(images, y, STAGE_ONE, CNNRegressor("Mean FC(1,linear)", **SMALL))
    np.testing.assert_allclose(cell_grids(model, images), 1 / 15, rtol=1e-6)
    mean = cell_grids(model, images, of="scores").mean(axis=(1, 2))
    np.testing.assert_allclose(mean, model.predict(images), rtol=1e-5)


@pytest.mark.parametrize("of", ["weights", "scores"])
def test_maps_hold_the_value_of_the_patch_at_a_pixel(of, weighing, images):
    (map_,) = cell_maps(weighing, images[:1], of=of)
    assert map_.shape == (16, 24)
    np.testing.assert_array_equal(map_[::8, ::8], cell_grids(weighing, images[:1], of=of)[0])


def test_networks_that_read_the_whole_grid_are_refused(linear_model, images):
    with pytest.raises(ValueError, match="begin with Mean, MeanStd or WeightedMean"):
        cell_grids(linear_model, images)


def test_of_a_classifier_there_are_weights(images, y):
    stage_two = CNNClassifier("WeightedMean FC(1,sigmoid)", **SMALL)
    model = fitted_pipeline(images, y > np.median(y), CLASSIFIER_ONE, stage_two)
    np.testing.assert_allclose(cell_grids(model, images).sum(axis=(1, 2)), 1, rtol=1e-5)
    with pytest.raises(ValueError, match="for regressors"):
        cell_grids(model, images, of="scores")
