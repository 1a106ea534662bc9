"""Training as in the paper: schedule, early stopping, best weights, failures to be caught."""

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning
from skorch.callbacks import (
    BatchScoring,
    Callback,
    Checkpoint,
    EpochScoring,
    Freezer,
    GradientNormClipping,
    InputShapeSetter,
    LoadInitState,
    LRScheduler,
    PassthroughScoring,
    TrainEndCheckpoint,
)

from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor

LINEAR = "FC(1,linear)"


def linear_task(rng, n=60):
    X = rng.normal(size=(n, 3, 3, 1))
    return X, X.reshape(n, -1) @ np.arange(9.0) + 5


def test_updates_are_those_of_nesterov_sgd_written_by_hand(rng):
    X, y = linear_task(rng, n=8)
    parameters = {"learning_rate": "constant", "early_stopping": False, "random_state": 0}
    model = CNNRegressor(LINEAR, loss="squared_error", batch_size=8, max_epochs=5, **parameters)
    start = CNNRegressor(LINEAR, max_epochs=1, learning_rate_init=1e-300, **parameters).fit(X, y)
    w, b = (array.astype(float) for array in start.weights_.values())
    design = np.column_stack([X.reshape(8, -1), np.ones(8)])
    theta, velocity = np.append(w.ravel(), b), np.zeros(10)
    target = (y - y.mean()) / y.std()
    for update in range(5):
        gradient = 2 / 8 * design.T @ (design @ theta - target)
        velocity = 0.9 * velocity + gradient
        theta = theta - 0.005 / (1 + 1e-5 * update) * (gradient + 0.9 * velocity)
    fitted_w, fitted_b = model.fit(X, y).weights_.values()
    np.testing.assert_allclose(np.append(fitted_w.ravel(), fitted_b), theta, rtol=1e-9)


def test_defaults_are_the_papers():
    model = CNNRegressor(LINEAR)
    assert (model.solver, model.loss, model.learning_rate) == ("sgd", "absolute_error", "adaptive")
    assert (model.learning_rate_init, model.momentum, model.decay) == (0.005, 0.9, 1e-5)
    assert model.nesterovs_momentum and model.early_stopping


def test_best_weights_are_restored(rng):
    X, y = linear_task(rng)
    held_out = np.arange(60) >= 40
    # A learning rate at which the validation error jumps up and down.
    model = CNNRegressor(
        "FC(20) FC(1,linear)", learning_rate_init=0.3, max_epochs=30, random_state=0
    ).fit(X, y, validation_mask=held_out)
    losses = [row["valid_loss"] for row in model.history_]
    error = np.abs(model.predict(X[held_out]) - y[held_out]).mean() / model.y_scale_
    assert error == pytest.approx(min(losses))
    assert losses[-1] > min(losses)


def test_training_stops_after_the_patience(rng):
    X = rng.normal(size=(40, 2, 2, 1))
    y = rng.normal(size=40)  # nothing to learn
    model = CNNRegressor(
        "FC(30) FC(1,linear)", learning_rate_init=0.1, n_iter_no_change=7, random_state=0
    ).fit(X, y)
    losses = [row["valid_loss"] for row in model.history_]
    assert model.n_iter_ == len(losses) == np.argmin(losses) + 1 + 7


class Parts(Callback):
    """Collect the parts of the samples that are trained and validated on."""

    def __init__(self, seen):
        self.seen = seen

    def on_train_begin(self, net, X=None, **kwargs):
        self.seen.append(net.get_split_datasets(X))


def test_validation_never_shares_a_group(rng):
    X, y = linear_task(rng)
    groups = np.repeat(np.arange(12), 5)
    seen = []
    for seed in range(5):
        model = CNNRegressor(LINEAR, max_epochs=1, callbacks=[Parts(seen)], random_state=seed)
        model.fit(X, y, groups=groups)
    assert len(seen) == 5
    for part, validation in seen:
        assert set(groups[part.rows]).isdisjoint(groups[validation.rows])
        assert len(set(groups[validation.rows])) == 3
        assert len(part.rows) + len(validation.rows) == 60


