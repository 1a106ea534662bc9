"""Training as in the paper: schedule, early stopping, best weights, failures to be caught."""

import numpy as np
import pytest
import torch

from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.neural_network.training._augmentation import (
    check_augmentation,
    random_symmetries,
)
from sk_hyperimage.neural_network.training._schedule import LearningRate

LINEAR = "FC(1,linear)"


def linear_task(rng, n=60):
    X = rng.normal(size=(n, 3, 3, 1))
    return X, X.reshape(n, -1) @ np.arange(9.0) + 5


class Clock:
    """Stands for the little of a net that the schedule reads and writes."""

    class History(list):
        def record(self, key, value):
            self[-1][key] = value

        def __getitem__(self, key):
            return (
                list.__getitem__(self, key[0])[key[1]]
                if isinstance(key, tuple)
                else (list.__getitem__(self, key))
            )

    def __init__(self):
        self.history = self.History()
        self.optimizer_ = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)


def run_schedule(schedule, losses, n_batches=2, **parameters):
    """Learning rates of all updates, for given validation losses."""
    options = {"initial": 1.0, "decay": 0.0, "monitor": "valid_loss", "patience": 2}
    options |= {"n_updates_total": len(losses) * n_batches} | parameters
    callback, net, rates = LearningRate(schedule, **options), Clock(), []
    callback.on_train_begin(net)
    for loss in losses:
        net.history.append({"valid_loss": loss})
        for _ in range(n_batches):
            callback.on_batch_begin(net, training=True)
            rates.append(net.optimizer_.param_groups[0]["lr"])
        callback.on_epoch_end(net)
    return rates


def test_rate_decays_with_every_update():
    rates = run_schedule("constant", [1.0] * 3, decay=0.5)
    np.testing.assert_allclose(rates, 1 / (1 + 0.5 * np.arange(6)))


def test_rate_is_divided_by_ten_on_every_plateau():
    rates = run_schedule("adaptive", [3, 2, 2, 2, 1, 1.5, 1, 1], n_batches=1)
    np.testing.assert_allclose(rates, [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.01])


def test_cosine_falls_from_one_to_nearly_zero():
    rates = run_schedule("cosine", [1.0] * 50)
    assert rates[0] == 1
    assert rates[50] == pytest.approx(0.5)
    assert rates[-1] < 0.001


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


def test_validation_never_shares_a_group(rng, monkeypatch):
    from sk_hyperimage.neural_network import _training

    X, y = linear_task(rng)
    groups = np.repeat(np.arange(12), 5)
    seen = []
    original = _training.train
    monkeypatch.setattr(
        _training, "train", lambda *a, **k: seen.append((a[2], a[3])) or original(*a, **k)
    )
    for seed in range(5):
        CNNRegressor(LINEAR, max_epochs=1, random_state=seed).fit(X, y, groups=groups)
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


@pytest.mark.parametrize("shape", [(200, 3, 3, 2), (200, 2, 2, 3, 3, 1)])
@pytest.mark.parametrize(
    ("augmentation", "n"), [("horizontal", 2), ("flips", 4), ("symmetries", 8)]
)
def test_augmentation_draws_exactly_its_symmetries(shape, augmentation, n, rng):
    image = rng.random(shape[1:])
    batch = random_symmetries(torch.from_numpy(image).expand(shape), augmentation, rng).numpy()
    distinct = {sample.tobytes() for sample in batch}
    assert len(distinct) == n
    assert image.tobytes() in distinct
    assert {tuple(np.sort(sample, axis=None)) for sample in batch} == {
        tuple(np.sort(image, axis=None))
    }


def test_a_flipped_grid_is_the_grid_of_the_flipped_image(rng):
    from sk_hyperimage.feature_extraction import PatchExtractor

    image = rng.random((1, 16, 16, 1))
    extractor = PatchExtractor(patch_size=8, overlap=0.5).fit(image)
    variants = {
        np.asarray(extractor.transform(np.ascontiguousarray(turned))).tobytes()
        for flip in (image, image[:, ::-1], image[:, :, ::-1], image[:, ::-1, ::-1])
        for turned in (flip, flip.swapaxes(1, 2))
    }
    grid = np.asarray(extractor.transform(image))
    repeated = torch.from_numpy(grid).repeat_interleave(100, dim=0)
    batch = random_symmetries(repeated, "symmetries", rng).numpy()
    assert {sample[np.newaxis].tobytes() for sample in batch} == variants


def test_transposing_needs_square_samples():
    check_augmentation("flips", (3, 4, 1))
    check_augmentation("symmetries", (2, 2, 3, 3, 1))
    with pytest.raises(ValueError, match="needs square ones"):
        check_augmentation("symmetries", (3, 4, 1))


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
