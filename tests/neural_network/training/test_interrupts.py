"""Ctrl-C in training: what has been learned is kept and said, or all of `fit` stops."""

import signal

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, ShuffleSplit, cross_validate
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback, EarlyStopping

from sk_hyperimage.ensemble import HyperImageRegressor, PatchPoolingRegressor
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.model_selection import ReferenceShuffleSplit, cross_validate_quality
from sk_hyperimage.neural_network import CNNRegressor, PatchRanker
from sk_hyperimage.utils import _interrupts

FAST = {"learning_rate_init": 0.1, "random_state": 0}
LAYERS = "FC(20) FC(6) FC(1,linear)"


class Interrupt(Callback):
    """Press Ctrl-C at the beginning of an epoch, in the middle of one, or at its end."""

    def __init__(self, epoch, moment="epoch_begin"):
        self.epoch = epoch
        self.moment = moment

    def notify(self, moment, net):
        if moment == self.moment and len(net.history) == self.epoch:
            signal.raise_signal(signal.SIGINT)

    def on_epoch_begin(self, net, **kwargs):
        self.notify("epoch_begin", net)

    def on_batch_end(self, net, **kwargs):
        self.notify("batch_end", net)

    def on_epoch_end(self, net, **kwargs):
        self.notify("epoch_end", net)


class Stop(Callback):
    """Raise as a callback that knows nothing of signals."""

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == 3:
            raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def long_ago(monkeypatch):
    monkeypatch.setattr(_interrupts, "_last_kept", -np.inf)