def test_nan_loss_stops_with_advice(rng):
    X, y = linear_task(rng)
    X[7] = 1e200
    with pytest.raises(ValueError, match=r"loss became (nan|inf) in epoch .*learning_rate_init"):
        CNNRegressor("FC(5) FC(1,linear)", loss="squared_error", early_stopping=False).fit(X, y)


def test_global_random_state_and_thread_count_are_left_alone(rng):
    X, y = linear_task(rng)
    torch.manual_seed(3)
    expected = torch.rand(3)
    threads = torch.get_num_threads()
    torch.manual_seed(3)
    CNNRegressor("FC(5) Drop(0.5) FC(1,linear)", max_epochs=2, random_state=0).fit(X, y)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_an_infinite_validation_loss_stops_with_advice(rng):
    X, y = linear_task(rng)
    held_out = np.arange(60) >= 40
    X[-1] = 1e308
    with pytest.raises(ValueError, match="validation loss became (nan|inf) in epoch 1"):
        CNNRegressor("FC(5) FC(1,linear)", random_state=0).fit(X, y, validation_mask=held_out)


def test_weights_spoilt_by_the_last_update_are_found(rng):
    X, y = linear_task(rng)
    model = CNNRegressor(
        "FC(5) FC(1,linear)",
        loss="squared_error",
        learning_rate_init=1e308,
        batch_size=100,
        max_epochs=1,
        early_stopping=False,
    )
    with pytest.raises(ValueError, match="weights became infinite; lower learning_rate_init"):
        model.fit(X * 1e9, y)


def test_predictions_are_never_infinite_in_silence(rng):
    X, y = linear_task(rng)
    model = CNNRegressor("FC(5) FC(1,linear)", max_epochs=2, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="values far beyond those seen in fit"):
        model.predict(np.full((1, 3, 3, 1), 1e308))
    assert np.isfinite(model.predict(np.full((1, 3, 3, 1), 1e100))).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": np.array([1e200, -1e200] * 30)}, "too large for their mean square"),
        ({"sample_weight": np.full(60, 1e308)}, "sample_weight holds values too large"),
        ({"y": np.array([10**400] * 60, dtype=object)}, "y holds a number too large"),
    ],
)
def test_targets_and_weights_beyond_floats_are_refused(changes, message, rng):
    X, y = linear_task(rng)
    with pytest.raises(ValueError, match=message):
        CNNRegressor(LINEAR).fit(**({"X": X, "y": y} | changes))


def test_callbacks_must_be_callbacks(rng):
    X, y = linear_task(rng)
    with pytest.raises(TypeError, match="skorch callbacks, got 3"):
        CNNRegressor(LINEAR, callbacks=[3]).fit(X, y)


