"""Networks and models that go on where their last fit ended."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVR

from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import HyperImageStatistics, PatchExtractor
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor
from sk_hyperimage.persistence import load_model, save_model

LAYERS = "C(4) MP(8) FC(6) FC(1,linear)"
PLAIN = {"solver": "sgd", "momentum": 0, "learning_rate": "constant", "decay": 0}


@pytest.fixture
def images(rng):
    return rng.random((40, 8, 8), dtype=np.float32)


@pytest.fixture
def y(images):
    return images.mean(axis=(1, 2))


def test_two_fits_are_one_of_as_many_epochs(images, y):
    # One batch a step and no momentum leave no other state than the weights.
    options = {"early_stopping": False, "batch_size": 40, "random_state": 0, **PLAIN}
    twice = CNNRegressor(LAYERS, max_epochs=3, warm_start=True, **options)
    twice.fit(images, y).fit(images, y)
    once = CNNRegressor(LAYERS, max_epochs=6, **options).fit(images, y)
    np.testing.assert_allclose(twice.predict(images), once.predict(images), rtol=1e-6)
    losses = [[row["train_loss"] for row in model.history_] for model in (twice, once)]
    np.testing.assert_allclose(*losses, rtol=1e-5)
    assert twice.n_iter_ == 3 and len(twice.history_) == 6


def test_a_loaded_network_goes_on_as_the_saved_one_does(images, y, tmp_path):
    model = CNNRegressor(LAYERS, max_epochs=2, warm_start=True, random_state=0).fit(images, y)
    save_model(model, tmp_path / "model")
    loaded = load_model(tmp_path / "model").fit(images, y)
    np.testing.assert_array_equal(loaded.predict(images), model.fit(images, y).predict(images))


def test_going_on_never_leaves_the_validation_error_worse(images):
    y, held_out = 10 * images[:, :, :4].mean(axis=(1, 2)), np.arange(40) % 4 == 0
    options = {"batch_size": 30, "learning_rate_init": 0.02, "max_epochs": 15, "random_state": 0}
    model = CNNRegressor("FC(8) FC(1,linear)", warm_start=True, **options)

    def error():
        model.fit(images, y, validation_mask=held_out)
        return np.abs(model.predict(images) - y)[held_out].mean()

    before = error()
    model.set_params(max_epochs=2, learning_rate_init=0.3)
    assert error() <= before * (1 + 1e-6)


def test_a_clone_and_a_fit_without_warm_start_begin_anew(images, y):
    model = CNNRegressor(LAYERS, max_epochs=2, warm_start=True, random_state=0).fit(images, y)
    first = model.predict(images)
    assert (model.fit(images, y).predict(images) != first).any()
    np.testing.assert_array_equal(clone(model).fit(images, y).predict(images), first)
    model.set_params(warm_start=False).fit(images, y)
    np.testing.assert_array_equal(model.predict(images), first)
    assert len(model.history_) == 2


def test_what_cannot_go_on_is_refused_and_changes_nothing(images, y):
    labels = np.where(y > np.median(y), "bright", "dark")
    model = CNNClassifier(LAYERS, max_epochs=1, warm_start=True, random_state=0)
    before = model.fit(images, labels).predict_proba(images)
    with pytest.raises(
        ValueError, match=r"classes \['bright', 'dark'\], but y holds \['bright', 'dim"
    ):
        model.fit(images, np.where(labels == "dark", "dim", labels))
    with pytest.raises(ValueError, match=r"last fit \(warm_start=True\).* shape"):
        model.fit(images.repeat(2, axis=1), labels)
    np.testing.assert_array_equal(model.predict_proba(images), before)


# Both stages in one object.

EXTRACTOR = PatchExtractor(patch_size=4)
STAGE_ONE = CNNRegressor("C(4) MP(4) FC(6) FC(1,linear)", max_epochs=2)
STAGE_TWO = CNNRegressor("C(4) MP(3) FC(4) FC(1,linear)", max_epochs=2)
STATISTICS = make_pipeline(HyperImageStatistics(), SVR())


def both_stages(final, **parameters):
    return HyperImageRegressor(
        "passthrough", EXTRACTOR, STAGE_ONE, final, random_state=0, **parameters
    )


def test_both_stages_go_on(images, y):
    model = both_stages(STAGE_TWO, warm_start=True).fit(images, y)
    stages = model.patch_estimator_.weights_, model.final_estimator_.weights_
    model.fit(images, y)
    by_hand = both_stages(STAGE_TWO)
    by_hand.set_params(
        patch_estimator__initial_weights=stages[0], final_estimator__initial_weights=stages[1]
    ).fit(images, y)
    np.testing.assert_array_equal(model.predict(images), by_hand.predict(images))
    assert [len(history) for history in model.histories().values()] == [4, 4]
    for stage in (model.patch_estimator_, model.final_estimator_, model.encoder_.patch_estimator):
        assert stage.initial_weights is None


def test_a_few_scores_of_one_s_own_in_another_unit(images, y):
    model = both_stages(STATISTICS, warm_start=True).fit(images, y)
    weights = model.patch_estimator_.weights_
    own, scores = images[:10] ** 2, 100 - 80 * y[:10]
    model.set_params(patch_estimator__max_epochs=0).fit(own, scores)
    for name, kept in model.patch_estimator_.weights_.items():
        np.testing.assert_array_equal(kept, weights[name])
    assert model.predict(own).mean() == pytest.approx(scores.mean(), abs=10)
    frozen = FrozenEstimator(model.patch_estimator_)
    on_frozen = HyperImageRegressor("passthrough", EXTRACTOR, frozen, STATISTICS, random_state=0)
    np.testing.assert_array_equal(on_frozen.fit(own, scores).predict(own), model.predict(own))
