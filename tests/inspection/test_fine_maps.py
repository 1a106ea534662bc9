"""Maps at a stride of one's own are those of patches that are cut and predicted by themselves."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from small_models import Means

from sk_hyperimage.ensemble import (
    HyperImageClassifier,
    HyperImageRegressor,
    PatchPoolingClassifier,
    PatchPoolingRegressor,
)
from sk_hyperimage.feature_extraction import AlongContours, HyperImageEncoder, PatchExtractor
from sk_hyperimage.inspection import PatchMapDisplay, _patch_models, patch_maps
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor, PatchRanker
from sk_hyperimage.preprocessing import LocalContrastNormalizer

EXTRACTOR = PatchExtractor((6, 8), overlap=0.3)
SHORT = {"max_epochs": 1, "random_state": 0}
POOLED = "C(3,3,1,linear,valid) MinMaxPool(4) FC(5) "  # one value of a whole patch
BORDERED = "C(3) MP(2) FC(5) "


def pooling(layers):
    return make_pipeline(EXTRACTOR, PatchPoolingRegressor(CNNRegressor(layers, **SHORT)))


def both_stages(kind, network, end):
    first, second = network(POOLED + end, **SHORT), network("FC(4) " + end, **SHORT)
    return kind(LocalContrastNormalizer(), EXTRACTOR, first, second, random_state=0)


RANKER = PatchRanker("C(3,3,1,relu,valid) MP(2) FC(5)", early_stopping=False, **SHORT)
TO_CLASSIFY = CNNClassifier(POOLED + "FC(1,sigmoid)", **SHORT)
MODELS = {
    "pooling": pooling(POOLED + "FC(1,linear)"),
    "pooling, with a border": pooling(BORDERED + "FC(1,linear)"),
    "pooling of labels": make_pipeline(EXTRACTOR, PatchPoolingClassifier(TO_CLASSIFY)),
    "pooling of another kind": make_pipeline(EXTRACTOR, PatchPoolingRegressor(Means())),
    "encoder": make_pipeline(
        LocalContrastNormalizer(),
        EXTRACTOR,
        HyperImageEncoder(CNNRegressor("C(3,3,1,relu,valid) MP(2) FC(5) FC(1,linear)", **SHORT)),
    ),
    "encoder of a ranker": make_pipeline(
        EXTRACTOR, HyperImageEncoder(RANKER, supervision=AlongContours())
    ),
    "both stages": both_stages(HyperImageRegressor, CNNRegressor, "FC(1,linear)"),
    "both stages, of labels": both_stages(HyperImageClassifier, CNNClassifier, "FC(1,sigmoid)"),
}


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((8, 17, 25, 2))


def fitted(model, images):
    return model.fit(images, np.arange(len(images)) % 2)


def of_single_patches(model, image, stride):
    """The mean over all patches of a pixel, each predicted by itself."""
    stage = model
    for step in getattr(model, "named_steps", {}).values():
        if isinstance(step, PatchExtractor):
            stage = model[-1].patch_estimator_
            break
        image = step.transform([image])[0]
    if stage is model:
        image, stage = model.normalizer_.transform([image])[0], model.patch_estimator_
    rows, cols = (
        sorted({*range(0, n - side + 1, stride), n - side})
        for n, side in zip(image.shape, (6, 8), strict=False)
    )
    sums, counts = np.zeros((2, *image.shape[:2]))
    for row in rows:
        for col in cols:
            pixels = np.s_[row : row + 6, col : col + 8]
            patch = np.ascontiguousarray(image[pixels])[np.newaxis]
            if hasattr(stage, "predict_proba"):
                value = stage.predict_proba(patch)[0, 1]
            elif hasattr(stage, "decision_function"):
                value = 1 / (1 + np.exp(-stage.decision_function(patch)[0]))
            else:
                value = stage.predict(patch)[0]
            sums[pixels] += value
            counts[pixels] += 1
    return sums / counts


@pytest.mark.parametrize("name", MODELS)
def test_a_map_of_any_stride_is_that_of_patches_one_by_one(name, images, monkeypatch):
    monkeypatch.setattr(_patch_models, "PART_FLOATS", 40 * 6 * 8 * 2)  # several parts an image
    model = fitted(MODELS[name], images)
    smaller = images[1, :12, :21]  # images need not be of one size
    for stride in (1, 2, 5):
        maps = patch_maps(model, [images[0], smaller], stride=stride)
        for map_, image in zip(maps, (images[0], smaller), strict=True):
            expected = of_single_patches(model, image, stride)
            assert map_.dtype == np.float32
            np.testing.assert_allclose(map_, expected, rtol=1e-6, atol=1e-7)


def test_a_finer_map_differs_from_that_of_the_grid_and_the_stride_of_the_grid_does_not(images):
    model = make_pipeline(PatchExtractor(6, overlap=0.5), PatchPoolingRegressor(Means()))
    image = images[:1, :15, :24]
    fitted(model, np.repeat(image, 2, axis=0))
    (of_grid,) = patch_maps(model, image)
    np.testing.assert_array_equal(patch_maps(model, image, stride=3)[0], of_grid)
    (fine,) = patch_maps(model, image, stride=1)
    assert np.abs(fine - of_grid).max() > 0.01


def test_pixels_between_distant_patches_get_the_nearest_value(images):
    model = fitted(make_pipeline(EXTRACTOR, PatchPoolingRegressor(Means())), images)
    (map_,) = patch_maps(model, images[:1], stride=100)  # the first patches and the last
    first, last = images[0, :6, :8].mean(), images[0, -6:, -8:].mean()
    np.testing.assert_allclose([map_[0, 0], map_[7, 10]], first, rtol=1e-6)
    np.testing.assert_allclose([map_[-1, -1], map_[10, 14]], last, rtol=1e-6)


@pytest.mark.filterwarnings("ignore:.*scaled down")
def test_a_stride_counts_pixels_of_an_image_that_the_grid_scales_down(images):
    model = fitted(MODELS["pooling"], images)
    large = np.random.default_rng(1).random((34, 50, 2))
    scaled = model[0].transform([large]).image(0)
    assert scaled.shape == images.shape[1:]
    (map_,), (small,) = patch_maps(model, [large], stride=1), patch_maps(model, [scaled], stride=1)
    np.testing.assert_array_equal(map_, small.repeat(2, axis=0).repeat(2, axis=1))


class CountingMeans(Means):
    def predict(self, X):
        self.most_ = max(getattr(self, "most_", 0), len(X))
        return super().predict(X)


def test_few_patches_are_in_memory_at_a_time(images, monkeypatch):
    monkeypatch.setattr(_patch_models, "PART_FLOATS", 40 * 6 * 8 * 2)
    model = fitted(make_pipeline(EXTRACTOR, PatchPoolingRegressor(CountingMeans())), images)
    patch_maps(model, images, stride=1)  # 12 x 18 patches an image
    assert model[-1].patch_estimator_.most_ == 36


def test_the_display_draws_a_map_of_the_same_stride(images, plt):
    gray = make_pipeline(EXTRACTOR, PatchPoolingRegressor(Means())).fit(images[..., 0], range(8))
    display = PatchMapDisplay.from_estimator(gray, images[0, ..., 0], stride=2)
    (map_,) = patch_maps(gray, images[:1, ..., 0], stride=2)
    np.testing.assert_array_equal(display.map_.get_array(), map_)
    assert np.abs(map_ - patch_maps(gray, images[:1, ..., 0])[0]).max() > 0


@pytest.mark.parametrize("stride", [0, -1, 1.5, "fine"])
def test_strides_that_are_no_numbers_of_pixels_are_refused(stride, images):
    with pytest.raises(ValueError, match="The 'stride' parameter of patch_maps must be an int"):
        patch_maps(MODELS["pooling"], images, stride=stride)
