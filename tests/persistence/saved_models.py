"""Small fitted models of every kind that people save, and the images they were fitted on."""

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from sk_hyperimage.ensemble import (
    HyperImageClassifier,
    HyperImageRegressor,
    PatchPoolingClassifier,
    PatchPoolingRegressor,
)
from sk_hyperimage.feature_extraction import (
    AlongContours,
    BrisqueFeatures,
    HyperImageEncoder,
    PatchExtractor,
)
from sk_hyperimage.metrics import quality_scorers
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor, PatchRanker, RegionDetector
from sk_hyperimage.preprocessing import LocalContrastNormalizer

RNG = np.random.default_rng(0)
IMAGES = RNG.random((16, 16, 16), dtype=np.float32) * RNG.random((16, 1, 1), dtype=np.float32)
SCORES = IMAGES.std(axis=(1, 2))
LABELS = np.array(["sharp", "blurred", "noisy"], dtype=object)[np.arange(16) % 3]

FAST = {"max_epochs": 2, "random_state": 0}
FIRST = "C(4,3,1,relu,valid) MP(2) FC(6) FC(1,linear)"
SECOND = "FC(6) FC(1,linear)"


def two_steps():
    first = CNNRegressor(FIRST, **FAST)
    return make_pipeline(
        LocalContrastNormalizer(),
        PatchExtractor(8),
        HyperImageEncoder(first),
        CNNRegressor(SECOND, **FAST),
    ).fit(IMAGES, SCORES)


def fine_tuned():
    return HyperImageRegressor(
        extractor=PatchExtractor(8),
        patch_estimator=CNNRegressor(FIRST, **FAST),
        final_estimator=CNNRegressor(SECOND, **FAST),
        fine_tune_epochs=1,
        random_state=0,
    ).fit(IMAGES, SCORES)


def two_stage_classifier():
    return HyperImageClassifier(
        "passthrough",
        PatchExtractor(8),
        CNNClassifier(FIRST, **FAST),
        CNNClassifier(SECOND, **FAST),
        early_stopping=False,
        random_state=0,
    ).fit(IMAGES, LABELS)


def brisque():
    return make_pipeline(BrisqueFeatures(), StandardScaler(), SVR()).fit(IMAGES, SCORES)


def brisque_search():
    model = make_pipeline(BrisqueFeatures(), StandardScaler(), SVR())
    grid = {"svr__C": [1.0, 10.0], "svr__kernel": ["rbf", "linear"]}
    scoring = {"srocc": quality_scorers()["srocc"], "rmse": "neg_root_mean_squared_error"}
    search = GridSearchCV(model, grid, scoring=scoring, refit="srocc", cv=KFold(2))
    return search.fit(IMAGES, SCORES)


def forgery():
    ranker = PatchRanker("C(4) MP(4) FC(6)", **FAST)
    encoder = HyperImageEncoder(ranker, supervision=AlongContours(), random_state=0)
    classifier = CNNClassifier(SECOND, class_weight={False: 1, True: 2}, **FAST)
    return make_pipeline(PatchExtractor(8, grid_shape=(3, 3)), encoder, classifier).fit(
        IMAGES, SCORES > np.median(SCORES)
    )


def ranker():
    pairs = np.arange(16) // 2
    return PatchRanker("C(4) MP(4) FC(6)", **FAST).fit(IMAGES, np.arange(16) % 2, pairs=pairs)


def detector():
    return RegionDetector("C(4,3,2) C(4,3,2)", max_detections=3, **FAST).fit(
        IMAGES, np.arange(16) % 2
    )


def default_detector():
    return RegionDetector(max_epochs=1, random_state=0).fit(IMAGES, np.arange(16) % 2)


def pooled_labels():
    on_patches = CNNClassifier(FIRST, **FAST)
    return make_pipeline(PatchExtractor(8), PatchPoolingClassifier(on_patches)).fit(IMAGES, LABELS)


def frozen():
    on_images = CNNRegressor(FIRST, **FAST).fit(IMAGES[:, :8, :8], SCORES)
    pooling = PatchPoolingRegressor(FrozenEstimator(on_images), pooling="median")
    return make_pipeline(PatchExtractor(8), pooling).fit(IMAGES, SCORES)


def in_double_precision():
    return CNNRegressor(FIRST, **FAST).fit(IMAGES.astype(float), SCORES)


MODELS = [
    two_steps,
    fine_tuned,
    two_stage_classifier,
    brisque,
    brisque_search,
    forgery,
    ranker,
    detector,
    default_detector,
    pooled_labels,
    frozen,
    in_double_precision,
]


def outputs(model, X):
    """What a model says of X, by every method that says something."""
    names = ("predict", "predict_proba", "decision_function", "predict_patches", "transform")
    return {name: np.asarray(getattr(model, name)(X)) for name in names if hasattr(model, name)}


def assert_same_bits(one, other, X=IMAGES):
    expected, found = outputs(one, X), outputs(other, X)
    assert expected and set(expected) == set(found)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, strict=True)
