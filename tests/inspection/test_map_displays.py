"""PatchMapDisplay and InfluenceMapDisplay: what is drawn where, and in which colors."""

import numpy as np
import pytest
from scipy.special import expit
from skimage.io import imread
from sklearn.pipeline import make_pipeline
from small_models import CLASSIFIER_ONE, LINEAR, STAGE_ONE, Means, fitted_pipeline

from sk_hyperimage.ensemble import PatchPoolingClassifier, PatchPoolingRegressor
from sk_hyperimage.feature_extraction import AlongContours, HyperImageEncoder, PatchExtractor
from sk_hyperimage.inspection import (
    InfluenceMapDisplay,
    PatchMapDisplay,
    influence_maps,
    patch_maps,
)
from sk_hyperimage.neural_network import CNNClassifier, PatchRanker
from sk_hyperimage.preprocessing import ImageResizer

DISPLAYS = [PatchMapDisplay, InfluenceMapDisplay]


def drawn(artist):
    return np.ma.filled(np.ma.asarray(artist.get_array(), dtype=float), np.nan)


@pytest.mark.parametrize("display", DISPLAYS)
def test_in_a_new_figure_image_and_map_stand_side_by_side(display, plt, model, images):
    shown = display.from_estimator(model, images[0])
    assert shown.axes_.shape == (2,)
    assert shown.figure_ is shown.axes_[0].figure is plt.gcf()
    np.testing.assert_array_equal(drawn(shown.image_), images[0])
    assert shown.image_.axes is shown.axes_[0]
    assert shown.map_.axes is shown.axes_[1]
    assert drawn(shown.map_).shape == (16, 24)
    assert shown.colorbar_.mappable is shown.map_


@pytest.mark.parametrize("display", DISPLAYS)
def test_on_one_axes_the_map_lies_over_the_image(display, plt, model, images):
    _, ax = plt.subplots()
    shown = display.from_estimator(model, images[0], ax=ax, colorbar=False)
    assert shown.axes_.tolist() == [ax]
    assert list(ax.images) == [shown.image_, shown.map_]
    assert shown.colorbar_ is None
    with pytest.raises(ValueError, match="ax holds 3 axes; this display draws on 1"):
        shown.plot(plt.subplots(1, 3)[1])


def test_a_pixel_shows_the_mean_of_the_predictions_for_its_patches(plt, images, y):
    model = fitted_pipeline(images, y, Means(), LINEAR)
    image = np.zeros((8, 16))  # three patches of 8 x 8, with means of 1, 0.5 and 0
    image[:, :8] = 1
    model[0].set_params(grid_shape=(1, 3)).fit([image])
    shown = PatchMapDisplay.from_estimator(model, image)
    columns = np.repeat([1, 0.75, 0.25, 0], 4)
    np.testing.assert_allclose(drawn(shown.map_), np.tile(columns, (8, 1)))
    assert shown.map_.get_clim() == (0, 1)
    np.testing.assert_array_equal(shown.values, drawn(shown.map_))


def test_regressors_show_scores_of_the_first_stage_and_classifiers_probabilities(plt, images, y):
    extractor = PatchExtractor(8, overlap=0)
    pooled = make_pipeline(extractor, PatchPoolingRegressor(STAGE_ONE)).fit(images, y)
    scores = pooled[-1].predict_patches(pooled[:-1].transform(images[:1]))[0]
    shown = PatchMapDisplay.from_estimator(pooled, images[0])
    np.testing.assert_allclose(drawn(shown.map_), np.kron(scores, np.ones((8, 8))), rtol=1e-5)

    labels = y > np.median(y)
    pooled = make_pipeline(extractor, PatchPoolingClassifier(CLASSIFIER_ONE)).fit(images, labels)
    probabilities = pooled[-1].predict_patches(pooled[:-1].transform(images[:1]))[0, ..., 1]
    shown = PatchMapDisplay.from_estimator(pooled, images[0])
    np.testing.assert_allclose(drawn(shown.map_), np.kron(probabilities, np.ones((8, 8))))


def test_the_first_stage_is_shown_as_it_was_before_fine_tuning(plt, model, images):
    shown = PatchMapDisplay.from_estimator(model, images[0])
    scores = model.predict_patches(images[:1])[0]
    np.testing.assert_allclose(drawn(shown.map_), np.kron(scores, np.ones((8, 8))), rtol=1e-5)


