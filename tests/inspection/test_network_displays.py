"""Kernels, feature maps and bars: what is drawn is what was learned and scored."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from sk_hyperimage.inspection import FeatureMapDisplay, KernelDisplay, ScoreBarsDisplay
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.preprocessing import LocalContrastNormalizer


def test_kernels_are_those_of_the_tuned_first_convolution(plt, model):
    display = KernelDisplay.from_estimator(model)
    weight = model.tuned_patch_estimator_.weights_["layers.0.conv.weight"]  # (4, 1, 3, 3)
    np.testing.assert_array_equal(display.kernels[..., 0], weight[:, 0])
    picture = display.image_.get_array()
    assert picture.shape == (7, 7)  # two by two kernels of 3 x 3, and a gap
    expected = 0.5 + weight[1, 0] / (2 * np.abs(weight[1]).max())
    np.testing.assert_allclose(picture[:3, 4:], expected)
    assert (picture[3] == 1).all()


def test_kernels_of_three_channels_are_colors(plt, rng):
    display = KernelDisplay(rng.normal(size=(5, 3, 3, 3))).plot()
    assert display.image_.get_array().shape == (7, 11, 3)
    assert KernelDisplay(np.zeros((1, 3, 3, 1))).plot().image_.get_array().max() == 0.5


def test_feature_maps_are_those_of_the_whole_normalized_image(plt, images, y):
    network = CNNRegressor("C(3,3) MP(4) FC(4) FC(1,linear)", max_epochs=1, random_state=0)
    model = make_pipeline(LocalContrastNormalizer(), network).fit(images, y)
    display = FeatureMapDisplay.from_estimator(model, images[2])
    expected = model[1].embed(model[0].transform(images[2:3]), 0)[0]
    np.testing.assert_allclose(display.maps, expected, rtol=1e-5, atol=1e-6)
    drawn = display.image_.get_array()
    assert drawn.min() == 0 and drawn.max() == 1
    with pytest.raises(ValueError, match="layer=1 makes units, not maps"):
        FeatureMapDisplay.from_estimator(model, images[2], layer=1)


def test_feature_maps_of_a_patch_model_have_the_size_of_the_image(plt, model, images):
    assert FeatureMapDisplay.from_estimator(model, images[0]).maps.shape == (16, 24, 4)


def test_models_without_a_network_are_refused(plt, images, y):
    linear = Ridge().fit(images.reshape(20, -1), y)
    with pytest.raises(ValueError, match="no step of Ridge is a network"):
        KernelDisplay.from_estimator(linear)
    with pytest.raises(ValueError, match="no step of Ridge is a network"):
        FeatureMapDisplay.from_estimator(linear, images[0])


def test_bars_are_the_statistics_of_tables_files_and_published_scores(plt, tmp_path):
    rows = [
        {"method": method, "kind": kind, "metric": metric, "median": 0.5, "mean": mean, "std": 0.1}
        for method, mean in [("mean", 0.8), ("second", 0.9)]
        for kind in ("all", "blur")
        for metric in ("srocc", "plcc")
    ]
    path = tmp_path / "result.csv"
    names = list(rows[0])
    lines = [",".join(names)] + [",".join(str(row[name]) for name in names) for row in rows[:4]]
    path.write_text("\n".join(lines))
    display = ScoreBarsDisplay({"Ours": rows, "File": path, "BRISQUE": {"srocc": 0.6}}).plot()
    heights = [bar.get_height() for bar in display.bars_["srocc"]]
    assert heights == [0.8, 0.9, 0.8, 0.6]
    labels = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert labels == ["Ours, mean", "Ours, second", "File", "BRISQUE"]
    assert np.isnan(display.bars_["plcc"][3].get_height())
    medians = ScoreBarsDisplay({"Ours": rows}).plot(statistic="median", metrics=["plcc"])
    assert [bar.get_height() for bar in medians.bars_["plcc"]] == [0.5, 0.5]
    with pytest.raises(ValueError, match="no table has the metric 'rmse' of the kind 'all'"):
        display.plot(metrics=["rmse"])
    with pytest.raises(ValueError, match="statistic must be"):
        display.plot(statistic="std")
