"""How sure a prediction is, by images that were held out of training."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut, ShuffleSplit, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVR

from sk_hyperimage.ensemble import GroupEnsembleRegressor, HyperImageRegressor
from sk_hyperimage.feature_extraction import HyperImageStatistics, PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor

NETWORK = CNNRegressor("C(4) MP(8) FC(6) FC(1,linear)", max_epochs=2)
EXTRACTOR = PatchExtractor(patch_size=8)


@pytest.fixture
def images(rng):
    return rng.random((24, 16, 16), dtype=np.float32) * rng.random((24, 1, 1), dtype=np.float32)


@pytest.fixture
def y(images):
    return 10 * images.std(axis=(1, 2))


@pytest.fixture
def groups():
    return np.repeat(np.arange(8), 3)


def both_stages(final, **parameters):
    return HyperImageRegressor(None, EXTRACTOR, NETWORK, final, random_state=0, **parameters)


@pytest.mark.parametrize("fine_tune_epochs", [0, 2])
def test_networks_are_judged_by_the_images_that_neither_has_trained_on(
    fine_tune_epochs, images, y, groups
):
    final = CNNRegressor("C(4) MP(3) FC(4) FC(1,linear)", max_epochs=2)
    model = both_stages(final, fine_tune_epochs=fine_tune_epochs).fit(images, y, groups=groups)
    score, std = model.predict(images, return_std=True)
    held_out = model.validation_mask_
    expected = np.sqrt(np.mean((y - score)[held_out] ** 2))
    np.testing.assert_allclose(std, np.full(24, expected), rtol=1e-6)
    np.testing.assert_array_equal(score, model.predict(images))


def test_a_second_stage_that_has_seen_all_images_is_judged_by_one_that_has_not(images, y, groups):
    # So many support vectors as images: nothing is left of the errors on images that it has seen.
    final = make_pipeline(HyperImageStatistics(), SVR(C=1e4, gamma=10, epsilon=1e-3))
    model = both_stages(final).fit(images, y, groups=groups)
    errors = y - model.predict(images)
    assert np.abs(errors).max() < 0.01 * model.residual_std_
    seen, held_out = ~model.validation_mask_, model.validation_mask_
    described = model.encode(images)
    unseen = clone(final).fit(described[seen], y[seen]).predict(described[held_out])
    expected = np.sqrt(np.mean((y[held_out] - unseen) ** 2))
    assert model.residual_std_ == pytest.approx(expected, rel=1e-6)


def test_without_images_held_out_nothing_is_said(images, y):
    final = make_pipeline(HyperImageStatistics(), SVR())
    model = both_stages(final, early_stopping=False).fit(images, y)
    with pytest.raises(ValueError, match="early_stopping=True.*GroupEnsembleRegressor"):
        model.predict(images, return_std=True)


def test_members_leave_out_whole_groups_and_are_averaged(rng, groups):
    X, y = rng.random((24, 2)), rng.random(24)
    model = GroupEnsembleRegressor(LinearRegression(), cv=LeaveOneGroupOut()).fit(
        X, y, groups=groups
    )
    by_hand, left_out = [], np.empty(24)
    for group in range(8):
        member = LinearRegression().fit(X[groups != group], y[groups != group])
        left_out[groups == group] = member.predict(X[groups == group])
        by_hand.append(member.predict(X))
    score, std = model.predict(X, return_std=True)
    np.testing.assert_allclose(score, np.mean(by_hand, axis=0))
    np.testing.assert_allclose(model.oob_prediction_, left_out)
    variance = np.mean((y - left_out) ** 2) + np.var(by_hand, axis=0)
    np.testing.assert_allclose(std, np.sqrt(variance))


def test_images_that_every_member_has_seen_do_not_count(rng):
    X, y = rng.random((24, 2)), rng.random(24)
    y[20:] = 1e6  # which would show
    folds = [(np.r_[4:20, 20:24], np.r_[0:4]), (np.r_[0:4, 8:24], np.r_[4:8])]
    weight = np.r_[np.ones(20), np.zeros(4)]
    model = GroupEnsembleRegressor(LinearRegression(), cv=folds).fit(X, y, sample_weight=weight)
    assert np.isnan(model.oob_prediction_[8:]).all() and model.residual_std_ < 2
    with pytest.raises(ValueError, match="cv leaves no image out"):
        GroupEnsembleRegressor(LinearRegression(), cv=[(np.arange(24), np.arange(0))]).fit(X, y)


def test_an_ensemble_of_files_is_cross_validated_with_groups(photo_files, rng):
    y, groups = rng.random(6), np.arange(6)
    model = GroupEnsembleRegressor(make_pipeline(EXTRACTOR, CNNPooling()), cv=2, random_state=0)
    with sklearn.config_context(enable_metadata_routing=True):
        scores = cross_validate(
            model, photo_files, y, params={"groups": groups}, cv=ShuffleSplit(1, random_state=0),
            return_estimator=True, scoring="neg_root_mean_squared_error",
        )  # fmt: skip
    fitted = scores["estimator"][0]
    assert len(fitted.estimators_) == 2
    again = clone(model).fit(photo_files, y, groups=groups).predict(photo_files)
    np.testing.assert_array_equal(
        again, clone(model).fit(photo_files, y, groups=groups).predict(photo_files)
    )


def CNNPooling():
    from sk_hyperimage.ensemble import PatchPoolingRegressor

    return PatchPoolingRegressor(NETWORK)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_mapie_takes_images_as_they_come(images, y, groups):
    regression = pytest.importorskip("mapie.regression")
    model = both_stages(make_pipeline(HyperImageStatistics(), SVR()))
    crossed = regression.CrossConformalRegressor(model, cv=GroupKFold(3), confidence_level=0.8)
    crossed.fit_conformalize(images, y, groups=groups)
    ensemble = GroupEnsembleRegressor(model, cv=2, random_state=0).fit(images, y, groups=groups)
    assert not hasattr(ensemble, "n_features_in_")  # on so many zeros MAPIE would try it
    split = regression.SplitConformalRegressor(ensemble, prefit=True, confidence_level=0.8)
    split.conformalize(images, y)
    for conformal in (crossed, split):
        score, interval = conformal.predict_interval(images[:5])
        assert interval.shape == (5, 2, 1)
        assert (interval[:, 0, 0] <= score).all() and (score <= interval[:, 1, 0]).all()


@pytest.mark.parametrize(
    ("parameters", "arguments", "error", "message"),
    [
        ({"cv": 9}, {}, ValueError, "number of splits n_splits=9"),
        ({}, {"groups": np.arange(23)}, ValueError, "inconsistent"),
        ({}, {"masks": np.zeros(24)}, TypeError, "'masks'.*LinearRegression does not request"),
        ({}, {"y": np.full(24, np.nan)}, ValueError, "y contains NaN"),
    ],
)
def test_bad_input_of_ensembles_is_named(parameters, arguments, error, message, groups):
    given = {"X": np.ones((24, 2)), "y": np.arange(24.0), "groups": groups} | arguments
    with pytest.raises(error, match=message):
        GroupEnsembleRegressor(LinearRegression(), **parameters).fit(**given)


@pytest.mark.slow
def test_nine_in_ten_scores_of_new_photographs_lie_within_nine_in_ten_intervals():
    from sk_hyperimage.datasets import load_sample_photos, make_damage_kinds
    from sk_hyperimage.model_selection import ReferenceShuffleSplit

    photos = load_sample_photos(crop_size=64).images[:60]
    made = make_damage_kinds(photos, kinds=["blur", "jpeg", "blocks"], n_levels=2, random_state=0)
    X, y, groups = made.images, made.target, made.groups
    model = HyperImageRegressor(random_state=0)
    for estimator in (model, GroupEnsembleRegressor(model, cv=4, random_state=0)):
        inside = []
        for train, test in ReferenceShuffleSplit(3, random_state=0).split(X, groups=groups):
            estimator.fit(X[train], y[train], groups=groups[train])
            score, std = estimator.predict(X[test], return_std=True)
            inside.append(np.abs(score - y[test]) <= 1.645 * std)
        assert 0.84 <= np.mean(inside) <= 0.97
