"""A fitted pipeline as a network of the same decisions, and what cannot become one."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, StandardScaler
from sklearn.svm import SVC, LinearSVC

from sk_hyperimage.ensemble import network_of
from sk_hyperimage.feature_extraction import (
    BrisqueFeatures,
    ResidualCooccurrences,
    ResidualWords,
)
from sk_hyperimage.neural_network import CNNClassifier, CooccurrenceNetwork
from sk_hyperimage.persistence import load_model, save_model


@pytest.fixture(scope="module")
def images():
    """Noise of five strengths, in turns."""
    noise = np.random.default_rng(0).integers(0, 256, (60, 20, 16), dtype=np.uint8)
    return noise // np.array([4, 8, 16, 32, 64], np.uint8)[np.arange(60) % 5, None, None]


STRENGTHS = np.array(["a", "b", "c", "d", "e"])[np.arange(60) % 5]
TWO = np.where(STRENGTHS < "c", "strong", "weak")


def recast(pipeline, X, y, assignment="hard"):
    """The network as a classifier, without any training."""
    layers = network_of(pipeline, assignment)
    return CNNClassifier(layers, max_epochs=0, early_stopping=False).fit(X, y)


def assert_equal(network, pipeline, X):
    assert_allclose(network.decision_function(X), pipeline.decision_function(X), atol=1e-5)
    assert_array_equal(network.predict(X), pipeline.predict(X))


@pytest.mark.parametrize("y", [TWO, STRENGTHS], ids=["2 classes", "5 classes"])
def test_the_network_decides_as_the_machine(images, y, tmp_path):
    svm = make_pipeline(ResidualCooccurrences(), StandardScaler(), LinearSVC()).fit(images, y)
    network = recast(svm, images, y)
    unseen = images[:, ::-1, :].copy() + np.uint8(3)
    assert_equal(network, svm, images)
    assert_equal(network, svm, unseen)
    assert_equal(network, svm, unseen / np.float32(255))
    assert_equal(clone(network).fit(images, y), svm, unseen)
    assert_equal(pickle.loads(pickle.dumps(network)), svm, unseen)
    save_model(network, tmp_path / "network.model")
    assert_equal(load_model(tmp_path / "network.model"), svm, unseen)


CHAINS = {
    "no scaler": [LinearSVC()],
    "ranges": [MinMaxScaler((-1, 2)), LogisticRegression()],
    "several": [StandardScaler(with_mean=False), MaxAbsScaler(), MinMaxScaler(), LinearSVC()],
    "means alone": [StandardScaler(with_std=False), "passthrough", RidgeClassifier()],
    "a search": [GridSearchCV(LinearSVC(), {"C": [0.1, 1]}, cv=2)],
    "a linear machine": [StandardScaler(), SVC(kernel="linear")],
}


@pytest.mark.parametrize("chain", CHAINS)
def test_scalers_and_linear_classifiers_of_all_kinds_are_folded(images, chain):
    pipeline = make_pipeline(ResidualCooccurrences(), *map(clone_step, CHAINS[chain]))
    assert_equal(recast(pipeline.fit(images, TWO), images, TWO), pipeline, images)


def clone_step(step):
    return step if isinstance(step, str) else clone(step)


@pytest.mark.parametrize(
    "features",
    [
        ResidualCooccurrences(symmetric=True),
        ResidualCooccurrences((1, -2, 1), step=2, n_levels=5, n_pixels=2),
        ResidualCooccurrences(channel="gray"),
    ],
)
def test_other_descriptors_become_other_networks(images, features):
    pipeline = make_pipeline(features, StandardScaler(), LinearSVC()).fit(images, STRENGTHS)
    assert_equal(recast(pipeline, images, STRENGTHS), pipeline, images)


def test_learned_words_are_folded_too(images):
    words = ResidualWords(n_words=10, clip=8, random_state=0)
    pipeline = make_pipeline(words, MaxAbsScaler(), LogisticRegression()).fit(images, TWO)
    exact = images / 255  # in double precision, where no place changes its word by rounding
    assert_equal(recast(pipeline, exact, TWO), pipeline, exact)


def test_colors_are_read_as_the_descriptor_reads_them(rng):
    X = rng.integers(0, 256, (30, 9, 9, 3), dtype=np.uint8)
    y = np.arange(30) % 2
    for channel in ("green", "gray"):
        features = ResidualCooccurrences(channel=channel)
        pipeline = make_pipeline(features, StandardScaler(), LinearSVC()).fit(X, y)
        assert_equal(recast(pipeline, X, y), pipeline, X)


def test_soft_assignment_begins_near_the_machine_and_holds_only_numbers(images):
    svm = make_pipeline(ResidualCooccurrences(), StandardScaler(), LinearSVC(C=0.01))
    layers = network_of(svm.fit(images, TWO), sharpness=2.0)
    assert isinstance(layers, CooccurrenceNetwork)
    assert (layers.assignment, layers.sharpness) == ("soft", 2.0)
    decisions = recast(svm, images, TWO, "soft").decision_function(images)
    assert np.corrcoef(decisions, svm.decision_function(images))[0, 1] > 0.95
    kept = layers.coef
    svm[-1].coef_[:] = 0
    assert layers.coef is kept
    assert np.any(kept)


def test_training_lets_the_machine_compete(images):
    svm = make_pipeline(ResidualCooccurrences(), StandardScaler(), LinearSVC(C=0.01))
    layers = network_of(svm.fit(images, TWO))
    harmful = CNNClassifier(layers, max_epochs=2, learning_rate_init=10, random_state=0)
    untrained = clone(harmful).set_params(max_epochs=0).fit(images, TWO)
    harmful.fit(images, TWO)
    assert len(harmful.history_) == 2
    assert_allclose(harmful.decision_function(images), untrained.decision_function(images))


def fitted(*steps, y=TWO):
    return lambda images: make_pipeline(*steps).fit(images, y)


REFUSED = {
    "an estimator": (lambda images: LinearSVC(), "takes a Pipeline .* got LinearSVC"),
    "other features": (
        fitted(BrisqueFeatures(), LinearSVC()),
        "ResidualCooccurrences .* first step.* BrisqueFeatures -> LinearSVC",
    ),
    "no classifier": (fitted(ResidualCooccurrences(), "passthrough"), "first step, and a class"),
    "a transformer last": (
        fitted(ResidualCooccurrences(), StandardScaler()),
        "classifier with decisions as last step, got StandardScaler",
    ),
    "another scaler": (
        fitted(ResidualCooccurrences(), Normalizer(), LinearSVC()),
        "cannot fold Normalizer .*StandardScaler",
    ),
    "clipping": (
        fitted(ResidualCooccurrences(), MinMaxScaler(clip=True), LinearSVC()),
        r"cannot fold MinMaxScaler\(clip=True\)",
    ),
    "a kernel": (fitted(ResidualCooccurrences(), SVC()), "linear classifier .* SVC is not"),
    "voting": (
        fitted(ResidualCooccurrences(), SVC(kernel="linear"), y=STRENGTHS),
        "decisions of SVC are not its coef_",
    ),
    "no decisions": (fitted(ResidualCooccurrences(), GaussianNB()), "decisions .* GaussianNB"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_recast_is_refused_by_name(case, images):
    make, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        network_of(make(images))


def test_a_pipeline_must_be_fitted():
    with pytest.raises(NotFittedError):
        network_of(make_pipeline(ResidualCooccurrences(), StandardScaler(), LinearSVC()))


def test_classes_must_be_those_of_the_machine(images):
    svm = make_pipeline(ResidualCooccurrences(), LinearSVC()).fit(images, TWO)
    with pytest.raises(ValueError, match=r"coef .* \(5, 162\), for 5 outputs .* got \(1, 162\)"):
        recast(svm, images, STRENGTHS)