REFUSED = {
    "LRScheduler": (
        LRScheduler("StepLR", step_size=1),
        "learning_rate, .* and decay set the rate",
    ),
    "its class": (LRScheduler, "LRScheduler, which does not work here"),
    "by name": (("r2", EpochScoring("r2")), "targets are encoded .* PassthroughScoring"),
    "BatchScoring": (BatchScoring("r2"), "targets are encoded and come with weights"),
    "InputShapeSetter": (InputShapeSetter(), "layers is built for the shape"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_callbacks_that_cannot_work_are_refused(case, rng):
    callback, message = REFUSED[case]
    with pytest.raises(ValueError, match=f"callbacks holds .*{message}"):
        CNNRegressor(LINEAR, max_epochs=1, callbacks=[callback]).fit(*linear_task(rng))


class OfMine(Callback):
    """Record a number of one's own for every batch."""

    def on_batch_end(self, net, batch=None, training=False, **kwargs):
        if not training:
            net.history.record_batch("of_mine", len(batch[0]))


def test_other_callbacks_work_as_skorch_documents(rng, tmp_path):
    X, y = linear_task(rng)
    scoring = PassthroughScoring("of_mine")
    best = Checkpoint(dirname=tmp_path, load_best=True)
    last = TrainEndCheckpoint(dirname=tmp_path)
    callbacks = [OfMine(), scoring, best, last, GradientNormClipping(1e-9)]
    options = {"max_epochs": 3, "random_state": 0, "alpha": 0}
    model = CNNRegressor("FC(4) FC(1)", callbacks=callbacks, **options).fit(X, y)
    assert [row["of_mine"] for row in model.net_.history] == [15] * 3
    assert (tmp_path / "params.pt").exists() and (tmp_path / "train_end_params.pt").exists()
    start = CNNRegressor("FC(4) FC(1)", max_epochs=0, random_state=0).fit(X, y)
    np.testing.assert_allclose(model.predict(X), start.predict(X), rtol=1e-6)  # clipped to nothing
    callbacks = [Freezer("layers.*.*"), ("load", LoadInitState(best))]
    frozen = CNNRegressor("FC(4) FC(1)", callbacks=callbacks, **options).fit(X, y)
    assert len(frozen.history_) == 6  # three of them were loaded


@pytest.mark.parametrize("kind", [CNNRegressor, CNNClassifier])
def test_dead_units_are_told(kind, rng):
    X = rng.random((24, 8, 8, 2), dtype=np.float32)
    y = X.mean(axis=(1, 2, 3)) > 0.5
    layers = "C(4) MP(2) FC(8) FC(1)"
    with pytest.warns(ConvergenceWarning, match="the same outputs for all of .*init .now 10.0"):
        model = kind(layers, learning_rate_init=10, max_epochs=5, random_state=0).fit(X, y)
    assert len(set(model._outputs(X)[:, 0])) == 1
    kind(layers, max_epochs=5, random_state=0).fit(X, y)  # and no warning


def test_constant_outputs_of_constant_samples_or_targets_are_no_fault(rng):
    X = rng.random((20, 3, 3, 1))
    dead = CNNRegressor("FC(4) FC(1)", learning_rate_init=1000, max_epochs=3, random_state=0)
    dead.fit(X, np.ones(20))
    dead.fit(np.ones_like(X), np.arange(20))


def test_whole_numbers_serve_wherever_floats_do(rng):
    X, y = linear_task(rng)
    whole = CNNRegressor(LINEAR, alpha=True, learning_rate_init=1, max_epochs=1, random_state=0)
    floats = CNNRegressor(LINEAR, alpha=1.0, learning_rate_init=1.0, max_epochs=1, random_state=0)
    np.testing.assert_array_equal(whole.fit(X, y).predict(X), floats.fit(X, y).predict(X))


@pytest.mark.parametrize("device", ["meta", "nowhere", "cuda:99"])
def test_devices_that_are_not_there_are_refused(device, rng):
    X, y = linear_task(rng)
    with pytest.raises(ValueError, match=f"device='{device}'"):
        CNNRegressor(LINEAR, device=device).fit(X, y)


@pytest.mark.parametrize("early_stopping", [True, False])
def test_without_epochs_weights_stay_as_they_are_drawn(early_stopping, rng):
    X, y = linear_task(rng)
    options = {"random_state": 3, "early_stopping": early_stopping}
    untrained = CNNRegressor("FC(5) FC(1,linear)", max_epochs=0, **options).fit(X, y)
    barely = CNNRegressor(
        "FC(5) FC(1,linear)", max_epochs=1, learning_rate_init=1e-300, **options
    ).fit(X, y)
    assert untrained.history_ == []
    assert untrained.n_iter_ == 0
    for name, weights in barely.weights_.items():
        np.testing.assert_allclose(untrained.weights_[name], weights, rtol=0, atol=1e-290)
    np.testing.assert_allclose(untrained.predict(X), barely.predict(X))


def frozen(input_shape, n_outputs):
    """A network whose weights are as given, all of them."""
    dense = torch.nn.Linear(int(np.prod(input_shape)), n_outputs)
    torch.nn.init.constant_(dense.weight, 2.0)
    torch.nn.init.zeros_(dense.bias)
    return torch.nn.Sequential(torch.nn.Flatten(), dense).requires_grad_(False)


@pytest.mark.parametrize("max_epochs", [0, 5])
def test_wholly_frozen_networks_are_used_as_they_are(max_epochs, rng):
    X, y = linear_task(rng)
    model = CNNRegressor(frozen, max_epochs=max_epochs, random_state=0).fit(X, y)
    assert model.history_ == []
    expected = y.mean() + y.std() * 2 * X.sum(axis=(1, 2, 3))
    np.testing.assert_allclose(model.predict(X), expected)
