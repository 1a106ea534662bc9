"""Statistics of hyper-images, and models that read them."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from sk_hyperimage.ensemble import HyperImageClassifier, HyperImageRegressor
from sk_hyperimage.feature_extraction import HyperImageStatistics, PatchExtractor
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor

ONCE = {"max_epochs": 1, "early_stopping": False}
STAGE_ONE = CNNRegressor("FC(5) FC(1,linear)", **ONCE)


def test_components_of_no_more_than_rounding_are_left_out(rng):
    few = rng.random((3, 2, 2, 50), dtype=np.float32)  # 12 patches, which differ in 11 directions
    assert HyperImageStatistics().fit(np.repeat(few, 2, axis=0)).pca_.n_components_ == 11
    alike = np.ones((3, 2, 2, 5), dtype=np.float32)
    assert HyperImageStatistics().fit_transform(alike).shape == (3, 40)


def test_statistics_of_regions_are_those_of_their_patches():
    hyper_images = np.random.default_rng(0).normal(size=(3, 7, 5, 4))
    statistics = HyperImageStatistics(None, regions=(1, 2), quantiles=(0.1,)).fit(hyper_images)
    found = statistics.transform(hyper_images)
    names = statistics.get_feature_names_out().tolist()
    assert found.shape == (3, len(names)) == (3, 5 * 3 * 4)
    regions = {
        "1x1_0_0": np.s_[:, :],
        "2x2_0_1": np.s_[:4, 2:],  # the middle row and column belong to both sides
        "2x2_1_0": np.s_[3:, :3],
    }
    for name, region in regions.items():
        for image in range(3):
            patches = hyper_images[image][region].reshape(-1, 4)[:, 2]
            for of, value in [
                ("mean", patches.mean()),
                ("deviation", patches.std()),
                ("quantile0.1", np.quantile(patches, 0.1)),
            ]:
                assert found[image, names.index(f"{name}_{of}_2")] == pytest.approx(value)


def test_components_are_those_of_all_patches():
    hyper_images = np.random.default_rng(0).normal(size=(4, 6, 6, 3)) * [3, 1, 0.1]
    statistics = HyperImageStatistics(2, regions=(1,), quantiles=()).fit(hyper_images)
    values, axes = np.linalg.eigh(np.cov(hyper_images.reshape(-1, 3).T))
    projected = (hyper_images - hyper_images.mean(axis=(0, 1, 2))) @ axes[:, :0:-1]
    expected = projected.std(axis=(1, 2))  # a component's sign is arbitrary
    np.testing.assert_allclose(statistics.transform(hyper_images)[:, 2:], expected)


def test_grids_of_any_size_have_equally_many_statistics():
    rng = np.random.default_rng(0)
    different = [rng.random((rows, cols, 6)) for rows, cols in [(1, 1), (2, 7), (9, 3)]]
    statistics = HyperImageStatistics(2, random_state=0).fit(different)
    found = statistics.transform(different)
    assert found.shape == (3, 10 * 4 * 2)
    one = found[0].reshape(10, 4, 2)
    np.testing.assert_allclose(one, np.broadcast_to(one[:1], one.shape))
    np.testing.assert_allclose(one[:, 1], 0, atol=1e-12)


def test_regions_tell_where_patches_lie():
    rng = np.random.default_rng(0)
    hyper_images = rng.normal(size=(60, 6, 6, 2))
    rows = rng.integers(0, 6, 60)
    hyper_images[np.arange(60), rows, rng.integers(0, 6, 60)] += 8
    scores = {
        regions: make_pipeline(HyperImageStatistics(None, regions=regions), RidgeCV())
        .fit(hyper_images[:40], rows[:40])
        .score(hyper_images[40:], rows[40:])
        for regions in [(1,), (1, 3)]
    }
    assert scores[1, 3] > 0.6 > 0.2 > scores[(1,)]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"regions": ()}, "regions"),
        ({"regions": (0,)}, "regions"),
        ({"regions": (2**40,)}, "regions must hold whole numbers from 1 to 1000"),
        ({"regions": (1.5,)}, "regions"),
        ({"quantiles": (1.2,)}, "quantiles"),
        ({"n_components": 0}, "n_components"),
    ],
)
def test_parameters_out_of_range_are_named(parameters, message):
    with pytest.raises(ValueError, match=message):
        HyperImageStatistics(**parameters).fit(np.zeros((2, 3, 3, 2)))


def test_any_regressor_of_scikit_learn_can_be_the_second_stage():
    images = np.random.default_rng(0).random((24, 8, 8), dtype=np.float32)
    images *= np.linspace(0.1, 1, 24, dtype=np.float32)[:, None, None]
    target = images.mean(axis=(1, 2))
    second = make_pipeline(HyperImageStatistics(3), StandardScaler(), SVR())
    model = HyperImageRegressor(
        "passthrough", PatchExtractor(4), STAGE_ONE, second, random_state=0
    )
    first, again = (clone(model).fit(images, target) for _ in range(2))
    np.testing.assert_array_equal(first.predict(images), again.predict(images))
    assert first.score(images, target) > 0.5
    assert first.final_estimator_[0].random_state is not None
    with pytest.raises(ValueError, match="sample_weight"):
        model.fit(images, target, sample_weight=np.arange(24.0))
    with config_context(enable_metadata_routing=True):
        weighted = make_pipeline(
            HyperImageStatistics(3), Ridge().set_fit_request(sample_weight=True)
        )
    weight = np.repeat([0.0, 1.0], 12)
    model.set_params(final_estimator=weighted).fit(images, target, sample_weight=weight)
    statistics = model.final_estimator_[0].transform(model.encode(images))
    expected = Ridge().fit(statistics[12:], target[12:]).predict(statistics)
    np.testing.assert_allclose(model.predict(images), expected, rtol=1e-5)


def test_any_classifier_of_scikit_learn_can_be_the_second_stage():
    images = np.random.default_rng(0).random((24, 8, 8), dtype=np.float32)
    labels = np.repeat(["dark", "light"], 12)
    images[:12] /= 4
    model = HyperImageClassifier(
        "passthrough",
        PatchExtractor(4),
        CNNClassifier("FC(5) FC(1,sigmoid)", **ONCE),
        make_pipeline(HyperImageStatistics(3), StandardScaler(), SVC()),
        random_state=0,
    ).fit(images, labels)
    assert model.score(images, labels) == 1
    assert model.classes_.tolist() == ["dark", "light"]


def test_values_that_overflow_are_refused_with_the_image_that_holds_them(rng):
    hyper_images = rng.random((3, 4, 4, 2)).astype(np.float32)
    hyper_images[1] *= np.float32(1e30)
    statistics = HyperImageStatistics(n_components=None).fit(hyper_images)
    with pytest.raises(ValueError, match=r"X\[1\] holds values so large"):
        statistics.transform(hyper_images)


def test_without_quantiles_there_are_means_and_deviations(rng):
    hyper_images = rng.random((3, 4, 5, 2))
    statistics = HyperImageStatistics(n_components=None, regions=(1,), quantiles=())
    expected = [hyper_images.mean(axis=(1, 2)), hyper_images.std(axis=(1, 2))]
    np.testing.assert_allclose(
        statistics.fit_transform(hyper_images), np.concatenate(expected, axis=1)
    )


def test_hyper_images_described_together_have_the_statistics_of_each_alone(rng):
    hyper_images = rng.normal(size=(40, 30, 30, 60))  # more than one portion
    statistics = HyperImageStatistics(n_components=3, random_state=0).fit(hyper_images)
    alone = [statistics.transform(hyper_images[i : i + 1])[0] for i in (0, 18, 19, 39)]
    together = statistics.transform(hyper_images)[[0, 18, 19, 39]]
    np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-12)
