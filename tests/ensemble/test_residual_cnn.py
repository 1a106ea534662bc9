"""The classifier that recasts itself: what it starts from, what it keeps, and what it refuses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sk_hyperimage.ensemble import (
    HyperImageClassifier,
    PatchPoolingClassifier,
    ResidualCNNClassifier,
)
from sk_hyperimage.ensemble._calibration import margin_scale, probabilities
from sk_hyperimage.feature_extraction import (
    HyperImageEncoder,
    PatchExtractor,
    ResidualCooccurrences,
    ResidualWords,
)
from sk_hyperimage.inspection import patch_maps
from sk_hyperimage.persistence import load_model, save_model

LABELS = np.array(["clean", "noisy"])[np.arange(48) % 2]
GROUPS = np.arange(48) // 4
FAST = {"max_epochs": 2, "random_state": 0}


@pytest.fixture(scope="module")
def images():
    """Smooth images, every second with faint noise."""
    rng = np.random.default_rng(0)
    smooth = 100 + 30 * np.sin(np.arange(14) / rng.uniform(2, 9, (48, 1, 1))) + np.zeros((14, 1))
    noise = rng.normal(0, 1.0, smooth.shape) * (np.arange(48) % 2)[:, None, None]
    texture = rng.normal(0, 1, smooth.shape) * rng.uniform(0, 1, (48, 1, 1))
    return np.rint(smooth + noise + texture).astype(np.uint8)


@pytest.fixture(scope="module")
def model(images):
    return ResidualCNNClassifier(**FAST).fit(images, LABELS, groups=GROUPS)


def test_it_begins_as_the_machine_of_the_samples_to_train_on(images):
    mask = np.arange(48) >= 36
    model = ResidualCNNClassifier(max_epochs=0, sharpness=64.0, random_state=0)
    model.fit(images, LABELS, validation_mask=mask)
    svm = make_pipeline(ResidualCooccurrences(), StandardScaler(), LinearSVC(C=0.1))
    svm.fit(images[~mask], LABELS[~mask])
    expected = svm.decision_function(images)
    ratio = model.decision_function(images) / expected
    assert_allclose(ratio, ratio[0], rtol=1e-3)
    assert ratio[0] > 0
    assert_array_equal(model.predict(images), svm.predict(images))


def test_the_scale_of_decisions_makes_them_log_odds_and_changes_no_label(rng):
    log_odds = rng.normal(0, 2, 20_000)
    codes = (rng.random(20_000) < 1 / (1 + np.exp(-log_odds))).astype(int)
    ones = np.ones(20_000)
    assert margin_scale(log_odds / 5, codes, ones) == pytest.approx(5, rel=0.05)
    of_three = rng.normal(0, 2, (20_000, 3))
    codes = (of_three + rng.gumbel(size=of_three.shape)).argmax(axis=1)
    assert margin_scale(of_three / 5, codes, ones) == pytest.approx(5, rel=0.05)
    assert_array_equal(probabilities(of_three).argmax(axis=1), of_three.argmax(axis=1))


def test_the_scale_stays_finite_where_all_is_right_or_wrong():
    decisions, codes = np.array([-2.0, -1, 1, 2]), np.array([0, 0, 1, 1])
    assert 0 < margin_scale(decisions, codes, np.ones(4)) < 10
    assert 0 < margin_scale(-decisions, codes, np.ones(4)) < 1e-3
    twice = margin_scale(np.tile(decisions, 2), np.tile(codes, 2), np.ones(8))
    assert margin_scale(decisions, codes, np.full(4, 2.0)) == pytest.approx(twice)


def test_training_moves_all_layers(model, images):
    start = clone(model).set_params(max_epochs=0).fit(images, LABELS, groups=GROUPS)
    assert len(model.history_) == 2
    for name, weights in model.network_.weights_.items():
        assert np.any(weights != start.network_.weights_[name]), name


@pytest.mark.parametrize(("learning_rate_init", "seed"), [(1e-6, 0), (1e-2, 1)])
def test_it_never_ends_below_the_machine_on_validation(learning_rate_init, seed, images):
    mask = np.random.default_rng(seed).permutation(48) < 12
    model = ResidualCNNClassifier(
        max_epochs=2, learning_rate_init=learning_rate_init, random_state=seed
    ).fit(images, LABELS, validation_mask=mask)
    probabilities = model.predict_proba(images[mask])
    machine = model.validation_scores_["classifier"]
    assert accuracy_score(LABELS[mask], model.predict(images[mask])) >= machine[0]
    assert log_loss(LABELS[mask], probabilities) <= machine[1] + 1e-6
    svm = make_pipeline(model.features_, *model.classifier_)
    assert machine[0] == svm.score(images[mask], LABELS[mask])


def test_where_training_does_harm_the_machine_itself_is_kept(images):
    model = ResidualCNNClassifier(sharpness=1e-3, **FAST).fit(images, LABELS)
    assert model.validation_scores_["network"][1] > model.validation_scores_["classifier"][1]
    assert model.network_.layers.assignment == "hard"
    svm = make_pipeline(model.features_, *model.classifier_)
    assert_array_equal(model.predict(images), svm.predict(images))
    ratio = model.decision_function(images) / svm.decision_function(images)
    assert_allclose(ratio, ratio[0], rtol=1e-4)


def test_validation_samples_share_no_group_with_others(images):
    seen = []

    class Spy(LinearSVC):
        def fit(self, X, y):
            seen.append(X)
            return super().fit(X, y)

    model = ResidualCNNClassifier(classifier=Spy(), **FAST).fit(images, LABELS, groups=GROUPS)
    described = model.features_.transform(images)
    used = (described[:, np.newaxis] == seen[0]).all(axis=2).any(axis=1)
    assert used.sum() == len(seen[0]) == 36
    assert not set(GROUPS[used]) & set(GROUPS[~used])


def test_published_settings_are_those_of_section_iv(images):
    model = ResidualCNNClassifier(**ResidualCNNClassifier.PUBLISHED, random_state=0)
    model.set_params(max_epochs=1).fit(images, LABELS)
    network = model.network_
    assert (network.solver, network.learning_rate_init, network.decay) == ("adam", 1e-6, 5e-4)
    assert ResidualCNNClassifier.PUBLISHED["max_epochs"] == 15
    assert network.batch_size == 36
    assert model.validation_scores_ == {}
    rates = network.net_.module_.learning_rate_factors
    assert set(rates.values()) == {1}


def test_layers_learn_at_the_rates_they_are_given(images):
    frozen = ResidualCNNClassifier(rate_factors=(0, 1, 1, 0), early_stopping=False, **FAST)
    start = clone(frozen).set_params(max_epochs=0).fit(images, LABELS).network_.weights_
    for name, weights in frozen.fit(images, LABELS).network_.weights_.items():
        assert np.array_equal(weights, start[name]) == ("conv2" not in name)


def test_several_classes(images):
    y = np.arange(48) % 4
    model = ResidualCNNClassifier(classifier=LogisticRegression(C=100), **FAST).fit(images, y)
    assert model.decision_function(images).shape == (48, 4)
    assert_allclose(model.predict_proba(images).sum(axis=1), 1)
    assert_array_equal(model.predict(images), model.decision_function(images).argmax(axis=1))


def test_learned_words_and_a_search_over_parameters_are_starts_too(images):
    words = ResidualWords(n_words=8, n_codebook_vectors=1000, random_state=0)
    search = GridSearchCV(LogisticRegression(), {"C": [1, 100]}, cv=GroupKFold(2))
    with_groups = ResidualCNNClassifier(words, search, **FAST)
    model = with_groups.fit(images, LABELS, groups=GROUPS)
    assert model.classifier_.best_params_["C"] in (1, 100)
    assert model.embed(images).shape == (48, 16)


def test_same_seed_same_bits_and_the_same_after_saving(model, images, tmp_path):
    again = clone(model).fit(images, LABELS, groups=GROUPS)
    assert_array_equal(again.decision_function(images), model.decision_function(images))
    save_model(model, tmp_path / "residual.model")
    loaded = load_model(tmp_path / "residual.model")
    assert_array_equal(loaded.decision_function(images), model.decision_function(images))
    assert loaded.validation_scores_ == model.validation_scores_


def test_cross_validation_fits_all_of_it_anew(images):
    model = ResidualCNNClassifier(max_epochs=0, random_state=0)
    assert cross_val_score(model, images, LABELS, cv=GroupKFold(2), groups=GROUPS).mean() > 0.6


def test_maps_and_hyper_images_are_made_of_it():
    rng = np.random.default_rng(1)
    images = rng.integers(90, 110, (8, 40, 48), dtype=np.uint8)
    images[4:] //= 2
    y = np.repeat([0, 1], 4)
    stage = ResidualCNNClassifier(max_epochs=1, random_state=0)
    pooling = make_pipeline(PatchExtractor(16, overlap=0.5), PatchPoolingClassifier(stage))
    maps = patch_maps(pooling.fit(images, y), images[:1], stride=8)
    fitted = pooling[-1].patch_estimator_
    by_itself = fitted.predict_proba(images[:1, :16, :16])[0, 1]
    assert maps[0].shape == (40, 48)
    assert maps[0][0, 0] == pytest.approx(by_itself, abs=1e-6)
    grids = PatchExtractor(16, overlap=0.5).fit_transform(images)
    hyper_images = HyperImageEncoder(stage).fit(grids, y).transform(grids)
    assert hyper_images.shape[-1] == 162
    whole = HyperImageClassifier("passthrough", PatchExtractor(16), stage, random_state=0)
    assert whole.fit(images, y).predict(images).shape == (8,)


REFUSED = {
    "one class": (np.zeros((8, 9, 9), np.uint8), np.zeros(8), "at least 2 classes"),
    "small": (np.zeros((8, 6, 9), np.uint8), np.arange(8) % 2, r"6 x 9 pixels.*7 x 7"),
    "not 8 bits": (np.full((8, 9, 9), 1.5), np.arange(8) % 2, r"must lie in \[0, 1\]"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_it_cannot_learn_from_is_refused_by_name(case):
    X, y, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        ResidualCNNClassifier(**FAST).fit(X, y)


@pytest.mark.filterwarnings("ignore:class 'noisy' of y is not trained on")
def test_a_class_that_is_only_validated_on_is_refused(images):
    mask = LABELS == "noisy"
    with pytest.raises(ValueError, match=r"1 class\(es\) .* to train on, \['clean'\]"):
        ResidualCNNClassifier(**FAST).fit(images, LABELS, validation_mask=mask)


def test_groups_are_one_for_each_sample_also_where_none_is_held_out(images):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ResidualCNNClassifier(early_stopping=False).fit(images, LABELS, groups=GROUPS[:6])
