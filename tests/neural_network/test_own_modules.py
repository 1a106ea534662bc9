"""Modules of one's own: what is refused before training, in which words, and what is not."""

import pickle

import numpy as np
import pytest
import torch
from torch import nn

from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor, PatchRanker

FAST = {"max_epochs": 2, "random_state": 0}


@pytest.fixture
def images(rng):
    return rng.random((24, 8, 8, 2), dtype=np.float32)


def dense(n_outputs, *end):
    return nn.Sequential(nn.Flatten(), nn.Linear(128, n_outputs), *end)


class Ending(nn.Module):
    """A dense layer, and a function after it."""

    def __init__(self, n_outputs, function):
        super().__init__()
        self.dense = nn.Linear(128, n_outputs)
        self.function = function

    def forward(self, batch):
        return self.function(self.dense(batch.flatten(1)))


class Maps(nn.Module):
    """A convolution that takes batches as they come, which is not torch's own order."""

    def __init__(self, n_channels, n_outputs=1):
        super().__init__()
        self.convolution = nn.Conv2d(n_channels, 4, 3, padding=1)
        self.dense = nn.Linear(4, n_outputs)

    def forward(self, batch):
        return self.dense(torch.relu(self.convolution(batch)).mean((2, 3)))


class Permuted(Maps):
    def forward(self, batch):
        return super().forward(batch.permute(0, 3, 1, 2))


def halves(outputs):
    return torch.exp(outputs) / torch.exp(outputs).sum(1, keepdim=True)


ACTIVATED = {
    "sigmoid": (1, dense(1, nn.Sigmoid()), "ends in a sigmoid, but .* logit of class 1"),
    "frozen": (1, dense(1, nn.Sigmoid()).requires_grad_(False), "ends in a sigmoid"),
    "function": (1, Ending(1, lambda out: out.sigmoid().clamp(0.01, 0.99)), "ends in a sigmoid"),
    "log": (1, Ending(1, nn.functional.logsigmoid), "ends in the logarithm of a sigmoid"),
    "softmax": (3, dense(3, nn.Softmax(1)), "ends in a softmax, but .* logits of the 3 classes"),
    "by hand": (3, Ending(3, halves), "ends in a softmax"),
    "sigmoids": (3, dense(3, nn.Sigmoid()), "ends in a sigmoid"),
    "relu": (3, dense(3, nn.ReLU()), "ends in a ReLU"),
}  # fmt: skip


@pytest.mark.parametrize("case", ACTIVATED)
def test_outputs_are_never_activated_twice(case, images):
    n_outputs, module, message = ACTIVATED[case]
    y = np.arange(24) % (2 if n_outputs == 1 else 3)
    with pytest.raises(ValueError, match=f"layers {message}.*leave that last function out"):
        CNNClassifier(module, **FAST).fit(images, y)


def test_scores_are_not_bounded(images):
    with pytest.raises(ValueError, match=r"layers ends in a ReLU.*standardized.*either sign"):
        CNNRegressor(dense(1, nn.ReLU()), **FAST).fit(images, np.arange(24))


def test_logits_reach_the_accuracy_that_probabilities_did_not():
    X = np.random.default_rng(0).random((24, 8, 8, 1), dtype=np.float32)
    X *= np.linspace(0.3, 1, 24, dtype=np.float32)[:, None, None, None]
    y = np.repeat(["intact", "damaged"], 12)
    model = CNNClassifier(
        nn.Sequential(nn.Flatten(), nn.Linear(64, 1)),
        max_epochs=300,
        early_stopping=False,
        solver="adam",
        learning_rate_init=0.01,
        random_state=0,
    )
    assert model.fit(X, y).score(X, y) == 1


def test_the_logarithm_of_a_softmax_is_the_same_as_logits(images):
    y = np.arange(24) % 3
    logits = dense(3)
    logarithms = nn.Sequential(*logits, nn.LogSoftmax(dim=1))
    expected = CNNClassifier(logits, **FAST).fit(images, y).predict_proba(images)
    found = CNNClassifier(logarithms, **FAST).fit(images, y).predict_proba(images)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("function", [lambda out: out * torch.sigmoid(out), nn.functional.gelu])
