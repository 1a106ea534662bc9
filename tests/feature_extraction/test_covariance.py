"""How the descriptions of an image's patches vary together."""

import numpy as np
import pytest
from scipy.linalg import fractional_matrix_power
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_hyperimage.feature_extraction import HyperImageCovariance, HyperImageStatistics


def test_a_row_is_the_fourth_root_of_the_second_moments():
    hyper_images = np.random.default_rng(0).normal(size=(3, 6, 7, 4)) * [5, 3, 1, 0.1]
    covariance = HyperImageCovariance(n_components=3).fit(hyper_images)
    projected = (hyper_images - covariance.pca_.mean_) @ covariance.pca_.components_.T
    names = covariance.get_feature_names_out().tolist()
    for image, row in zip(projected, covariance.transform(hyper_images), strict=True):
        moments = np.zeros((4, 4))
        for patch in image.reshape(-1, 3):
            beside_one = [*patch / np.sqrt(covariance.pca_.explained_variance_), 1]
            moments += np.outer(beside_one, beside_one) / 42
        root = fractional_matrix_power(moments, 0.25)
        expected = [root[names_of(name)] for name in names]
        np.testing.assert_allclose(row, expected, atol=1e-5)


def names_of(name):
    return tuple(3 if part == "one" else int(part) for part in name.split("_")[1:])


def test_it_tells_what_occurs_together_and_not_where(rng):
    hyper_images = rng.normal(size=(60, 8, 8, 2))
    labels = np.repeat([0, 1], 30)
    hyper_images[..., 1] = 0.6 * hyper_images[..., 0] + 0.8 * hyper_images[..., 1]
    hyper_images[labels == 1, ..., 1] *= -1  # each is distributed as before
    machine = make_pipeline(StandardScaler(), LogisticRegression())
    columns = HyperImageStatistics(None, regions=(1,)).fit_transform(hyper_images)
    together = HyperImageCovariance(random_state=0).fit(hyper_images)
    rows = together.transform(hyper_images)
    train, test = np.s_[::2], np.s_[1::2]
    scores = [
        machine.fit(part[train], labels[train]).score(part[test], labels[test])
        for part in (columns, rows)
    ]
    assert scores[0] < 0.75 < 1 == scores[1]
    elsewhere = hyper_images[:, ::-1].transpose(0, 2, 1, 3)
    np.testing.assert_allclose(together.transform(elsewhere), rows, atol=1e-10)


def test_grids_of_any_size_and_descriptions_that_are_alike_are_described(rng):
    different = [rng.random((rows, cols, 6)) for rows, cols in [(1, 1), (2, 7), (9, 3)]]
    found = HyperImageCovariance(n_components=4, random_state=0).fit_transform(different)
    assert found.shape == (3, 15)
    assert np.isfinite(found).all()
    alike = HyperImageCovariance().fit_transform(np.ones((3, 2, 2, 5), dtype=np.float32))
    assert alike.dtype == np.float32
    np.testing.assert_allclose(alike, np.tile([1e-6**0.25, 0, 1], (3, 1)), atol=1e-6)


def test_columns_that_differ_do_so_by_more_than_rounding(rng):
    few = rng.random((12, 1, 2, 50), dtype=np.float32)
    covariance = HyperImageCovariance().fit(few)
    assert covariance.pca_.n_components_ == 12  # of 24 patches: all 23 make them equally far
    deviations = covariance.transform(few).std(axis=0)
    assert deviations.min() > 1e-3 * deviations.max()


def test_values_that_overflow_are_refused_with_the_image_that_holds_them(rng):
    hyper_images = rng.random((3, 4, 4, 2))
    covariance = HyperImageCovariance().fit(hyper_images)
    hyper_images[1] *= 1e200
    with pytest.raises(ValueError, match=r"X\[1\] holds values so large"):
        covariance.transform(hyper_images)
