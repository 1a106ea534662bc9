"""A Pipeline of residual features as first stage: pooled, mapped, and read as hyper-images."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.data import camera
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sk_hyperimage.ensemble import HyperImageClassifier, PatchPoolingClassifier
from sk_hyperimage.feature_extraction import (
    HyperImageEncoder,
    HyperImageStatistics,
    PatchExtractor,
    ResidualCooccurrences,
)
from sk_hyperimage.inspection import patch_maps

SVM = make_pipeline(ResidualCooccurrences(), StandardScaler(), LinearSVC(C=0.01))
EXTRACTOR = PatchExtractor(32, overlap=0.5)


@pytest.fixture(scope="module")
def images():
    """Parts of a photograph, every second of them blurred."""
    parts = camera().reshape(8, 64, 8, 64).swapaxes(1, 2).reshape(64, 64, 64)[8:56].copy()
    for part in parts[1::2]:
        part[...] = np.rint(gaussian_filter(part.astype(float), 0.7))
    return parts


@pytest.fixture(scope="module")
def labels(images):
    return np.where(np.arange(len(images)) % 2, "blurred", "as it is")


@pytest.fixture(scope="module")
def pooled(images, labels):
    return make_pipeline(EXTRACTOR, PatchPoolingClassifier(SVM)).fit(images[:32], labels[:32])


def test_pooled_decisions_tell_blurred_images(pooled, images, labels):
    assert (pooled.predict(images[32:]) == labels[32:]).mean() > 0.8
    assert pooled.decision_function(images[32:]).shape == (16,)


def test_decisions_are_those_of_patches_cut_out(pooled, images):
    grids = np.asarray(pooled[0].transform(images[:3]))
    stage = pooled[-1].patch_estimator_
    decisions = stage.decision_function(grids.reshape(-1, 32, 32, 1)).reshape(3, -1)
    np.testing.assert_array_equal(pooled.decision_function(images[:3]), decisions.mean(axis=1))


@pytest.mark.parametrize("stride", [None, 8, 5])
def test_maps_are_those_of_patches_cut_out(stride, pooled, images):
    (map_,) = patch_maps(pooled, images[:1], stride=stride)
    starts = [0, 16, 32] if stride is None else sorted({*range(0, 32, stride), 32})
    total, count = np.zeros((2, 64, 64))
    for row in starts:
        for col in starts:
            patch = images[0, row : row + 32, col : col + 32]
            decision = pooled[-1].patch_estimator_.decision_function(patch[np.newaxis])
            total[row : row + 32, col : col + 32] += 1 / (1 + np.exp(-decision))
            count[row : row + 32, col : col + 32] += 1
    np.testing.assert_allclose(map_, total / count, rtol=1e-6)


def test_maps_say_where_photographs_are_blurred(pooled, images):
    halves = images[32:48:2].copy()
    halves[:, :, :32] = images[33:48:2, :, :32]
    maps = np.stack(patch_maps(pooled, halves, stride=4))
    blurred, as_it_is = maps[..., :8].mean(axis=(1, 2)), maps[..., -8:].mean(axis=(1, 2))
    assert (blurred - as_it_is).mean() > 0.1


def test_images_scaled_down_are_warned_of(pooled):
    with (
        pytest.warns(UserWarning, match="scaled down, 4 times"),
        pytest.warns(UserWarning, match=r"^2 of 2 images, X\[0\] first, are scaled"),
    ):
        pooled.predict(camera()[:, :256].reshape(2, 256, 256))


def test_what_the_last_step_reads_describes_a_patch(images, labels):
    encoder = make_pipeline(EXTRACTOR, HyperImageEncoder(SVM))
    hyper_images = encoder.fit_transform(images, labels)
    assert hyper_images.shape == (48, 3, 3, 162)
    assert hyper_images.dtype == np.float32
    patch = images[5, 16:48, 32:][np.newaxis]
    described = encoder[-1].patch_estimator_[:-1].transform(patch)[0]
    np.testing.assert_array_equal(hyper_images[5, 1, 2], described.astype(np.float32))
    frozen = HyperImageEncoder(FrozenEstimator(encoder[-1].patch_estimator_))
    grids = encoder[0].transform(images)
    np.testing.assert_array_equal(frozen.fit(grids, labels).transform(grids), hyper_images)


def test_hyper_images_of_residuals_are_read_by_a_second_stage(images, labels):
    second = make_pipeline(
        HyperImageStatistics(8, regions=(1,), random_state=0),
        StandardScaler(),
        LogisticRegression(C=0.1),
    )
    model = HyperImageClassifier("passthrough", EXTRACTOR, SVM, second, random_state=0)
    model.fit(images[:32], labels[:32])
    assert (model.predict(images[32:]) == labels[32:]).mean() > 0.8
    assert model.predict_patches(images[:2]).shape == (2, 3, 3, 2)
    assert patch_maps(model, images[:1], stride=8)[0].shape == (64, 64)


def test_normalized_images_are_refused_by_name(images, labels):
    with pytest.raises(ValueError, match=r"^X\[0\] has values from .* must lie in \[0, 1\]"):
        HyperImageClassifier(extractor=EXTRACTOR, patch_estimator=SVM).fit(images, labels)


@pytest.mark.parametrize("parameters", [{"layer": -2}, {"temp_folder": "."}])
def test_what_is_for_networks_is_refused_for_pipelines(parameters, images, labels):
    grids = EXTRACTOR.fit_transform(images[:2])
    with pytest.raises(ValueError, match=r"is for networks, but patch_estimator is a Pipeline"):
        HyperImageEncoder(SVM, **parameters).fit(grids, labels[:2])


def test_other_frozen_estimators_are_refused(images, labels):
    grids = EXTRACTOR.fit_transform(images[:2])
    with pytest.raises(ValueError, match="must be a Pipeline or have a method embed"):
        HyperImageEncoder(FrozenEstimator(LinearSVC())).fit(grids, labels[:2])
