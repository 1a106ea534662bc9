"""Displays of hyper-images, patch grids and learning curves."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from small_models import LINEAR, STAGE_ONE, Means, fitted_pipeline

from sk_hyperimage.ensemble import PatchPoolingRegressor
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.inspection import HyperImageDisplay, LossCurveDisplay, PatchGridDisplay
from sk_hyperimage.neural_network import CNNClassifier, PatchRanker
from sk_hyperimage.preprocessing import ImageResizer, LocalContrastNormalizer


def test_colours_of_a_hyper_image_are_its_principal_components(plt, rng):
    scores = rng.normal(size=(35, 3)) * [9, 3, 1]
    scores -= scores.mean(axis=0)
    scores = np.linalg.qr(scores)[0] * [9, 3, 1]  # exactly uncorrelated
    axes = np.eye(10)[[2, 5, 7]]
    hyper_image = (4 + scores @ axes).reshape(5, 7, 10)
    (picture,) = HyperImageDisplay(hyper_image).plot().images_
    colours = picture.get_array().reshape(-1, 3)
    expected = (scores - scores.min(axis=0)) / np.ptp(scores, axis=0)
    np.testing.assert_allclose(colours, expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(3, 4, 1), (1, 2, 5), (1, 1, 4)])
def test_small_hyper_images_have_a_picture_all_the_same(plt, rng, shape):
    (picture,) = HyperImageDisplay(rng.random(shape)).plot().images_
    colours = picture.get_array()
    assert colours.shape == (*shape[:2], 3)
    assert (colours[..., 2] == 0.5).all()  # there is no third component


def test_channels_are_drawn_on_a_common_scale(plt, model, images):
    display = HyperImageDisplay.from_estimator(model, images[3], channels=[4, 0, -1])
    hyper_image = model.encode(images[3:4])[0]
    for picture, channel in zip(display.images_, [4, 0, -1], strict=True):
        np.testing.assert_array_equal(picture.get_array(), hyper_image[..., channel])
        assert picture.get_clim() == (
            hyper_image[..., [4, 0, 5]].min(),
            hyper_image[..., [4, 0, 5]].max(),
        )
    assert [ax.get_title() for ax in display.axes_] == ["channel 4", "channel 0", "channel -1"]
    one = display.plot(plt.subplots()[1], channels=2, imshow_kwargs={"cmap": "magma"})
    assert len(one.images_) == 1
    assert one.images_[0].get_cmap().name == "magma"


def test_hyper_images_that_are_none_are_refused(plt, model, images, y):
    with pytest.raises(ValueError, match="channels=6 is out of range: there are 6"):
        HyperImageDisplay.from_estimator(model, images[0], channels=6)
    with pytest.raises(ValueError, match="3 dimensions, .*, not 2"):
        HyperImageDisplay(np.eye(3)).plot()
    pooled = make_pipeline(PatchExtractor(8), PatchPoolingRegressor(Means())).fit(images, y)
    with pytest.raises(ValueError, match="pools patches and makes no hyper-images"):
        HyperImageDisplay.from_estimator(pooled, images[0])


def corners(collection):
    """Left, top, right and bottom of the outlines, in the order of the patches."""
    points = np.array([path.vertices[:4] for path in collection.get_paths()])
    return np.hstack([points.min(axis=1), points.max(axis=1)])


def test_outlines_lie_where_the_patches_were_cut(plt):
    image = np.zeros((10, 16))
    extractor = PatchExtractor((4, 8), overlap=0, grid_shape=(2, 2)).fit([image])
    display = PatchGridDisplay.from_estimator(extractor, image)
    pixels = [[0, 0, 8, 4], [8, 0, 16, 4], [0, 6, 8, 10], [8, 6, 16, 10]]
    np.testing.assert_array_equal(corners(display.kept_), np.array(pixels) - 0.5)
    assert display.left_out_ is None
    np.testing.assert_array_equal(display.image_.get_array(), image)


@pytest.mark.filterwarnings("ignore:.*scaled down")
def test_on_an_image_that_is_scaled_down_outlines_grow_with_it(plt):
    extractor = PatchExtractor(8, overlap=0).fit([np.zeros((16, 24))])
    display = PatchGridDisplay.from_estimator(extractor, np.zeros((32, 48)))
    sizes = corners(display.kept_)[:, 2:] - corners(display.kept_)[:, :2]
    np.testing.assert_array_equal(sizes, np.full((6, 2), 16))
    np.testing.assert_array_equal(corners(display.kept_)[-1], [31.5, 15.5, 47.5, 31.5])


def test_patches_that_are_left_out_lose_their_outline_and_are_veiled(plt):
    image = np.zeros((8, 16))
    extractor = PatchExtractor(8, overlap=0.5).fit([image])
    display = PatchGridDisplay.from_estimator(extractor, image, patch_targets=[[0.3, np.nan, 1]])
    np.testing.assert_array_equal(corners(display.kept_)[:, 0], [-0.5, 7.5])
    columns = np.repeat([0, 0.5, 0.5, 0], 4)  # share of a pixel's patches
    np.testing.assert_allclose(display.left_out_.get_alpha(), np.tile(0.75 * columns, (8, 1)))
    nothing = PatchGridDisplay.from_estimator(extractor, image, patch_targets=[[np.nan] * 3])
    assert len(nothing.kept_.get_paths()) == 0
    every = PatchGridDisplay.from_estimator(extractor, image, patch_targets=[["a", "b", "c"]])
    assert len(every.kept_.get_paths()) == 3


def test_any_model_that_cuts_patches_shows_its_grid(plt, model, linear_model, images):
    cut = make_pipeline(LocalContrastNormalizer(), PatchExtractor(8, overlap=0)).fit(images)
    for estimator, n_patches in [(model, 6), (linear_model, 15), (cut, 6)]:
        display = PatchGridDisplay.from_estimator(estimator, images[0], line_kwargs={"lw": 3})
        assert len(display.kept_.get_paths()) == n_patches
        assert display.kept_.get_linewidth() == [3]
        np.testing.assert_array_equal(display.image_.get_array(), images[0])


def test_grids_that_do_not_exist_are_refused(plt, images):
    extractor = PatchExtractor(8).fit(images)
    with pytest.raises(ValueError, match="no step of LocalContrastNormalizer cuts patches"):
        PatchGridDisplay.from_estimator(LocalContrastNormalizer().fit(images), images[0])
    with pytest.raises(ValueError, match=r"shape \(2, 2\); .* \(U, V\) = \(3, 5\)"):
        PatchGridDisplay.from_estimator(extractor, images[0], patch_targets=np.ones((2, 2)))
    with pytest.raises(NotFittedError):
        PatchGridDisplay.from_estimator(PatchExtractor(8), images[0])


def test_a_grid_on_an_image_that_the_model_resizes_is_refused(plt, images):
    resizing = make_pipeline(ImageResizer((8, 16)), PatchExtractor(8)).fit(images)
    with pytest.raises(ValueError, match=r"what is cut has shape \(8, 16\), the image \(16, 24\)"):
        PatchGridDisplay.from_estimator(resizing, images[0])


def losses(history, name):
    return [epoch[name] for epoch in history]


def test_curves_are_the_losses_of_every_stage_in_the_order_of_training(plt, model):
    display = LossCurveDisplay.from_estimator(model)
    titles = [ax.get_title() for ax in display.axes_]
    assert titles == ["First stage", "Second stage", "Fine-tuning"]
    histories = (
        model.patch_estimator_.history_,
        model.final_estimator_.history_,
        model.fine_tuning_history_,
    )
    for (training, *validation), history in zip(display.lines_, histories, strict=True):
        np.testing.assert_array_equal(training.get_ydata(), losses(history, "train_loss"))
        np.testing.assert_array_equal(training.get_xdata(), np.arange(1, len(history) + 1))
        if "valid_loss" in history[0]:
            np.testing.assert_array_equal(validation[0].get_ydata(), losses(history, "valid_loss"))
        else:
            assert validation == []


def test_the_epoch_of_the_lowest_validation_loss_is_marked(plt):
    history = [{"train_loss": 1 / k, "valid_loss": (k - 3) ** 2 + 1} for k in range(1, 7)]
    ((_, validation),) = LossCurveDisplay({"": history}).plot().lines_
    assert validation.get_xdata()[validation.get_markevery()] == 3
    assert validation.get_label() == "validation, best: 3"


def test_pipelines_pooling_and_single_networks_have_their_curves(plt, linear_model, images, y):
    display = LossCurveDisplay.from_estimator(linear_model)
    assert [ax.get_title() for ax in display.axes_] == ["First stage", "Second stage"]
    expected = losses(linear_model[1].patch_estimator_.history_, "valid_loss")
    np.testing.assert_array_equal(display.lines_[0][1].get_ydata(), expected)

    pooled = make_pipeline(PatchExtractor(8), PatchPoolingRegressor(STAGE_ONE)).fit(images, y)
    ranker = PatchRanker("FC(4)", max_epochs=2, early_stopping=False)
    second = CNNClassifier("FC(1,sigmoid)", max_epochs=2)
    forgery = make_pipeline(PatchExtractor(8), HyperImageEncoder(ranker), second)
    forgery.fit(images, y > y.mean())
    for model, n_panels in [(pooled, 1), (linear_model[-1], 1), (forgery, 2)]:
        assert len(LossCurveDisplay.from_estimator(model).lines_) == n_panels


def test_models_without_a_history_are_refused(plt, images, y):
    pooled = make_pipeline(PatchExtractor(8), PatchPoolingRegressor(Means())).fit(images, y)
    with pytest.raises(ValueError, match="no part of Pipeline has a training history"):
        LossCurveDisplay.from_estimator(pooled)
    with pytest.raises(NotFittedError):
        LossCurveDisplay.from_estimator(STAGE_ONE)
    of_second = fitted_pipeline(images, y, Means(), LINEAR)
    assert len(LossCurveDisplay.from_estimator(of_second).lines_) == 1


def test_without_matplotlib_displays_say_what_they_need():
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from sk_hyperimage.inspection import ScoreScatterDisplay\n"
        "ScoreScatterDisplay.from_predictions([1, 2], [1, 2])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ScoreScatterDisplay.plot requires matplotlib" in done.stderr