def test_a_gate_is_no_last_activation(function, images):
    CNNClassifier(Ending(1, function), **FAST).fit(images, np.arange(24) % 2)


SHAPES = {
    "too wide": (3, dense(5), r"gives \(2, 5\) for samples of shape \(2, 8, 8, 2\).*\(2, 3\)"),
    "two for two": (2, dense(2), r"gives \(2, 2\).*\(2, 1\): the logit of class 1"),
    "one axis": (2, Ending(1, lambda out: out[:, 0]), r"gives \(2,\) .*\(2, 1\)"),
    "one row": (2, Ending(1, lambda out: out.mean(0, keepdim=True)), r"gives \(1, 1\) "),
    "a tuple": (2, Ending(1, lambda out: (out,)), "gives tuple"),
    "not finite": (2, Ending(1, lambda out: out / 0), "not finite"),
    "no weights": (2, nn.Flatten(), "without weights"),
    "does not fit": (2, nn.Sequential(nn.Flatten(), nn.Linear(7, 1)), "cannot compute .* 7x1"),
}


@pytest.mark.parametrize("case", SHAPES)
def test_other_outputs_are_refused(case, images):
    n_classes, module, message = SHAPES[case]
    with pytest.raises(ValueError, match=f"layers .*{message}"):
        CNNClassifier(module, **FAST).fit(images, np.arange(24) % n_classes)


def test_scores_take_one_output(images):
    # With batches of as many samples as there are outputs this trained in silence.
    with pytest.raises(ValueError, match=r"gives \(2, 3\).*\(2, 1\): one score"):
        CNNRegressor(dense(3), batch_size=3, **FAST).fit(images, np.arange(24))


@pytest.mark.parametrize("n_channels", [2, 8])  # 8 rows would pass for channels, with no error
@pytest.mark.parametrize("estimator", [CNNRegressor, CNNClassifier, PatchRanker])
def test_modules_that_read_channels_first_are_told_how_to_permute(n_channels, estimator, images):
    with pytest.raises(ValueError, match=r"\(n, n_rows, n_cols, n_channels\).*permute\(0, 3, 1"):
        estimator(Maps(n_channels), **FAST).fit(images, np.arange(24) % 2)
    estimator(Permuted(2), **FAST).fit(images, np.arange(24) % 2)


def test_callables_must_return_modules(images):
    with pytest.raises(TypeError, match="layers must return a torch.nn.Module .* got 3"):
        CNNRegressor(lambda input_shape, n_outputs: 3, **FAST).fit(images, np.arange(24))


class Noisy(nn.Module):
    """It draws random numbers even in prediction, and remembers how it was run."""

    def __init__(self):
        super().__init__()
        self.part = dense(1, nn.Dropout(0.5))
        self.frozen = nn.Linear(1, 1).requires_grad_(False)
        self.seen = []

    def forward(self, batch):
        self.seen.append((self.training, len(batch), torch.rand(1).item()))
        return self.frozen(self.part(batch))


def test_the_check_leaves_no_trace(images):
    module = Noisy()
    module.seen = seen = []
    module.__deepcopy__ = lambda memo: module  # to look at the copy that is trained
    model = CNNRegressor(module, early_stopping=False, batch_size=24, **FAST)
    model.fit(images, np.arange(24))
    assert [row[:2] for row in seen] == [(False, 2), (True, 24), (True, 24), (False, 24)]
    assert seen[0][2] == seen[1][2]  # the random state is as it was before the check
    assert [weights.requires_grad for weights in module.parameters()] == [True] * 2 + [False] * 2


def test_lazy_layers_are_completed_by_the_check(images):
    module = nn.Sequential(nn.Flatten(), nn.LazyLinear(1))
    model = CNNRegressor(module, **FAST).fit(images, np.arange(24))
    restored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(restored.predict(images), model.predict(images))


def test_one_sample_suffices(images):
    CNNRegressor(dense(1), early_stopping=False, **FAST).fit(images[:1], [1.0])


def test_describing_without_embed_is_refused_in_words(images):
    for estimator, y in ((CNNRegressor, np.arange(24)), (PatchRanker, np.arange(24) % 2)):
        model = estimator(dense(1), **FAST).fit(images, y)
        with pytest.raises(ValueError, match=r"Sequential, which has no method embed\(batch, lay"):
            model.embed(images)