def test_a_ranker_is_shown_as_in_patch_maps(plt, images):
    ranker = PatchRanker("C(4) MP(8) FC(6)", max_epochs=1, early_stopping=False)
    encoder = make_pipeline(
        PatchExtractor(8), HyperImageEncoder(ranker, supervision=AlongContours())
    ).fit(images, np.arange(20) % 2)
    shown = PatchMapDisplay.from_estimator(encoder, images[0])
    np.testing.assert_allclose(drawn(shown.map_), patch_maps(encoder, images[:1])[0], rtol=1e-5)
    patch = encoder[1].patch_estimator_.decision_function(images[:1, :8, :8])
    assert drawn(shown.map_)[0, 0] == pytest.approx(expit(patch)[0], rel=1e-4)


def test_a_first_stage_of_more_classes_has_no_map(plt, images):
    stage = CNNClassifier("FC(3,linear)", max_epochs=1)
    model = make_pipeline(PatchExtractor(8), PatchPoolingClassifier(stage))
    model.fit(images, np.arange(20) % 3)
    with pytest.raises(ValueError, match="the first stage has 3 classes"):
        PatchMapDisplay.from_estimator(model, images[0])


def test_influences_are_drawn_signed_and_symmetric_about_zero(plt, model, images):
    shown = InfluenceMapDisplay.from_estimator(model, images[0], method="occlusion")
    (expected,) = influence_maps(model, images[:1], method="occlusion")
    np.testing.assert_array_equal(drawn(shown.map_), expected)
    low, high = shown.map_.get_clim()
    assert -low == high == np.abs(expected).max()
    red, _, blue, _ = shown.map_.to_rgba(np.array([[high]]))[0, 0]
    assert red > blue  # what raised the prediction
    red, _, blue, _ = shown.map_.to_rgba(np.array([[low]]))[0, 0]
    assert red < blue


def test_over_the_image_influences_are_as_opaque_as_they_are_strong(plt):
    _, ax = plt.subplots()
    shown = InfluenceMapDisplay([[1, 0], [-2, np.nan]], np.eye(2)).plot(ax)
    np.testing.assert_allclose(shown.map_.get_alpha(), [[0.45, 0], [0.9, 0]])
    without = InfluenceMapDisplay(np.zeros((2, 2)), np.eye(2)).plot(plt.subplots()[1])
    np.testing.assert_array_equal(without.map_.get_alpha(), np.zeros((2, 2)))


def test_a_baseline_is_handed_on(plt, model, images):
    baseline = model.encode(images).mean(axis=(0, 1, 2))
    shown = InfluenceMapDisplay.from_estimator(model, images[0], baseline=baseline)
    (expected,) = influence_maps(model, images[:1], baseline=baseline)
    np.testing.assert_array_equal(drawn(shown.map_), expected)


@pytest.mark.parametrize("display", DISPLAYS)
def test_without_an_image_there_is_the_map_alone_in_the_style_asked_for(display, plt):
    shown = display(np.eye(3)).plot(imshow_kwargs={"cmap": "magma", "vmax": 7})
    assert shown.axes_.shape == (1,)
    assert shown.image_ is None
    assert shown.map_.get_interpolation() == "nearest"
    assert shown.map_.get_cmap().name == "magma"
    assert shown.map_.get_clim()[1] == 7


def test_files_are_read_and_shown_in_color_beside_the_map_in_gray_under_it(
    plt, photo_files, tmp_path
):
    model = fitted_pipeline(photo_files, np.arange(6.0), Means(), LINEAR)
    shown = PatchMapDisplay.from_estimator(model, photo_files[1])
    image = imread(photo_files[1]) / 255
    np.testing.assert_allclose(drawn(shown.image_), image, rtol=1e-6)
    assert drawn(shown.map_).shape == image.shape[:2] == (21, 29)
    shown.plot(plt.subplots()[1])
    np.testing.assert_allclose(drawn(shown.image_), image @ [0.299, 0.587, 0.114], atol=0.003)


def test_values_beyond_the_range_of_pictures_are_scaled_to_it(plt):
    shown = PatchMapDisplay(np.eye(2), [[-1.0, 1], [3, 1]]).plot()
    np.testing.assert_array_equal(drawn(shown.image_), [[0, 0.5], [1, 0.5]])


def test_a_map_of_another_size_than_the_image_is_refused(plt, images, y):
    model = make_pipeline(ImageResizer((8, 16)), PatchExtractor(8), PatchPoolingRegressor(Means()))
    model.fit(images, y)
    with pytest.raises(ValueError, match=r"map has shape \(8, 16\), the image \(16, 24\)"):
        PatchMapDisplay.from_estimator(model, images[0])
    with pytest.raises(ValueError, match="a map has 2 dimensions"):
        InfluenceMapDisplay(np.zeros((2, 2, 3))).plot()
