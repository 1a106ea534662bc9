import numpy as np
import pytest
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline, make_pipeline

from sk_hyperimage.ensemble import HyperImageClassifier, PatchPoolingClassifier
from sk_hyperimage.feature_extraction import ForgeryEncoder, HyperImageEncoder, PatchExtractor
from sk_hyperimage.inspection import overlay, tampering_maps
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

    def embed(self, X, layer):
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
    (map_,) = tampering_maps(fitted([image] * 8), [image])
    left, middle, right = expit([0, -2.5, -5])
    columns = np.repeat([left, (left + middle) / 2, (middle + right) / 2, right], 4)
    assert map_.dtype == np.float32
    np.testing.assert_allclose(map_, np.tile(columns, (8, 1)), rtol=1e-6)
    assert left == 0.5


SHAPES = [(64, 96), (96, 64), (50, 41)]


def test_maps_find_the_region_in_images_of_different_sizes():
    images, masks = zip(*[bright_corner(shape) for shape in SHAPES * 2], strict=True)
    model = fitted(list(images), labels=[0, 1] * 3)
    maps = tampering_maps(model, list(images))
    assert [m.shape for m in maps] == [m.shape for m in masks]
    scores = localization_scores(masks, maps)
    assert scores.iou.min() > 0.85
    assert scores.auc.min() > 0.99


def test_an_image_that_the_grid_scales_down_has_a_map_of_its_own_size():
    large, mask = bright_corner((90, 132))
    (map_,) = tampering_maps(fitted(np.zeros((8, 48, 64))), [large])
    assert map_.shape == mask.shape
    assert localization_scores([mask], [map_]).iou[0] > 0.85


def test_pixels_between_the_patches_get_the_nearest_value():
    image = np.zeros((8, 32))
    image[:, 20:] = 1
    model = make_pipeline(PatchExtractor(8, grid_shape=(1, 2)), HyperImageEncoder(Brightness()))
    (map_,) = tampering_maps(model.fit([image] * 8, TAMPERED), [image])
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
    of_pooled = pooled[-1].predict_proba_patches(pooled[:-1].transform(images))
    of_whole = whole.predict_proba_patches(images)
    for model, patches in [(pooled, of_pooled), (encoded, of_pooled), (whole, of_whole)]:
        expected = patches[..., 1].repeat(8, axis=1).repeat(8, axis=2)
        np.testing.assert_allclose(tampering_maps(model, images), expected, rtol=1e-5)


def test_a_forgery_encoder_shows_its_ranker(images):
    ranker = PatchRanker("C(4) MP(8) FC(6)", max_epochs=1, early_stopping=False)
    model = make_pipeline(ForgeryEncoder(ranker, EXTRACTOR), STAGE_TWO).fit(images, TAMPERED)
    maps = np.array(tampering_maps(model, images))
    fitted_ranker = model[0].ranker_
    patch = images[3, 8:16, 24:]
    expected = expit(fitted_ranker.decision_function(patch[np.newaxis]))
    np.testing.assert_allclose(maps[3, 8:16, 24:], np.full((8, 8), expected), rtol=1e-4)
    np.testing.assert_array_equal(tampering_maps(model[0], images), maps)


def test_files_are_read(photo_files):
    model = fitted(photo_files, labels=[0, 1] * 3)
    assert [m.shape for m in tampering_maps(model, photo_files[:2])] == [(20, 30), (21, 29)]


def test_models_without_a_first_stage_of_two_classes_are_refused(images):
    forest = RandomForestClassifier(n_estimators=1).fit(images[:, 0], TAMPERED)
    with pytest.raises(ValueError, match="no step of RandomForestClassifier judges patches"):
        tampering_maps(forest, images[:, 0])
    regressor = CNNRegressor("FC(2) FC(1,linear)", max_epochs=1, early_stopping=False)
    scoring = make_pipeline(EXTRACTOR, HyperImageEncoder(regressor)).fit(images, TAMPERED)
    with pytest.raises(ValueError, match="CNNRegressor, .* does not tell two classes apart"):
        tampering_maps(scoring, images)
    with pytest.raises(NotFittedError):
        tampering_maps(HyperImageClassifier(), images)


def test_an_overlay_reddens_gray_in_proportion_to_the_map():
    image = np.full((2, 3), 0.2)
    picture = overlay(image, [[0, 0.5, 1]] * 2, alpha=0.8)
    assert picture.dtype == np.uint8
    assert picture[0].tolist() == [[51, 51, 51], [133, 31, 31], [214, 10, 10]]
    assert overlay(image, np.ones((2, 3)), alpha=1).tolist() == [[[255, 0, 0]] * 3] * 2


def test_an_overlay_takes_files_and_colours(photo_files, rng):
    from skimage.io import imread

    image, map_ = imread(photo_files[0]), rng.random((20, 30))
    np.testing.assert_array_equal(overlay(photo_files[0], map_), overlay(image, map_))
    none = overlay(image, np.zeros((20, 30)))
    assert (none == none[..., :1]).all()
    assert abs(none[..., 0] - image @ [0.299, 0.587, 0.114]).max() <= 0.6


@pytest.mark.parametrize(
    ("image", "map_", "message"),
    [
        (np.zeros((4, 5)), np.zeros((5, 4)), r"tampering_map has shape \(5, 4\), image \(4, 5\)"),
        (np.zeros((4, 5)), np.full((4, 5), 1.1), r"tampering_map must lie in \[0, 1\]"),
        (np.zeros((4, 5)), np.full((4, 5), np.nan), r"tampering_map must lie in \[0, 1\]"),
        (np.zeros((4, 5, 4)), np.zeros((4, 5)), "image has 4 channels"),
    ],
)
def test_maps_that_do_not_fit_their_image_are_refused(image, map_, message):
    with pytest.raises(ValueError, match=message):
        overlay(image, map_)


def test_an_opacity_beyond_one_is_refused():
    with pytest.raises(ValueError, match="'alpha' parameter of .*overlay"):
        overlay(np.zeros((2, 2)), np.zeros((2, 2)), alpha=2)