@pytest.fixture(autouse=True)
def heard():
    """Have Ctrl-C raise, as a shell that runs tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def task(rng):
    X = rng.normal(size=(60, 3, 3, 1))
    return X, X.reshape(60, -1) @ np.arange(9.0) + 5


@pytest.fixture
def photos(rng):
    images = rng.random((16, 12, 12), dtype=np.float32)
    return images, images.std(axis=(1, 2))


def assert_same_predictions(model, other, X):
    np.testing.assert_array_equal(model.predict(X), other.predict(X))


@pytest.mark.parametrize("moment", ["epoch_begin", "batch_end", "epoch_end"])
def test_the_best_weights_so_far_are_kept(moment, task):
    model = CNNRegressor(LAYERS, callbacks=[Interrupt(12, moment)], **FAST)
    with pytest.warns(ConvergenceWarning, match="interrupted in epoch 12; the best weights"):
        model.fit(*task)
    n_epochs = 12 if moment == "epoch_end" else 11
    assert model.n_iter_ == len(model.history_) == n_epochs
    assert all(np.isfinite(row["valid_loss"]) for row in model.history_)
    # Training is the same up to the interrupt, and so is the best of its epochs.
    best = np.argmin([row["valid_loss"] for row in model.history_[:11]]) + 1
    alone = CNNRegressor(LAYERS, max_epochs=int(best), **FAST).fit(*task)
    assert_same_predictions(model, alone, task[0])


def test_without_validation_the_weights_of_that_moment_are_kept(task):
    options = FAST | {"early_stopping": False}
    model = CNNRegressor(LAYERS, callbacks=[Interrupt(4)], **options)
    with pytest.warns(ConvergenceWarning, match="interrupted in epoch 4; the weights as they"):
        model.fit(*task)
    assert_same_predictions(
        model, CNNRegressor(LAYERS, max_epochs=3, **options).fit(*task), task[0]
    )


def test_what_any_callback_raises_is_an_interrupt_but_not_early_stopping(task):
    with pytest.warns(ConvergenceWarning, match="interrupted in epoch 3"):
        CNNRegressor(LAYERS, callbacks=[Stop()], **FAST).fit(*task)
    by_skorch = EarlyStopping(patience=2, monitor="train_loss", threshold=0.9)
    model = CNNRegressor(LAYERS, callbacks=[by_skorch], **FAST).fit(*task)
    assert model.n_iter_ < 80


def test_before_the_first_epoch_is_complete_there_is_nothing_to_keep(task):
    X, y = task
    model = CNNRegressor(LAYERS, max_epochs=2, **FAST).fit(X, y)
    before = model.predict(X)
    for moment in ("epoch_begin", "batch_end"):
        model.set_params(callbacks=[Interrupt(1, moment)])
        with pytest.raises(KeyboardInterrupt, match="nothing to keep"):
            model.fit(X, -y)
        np.testing.assert_array_equal(model.predict(X), before)


def test_a_second_interrupt_soon_after_stops_everything(task):
    search = GridSearchCV(
        CNNRegressor(LAYERS, max_epochs=3, callbacks=[Interrupt(2)], **FAST),
        {"learning_rate_init": [0.1, 0.01, 0.001]},
        cv=2,
    )
    with pytest.warns(ConvergenceWarning) as record, pytest.raises(KeyboardInterrupt):
        search.fit(*task)
    assert len(record) == 1


def test_an_interrupt_long_after_the_last_one_is_a_first_one(task, monkeypatch):
    monkeypatch.setattr(_interrupts, "SECONDS_TO_INSIST", 0)
    model = CNNRegressor(LAYERS, max_epochs=3, callbacks=[Interrupt(2)], **FAST)
    with pytest.warns(ConvergenceWarning) as record:
        cross_validate(model, *task, cv=ShuffleSplit(3))
    assert len(record) == 3


def test_a_pipeline_keeps_its_last_step_and_stops_in_an_earlier_one(photos):
    calm = CNNRegressor(LAYERS, max_epochs=3, **FAST)
    nervous = CNNRegressor(LAYERS, max_epochs=3, callbacks=[Interrupt(3)], **FAST)
    with pytest.raises(KeyboardInterrupt, match="interrupted in epoch 3"):
        make_pipeline(PatchExtractor(6), HyperImageEncoder(nervous), calm).fit(*photos)
    model = make_pipeline(PatchExtractor(6), HyperImageEncoder(calm), nervous)
    with pytest.warns(ConvergenceWarning, match="interrupted in epoch 3"):
        model.fit(*photos)
    assert np.isfinite(model.predict(photos[0])).all()


def test_meta_estimators_keep_what_they_train_last(photos):
    images, scores = photos
    nervous = CNNRegressor(LAYERS, max_epochs=3, callbacks=[Interrupt(3)], **FAST)
    grids = PatchExtractor(6).fit_transform(images)
    for meta in (HyperImageEncoder(nervous), PatchPoolingRegressor(nervous)):
        _interrupts._last_kept = -np.inf
        with pytest.warns(ConvergenceWarning, match="interrupted in epoch 3"):
            meta.fit(grids, scores)
        assert meta.patch_estimator_.n_iter_ == 2


def test_two_stages_keep_the_second_and_stop_in_the_first(photos):
    calm = CNNRegressor(LAYERS, max_epochs=3, **FAST)
    nervous = CNNRegressor(LAYERS, max_epochs=3, callbacks=[Interrupt(3)], **FAST)
    parts = {"extractor": PatchExtractor(6), "random_state": 0}
    model = HyperImageRegressor(patch_estimator=calm, final_estimator=calm, **parts).fit(*photos)
    before = model.predict(photos[0])
    for options in (
        {"patch_estimator": nervous},
        {"final_estimator": nervous, "fine_tune_epochs": 2},
    ):
        fitted = HyperImageRegressor(patch_estimator=calm, final_estimator=calm, **parts)
        fitted = fitted.fit(*photos).set_params(**options)
        with pytest.raises(KeyboardInterrupt):
            fitted.fit(*photos)
        np.testing.assert_array_equal(fitted.predict(photos[0]), before)
    with pytest.warns(ConvergenceWarning, match="interrupted in epoch 3"):
        model.set_params(final_estimator=nervous).fit(*photos)
    assert model.final_estimator_.n_iter_ == 2
    assert np.isfinite(model.predict(photos[0])).all()


def test_joint_training_keeps_at_least_what_it_began_with(photos):
    calm = CNNRegressor(LAYERS, max_epochs=3, **FAST)
    # Its own training ends after two epochs; joint training comes to the fourth.
    second = CNNRegressor(LAYERS, max_epochs=2, callbacks=[Interrupt(4)], **FAST)
    model = HyperImageRegressor(
        extractor=PatchExtractor(6),
        patch_estimator=calm,
        final_estimator=second,
        fine_tune_epochs=9,
    )
    with pytest.warns(ConvergenceWarning, match="interrupted in epoch 4; the best weights"):
        model.fit(*photos)
    assert len(model.fine_tuning_history_) == 3


def test_the_protocol_keeps_no_result_of_broken_off_training(photos, tmp_path):
    images, scores = photos
    model = CNNRegressor(LAYERS, max_epochs=3, callbacks=[Interrupt(3)], **FAST)
    with pytest.raises(KeyboardInterrupt):
        cross_validate_quality(
            model,
            images,
            scores,
            groups=np.arange(16) // 2,
            cv=ReferenceShuffleSplit(n_splits=2, random_state=0),
            store=tmp_path / "store",
        )
    kept = [path.name for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert not [name for name in kept if name.startswith("split")]


def test_rankers_are_complete_after_an_interrupt(rng):
    X = rng.normal(size=(40, 3, 3, 1))
    ranker = PatchRanker("FC(4)", max_epochs=9, callbacks=[Interrupt(3)], **FAST)
    with pytest.warns(ConvergenceWarning, match="interrupted in epoch 3"):
        ranker.fit(X, np.arange(40) % 2)
    assert np.isfinite(ranker.decision_function(X)).all()
    assert [set(row) for row in ranker.history_] == 2 * [
        {"train_loss", "valid_loss", "valid_accuracy", "learning_rate"}
    ]
