import numpy as np
import pytest
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline, make_pipeline

from sk_hyperimage.ensemble import HyperImageClassifier, PatchPoolingClassifier
from sk_hyperimage.feature_extraction import AlongContours, HyperImageEncoder, PatchExtractor
from sk_hyperimage.inspection import PatchMapDisplay, patch_maps
from sk_hyperimage.metrics import localization_scores
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor, PatchRanker
from sk_hyperimage.preprocessing import LocalContrastNormalizer

TAMPERED = np.arange(8) % 2


class Brightness(ClassifierMixin, BaseEstimator):
    """Patches are tampered as far as their mean is above one half: scores known by hand."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X):
        return np.array([10 * (patch.mean() - 0.5) for patch in X])

    def predict(self, X):
        return self.classes_[(self.decision_function(X) > 0).astype(int)]

    def embed(self, X):
        return self.decision_function(X)[:, np.newaxis]


def fitted(images, patch_size=8, overlap=0.5, labels=TAMPERED):
    model = make_pipeline(PatchExtractor(patch_size, overlap), HyperImageEncoder(Brightness()))
    return model.fit(images, labels)


def bright_corner(shape):
    """An image whose upper left quarter is white, and the mask of this."""
    mask = np.zeros(shape, dtype=bool)
    mask[: shape[0] // 2, : shape[1] // 2] = True
    return mask * 1.0, mask


def test_a_pixel_has_the_mean_of_its_patches_on_the_scale_of_probabilities():
    image, _ = bright_corner((8, 16))  # three patches of 8 x 8, with means of 0.5, 0.25 and 0
    (map_,) = patch_maps(fitted([image] * 8), [image])
    left, middle, right = expit([0, -2.5, -5])
    columns = np.repeat([left, (left + middle) / 2, (middle + right) / 2, right], 4)
    assert map_.dtype == np.float32
    np.testing.assert_allclose(map_, np.tile(columns, (8, 1)), rtol=1e-6)
    assert left == 0.5


SHAPES = [(64, 96), (96, 64), (50, 41)]


def test_maps_find_the_region_in_images_of_different_sizes():
    images, masks = zip(*[bright_corner(shape) for shape in SHAPES * 2], strict=True)
    model = fitted(list(images), labels=[0, 1] * 3)
    maps = patch_maps(model, list(images))
    assert [m.shape for m in maps] == [m.shape for m in masks]
    scores = localization_scores(masks, maps)
    assert scores.iou.min() > 0.85
    assert scores.auc.min() > 0.99


def test_an_image_that_the_grid_scales_down_has_a_map_of_its_own_size():
    large, mask = bright_corner((90, 132))
    with pytest.warns(UserWarning, match="scaled down, 2.06 times"):
        (map_,) = patch_maps(fitted(np.zeros((8, 48, 64))), [large])
    assert map_.shape == mask.shape
    assert localization_scores([mask], [map_]).iou[0] > 0.85


def test_pixels_between_the_patches_get_the_nearest_value():
    image = np.zeros((8, 32))
    image[:, 20:] = 1
    model = make_pipeline(PatchExtractor(8, grid_shape=(1, 2)), HyperImageEncoder(Brightness()))
    (map_,) = patch_maps(model.fit([image] * 8, TAMPERED), [image])
    low, high = expit([-5, 5])
    np.testing.assert_allclose(map_, np.tile(np.repeat([low, high], 16), (8, 1)), rtol=1e-5)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((8, 24, 32), dtype=np.float32)


EXTRACTOR = PatchExtractor(8, overlap=0)
STAGE_ONE = CNNClassifier("C(4) MP(8) FC(6) FC(1,sigmoid)", max_epochs=1, random_state=0)
STAGE_TWO = CNNClassifier("FC(6) FC(1,sigmoid)", max_epochs=1, random_state=0)


def test_every_kind_of_model_shows_the_probabilities_of_its_first_stage(images):
    normalizer = LocalContrastNormalizer()
    pooled = make_pipeline(normalizer, EXTRACTOR, PatchPoolingClassifier(STAGE_ONE))
    encoded = Pipeline(
        [
            ("normalize", normalizer),
            ("nothing", "passthrough"),
            ("patches", EXTRACTOR),
            ("encode", HyperImageEncoder(STAGE_ONE)),
            ("classify", STAGE_TWO),
        ]
    )
    whole = HyperImageClassifier(normalizer, EXTRACTOR, STAGE_ONE, STAGE_TWO, random_state=0)
    for model in (pooled, encoded, whole):
        model.fit(images, TAMPERED)
    of_pooled = pooled[-1].predict_patches(pooled[:-1].transform(images))
    of_whole = whole.predict_patches(images)
    for model, patches in [(pooled, of_pooled), (encoded, of_pooled), (whole, of_whole)]:
        expected = patches[..., 1].repeat(8, axis=1).repeat(8, axis=2)
        np.testing.assert_allclose(patch_maps(model, images), expected, rtol=1e-5)


def test_an_encoder_trained_along_contours_shows_its_ranker(images):
    ranker = PatchRanker("C(4) MP(8) FC(6)", max_epochs=1, early_stopping=False)
    encoder = HyperImageEncoder(ranker, supervision=AlongContours())
    model = make_pipeline(EXTRACTOR, encoder, STAGE_TWO).fit(images, TAMPERED)
    maps = np.array(patch_maps(model, images))
    fitted_ranker = model[1].patch_estimator_
    patch = images[3, 8:16, 24:]
    expected = expit(fitted_ranker.decision_function(patch[np.newaxis]))
    np.testing.assert_allclose(maps[3, 8:16, 24:], np.full((8, 8), expected), rtol=1e-4)
    np.testing.assert_array_equal(patch_maps(model[:2], images), maps)


def test_files_are_read(photo_files):
    model = fitted(photo_files, labels=[0, 1] * 3)
    assert [m.shape for m in patch_maps(model, photo_files[:2])] == [(20, 30), (21, 29)]


def test_models_without_one_number_for_every_patch_are_refused(images):
    forest = RandomForestClassifier(n_estimators=1).fit(images[:, 0], TAMPERED)
    with pytest.raises(ValueError, match="no step of RandomForestClassifier predicts patches"):
        patch_maps(forest, images[:, 0])
    stage_one = clone(STAGE_ONE).set_params(early_stopping=False)
    three = make_pipeline(EXTRACTOR, PatchPoolingClassifier(stage_one))
    with pytest.raises(ValueError, match="the first stage has 3 classes; a map needs a regressor"):
        patch_maps(three.fit(images, np.arange(8) % 3), images)
    with pytest.raises(NotFittedError):
        patch_maps(HyperImageClassifier(), images)


def test_regressors_show_their_predictions(images):
    regressor = CNNRegressor("FC(2) FC(1,linear)", max_epochs=1, random_state=0)
    model = make_pipeline(EXTRACTOR, HyperImageEncoder(regressor)).fit(images, images.mean((1, 2)))
    predictions = model[-1].patch_estimator_.predict(images[:1, 16:, 24:])
    np.testing.assert_allclose(
        patch_maps(model, images[:1])[0][16:, 24:], np.full((8, 8), predictions[0]), rtol=1e-5
    )


@pytest.mark.filterwarnings("ignore:.*scaled down")
def test_a_map_and_its_picture_are_one_on_a_wide_grid(images):
    # They once differed: one filled the pixels between patches, the other left them undefined.
    model = make_pipeline(PatchExtractor(8, grid_shape=(1, 2)), PatchPoolingClassifier(STAGE_ONE))
    model.fit(images, TAMPERED)
    larger = np.random.default_rng(1).random((40, 60), dtype=np.float32)  # is scaled down
    for image in (images[0], larger):
        (map_,) = patch_maps(model, [image])
        shown = PatchMapDisplay.from_estimator(model, image).map_.get_array()
        np.testing.assert_array_equal(np.ma.filled(shown, np.nan), map_)
        assert np.isfinite(map_).all()
