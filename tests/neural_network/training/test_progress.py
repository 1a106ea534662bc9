"""What `verbose` prints, and that nothing is printed without it."""

import io
import re
from time import sleep

import numpy as np
import pytest

from sk_hyperimage.neural_network import CNNRegressor, PatchRanker
from sk_hyperimage.neural_network.training import _progress

LAYERS = "FC(4) FC(1,linear)"


@pytest.fixture
def task(rng):
    X = rng.normal(size=(40, 3, 3, 1))
    return X, X.mean(axis=(1, 2, 3))


def last_line(printed):
    return re.split(r"[\r\n]+", printed.strip())[-1]


def test_nothing_is_printed_by_default(task, capfd):
    CNNRegressor(LAYERS, max_epochs=2).fit(*task).predict(task[0])
    assert capfd.readouterr() == ("", "")


def test_the_bar_shows_epochs_losses_and_the_time_left(task, capsys):
    model = CNNRegressor(LAYERS, max_epochs=6, random_state=0, verbose=1).fit(*task)
    last = last_line(capsys.readouterr().err)
    train, valid = (f"{model.history_[-1][name]:.3g}" for name in ("train_loss", "valid_loss"))
    assert re.match(r"Epoch 6/6 \|.+\| \d\d:\d\d<00:00", last)
    assert last.endswith(f"loss={train}, validation={valid}")


@pytest.mark.parametrize(("max_epochs", "messages"), [(10**6, 1), (10, 0)])
def test_training_of_minutes_is_announced_once(max_epochs, messages, caplog):
    estimate = _progress.TimeEstimate(n_updates=max_epochs, trial=0.01)
    estimate.on_train_begin(None)
    for _ in range(20):
        sleep(0.001)
        estimate.on_batch_end(None, training=True)
    assert len(caplog.messages) == messages
    if messages:  # a million updates of at least a millisecond
        minutes = int(re.search(r"up to (\d+) minutes", caplog.text)[1])
        assert 10**6 * 0.001 / 60 - 1 <= minutes
        assert "verbose=1" in caplog.text


def test_the_time_left_is_what_the_remaining_updates_would_take(monkeypatch):
    clock = iter(range(10_000))
    monkeypatch.setattr("tqdm.std.time", lambda: next(clock))
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    progress = _progress.TrainingProgress(max_epochs=4, n_batches=10)
    progress.on_train_begin(None)
    for _ in range(10):
        progress.on_batch_end(None, training=True)
        progress.on_batch_end(None, training=False)
    progress.bar_.refresh()
    shown = re.search(r"(\d\d):(\d\d)<(\d\d):(\d\d)", last_line(stream.getvalue()))
    minutes, seconds, minutes_left, seconds_left = map(int, shown.groups())
    elapsed, left = 60 * minutes + seconds, 60 * minutes_left + seconds_left
    assert elapsed > 0
    assert left == pytest.approx(3 * elapsed, rel=0.5)
    progress.close()


def test_without_validation_there_is_the_training_loss_alone(task, capsys):
    CNNRegressor(LAYERS, max_epochs=2, early_stopping=False, verbose=1).fit(*task)
    last = last_line(capsys.readouterr().err)
    assert "loss=" in last
    assert "validation=" not in last


def test_rankers_show_their_accuracy(rng, capsys):
    X = rng.normal(size=(40, 3, 3, 1))
    PatchRanker("FC(4)", max_epochs=2, verbose=1).fit(X, np.arange(40) % 2)
    assert "accuracy=" in last_line(capsys.readouterr().err)


def test_long_predictions_show_a_bar_and_short_ones_none(task, capsys, monkeypatch):
    model = CNNRegressor(LAYERS, max_epochs=1).fit(*task).set_params(verbose=1)
    model.predict(task[0])
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(_progress, "SECONDS_WITHOUT_BAR", 0)
    model.predict(task[0])
    assert "CNNRegressor: " in capsys.readouterr().err


def test_a_failing_fit_leaves_no_bar_open(task, capsys):
    X, y = task
    model = CNNRegressor(
        LAYERS, loss="squared_error", learning_rate_init=1e300, verbose=1, early_stopping=False
    )
    with pytest.raises(ValueError, match="learning_rate_init"), np.errstate(all="ignore"):
        model.fit(X, y)
    assert capsys.readouterr().err.endswith("\n")
