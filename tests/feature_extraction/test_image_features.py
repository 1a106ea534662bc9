"""All features of images: patches as images, names of features, images at fault named."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sk_hyperimage.feature_extraction import (
    Bliinds2Features,
    BrisqueFeatures,
    CorniaFeatures,
    DiivineFeatures,
    FriqueeFeatures,
    GmLogFeatures,
    HosaFeatures,
    MarkovDCTFeatures,
    NiqeDistance,
    PatchExtractor,
    ResidualCooccurrences,
    ResidualWords,
)
from sk_hyperimage.images import PatchSequence

FEATURES = [
    Bliinds2Features(),
    BrisqueFeatures(),
    DiivineFeatures(),
    FriqueeFeatures(),
    CorniaFeatures(n_words=3, n_codebook_patches=60, random_state=0),
    GmLogFeatures(),
    HosaFeatures(n_words=3, n_codebook_patches=60, random_state=0),
    MarkovDCTFeatures(block_sizes=(4,), threshold=2),
    NiqeDistance(),
    ResidualCooccurrences(),
    ResidualWords(n_words=5, n_codebook_vectors=80, random_state=0),
]
EVERY = pytest.mark.parametrize("features", FEATURES, ids=lambda f: type(f).__name__)


@pytest.mark.parametrize(
    "features",
    [
        pytest.param(f, marks=pytest.mark.slow)
        if isinstance(f, (DiivineFeatures, FriqueeFeatures))
        else f
        for f in FEATURES
    ],
    ids=lambda f: type(f).__name__,
)
def test_patches_are_described_as_images_are(features, photo_files):
    patches = PatchSequence(PatchExtractor(12).fit_transform(photo_files))
    features = clone(features).fit(patches)
    described = features.transform(patches)
    assert described.shape[0] == len(patches)
    np.testing.assert_array_equal(described, features.transform(np.asarray(patches)))
    np.testing.assert_array_equal(described[[7]], features.transform([patches[7]]))


@EVERY
def test_every_feature_has_a_name_of_its_own(features, rng):
    features, X = clone(features), rng.random((2, 12, 12))
    with pytest.raises(NotFittedError):
        features.get_feature_names_out()
    n_features = features.fit_transform(X).shape[1]
    assert len(set(features.get_feature_names_out())) == n_features


@EVERY
def test_pandas_columns_are_the_names(features, rng):
    pytest.importorskip("pandas")
    features = clone(features).set_output(transform="pandas")
    described = features.fit_transform(rng.random((2, 12, 12)))
    assert list(described.columns) == list(features.get_feature_names_out())


@EVERY
def test_images_that_overflow_are_refused_by_name_without_warnings(features, rng):
    images = rng.random((3, 20, 20))
    images[1, 5:9] = 1e308
    fitted = clone(features).fit(images[[0, 0, 2]])
    with pytest.raises(ValueError, match=r"^X\[1\] holds values so large that results overflow"):
        fitted.transform(images)


@EVERY
def test_other_channels_are_refused_when_they_come_later(features, rng):
    fitted = clone(features).fit(rng.random((3, 20, 20)))
    with pytest.raises(ValueError, match="X has 3 channels, but .* is expecting 1"):
        fitted.transform(rng.random((3, 20, 20, 3)))
