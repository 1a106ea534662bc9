"""DeepQA: its parts against numpy, its penalty, and what it refuses."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from sk_hyperimage.neural_network import CNNRegressor, DeepQA
from sk_hyperimage.neural_network.training._net import Penalized
from sk_hyperimage.preprocessing import LowFrequencySubtractor

TRAINING = {
    "loss": "squared_error",
    "solver": "adam",
    "learning_rate": "constant",
    "learning_rate_init": 5e-4,
    "batch_size": 5,
    "early_stopping": False,
    "random_state": 0,
}


@pytest.fixture
def pairs(rng):
    """Gray photographs of nothing, more and more noisy."""
    references = np.repeat(np.repeat(rng.random((20, 8, 8)), 5, axis=1), 5, axis=2)
    noise = np.linspace(0, 0.3, 20)[:, None, None] * rng.normal(size=references.shape)
    return np.stack([references + noise, references], axis=3).astype(np.float32)


def network(shape=(44, 50, 6), **parameters):
    return DeepQA(**parameters)(input_shape=shape, n_outputs=1).double()


def test_it_has_the_parameters_of_the_release():
    assert sum(weights.numel() for weights in network().parameters()) == 130_510


def test_errors_are_those_of_the_paper_at_a_quarter_of_the_size(rng):
    batch = rng.random((2, 44, 50, 6))
    gray = batch.reshape(2, 44, 50, 2, 3) @ [0.299, 0.587, 0.114]
    difference = 255 * (gray[..., 0] - gray[..., 1])
    expected = (np.log(255**2) - np.log(difference**2 + 1)) / np.log(255**2)
    cells = expected[:, :44, :48].reshape(2, 11, 4, 12, 4).mean(axis=(2, 4))
    with torch.no_grad():
        sensitivity, error = network().maps(torch.from_numpy(batch).permute(0, 3, 1, 2))
    assert error.shape == sensitivity.shape == (2, 1, 3, 5)  # of 11 x 13 cells, less 4 all around
    np.testing.assert_allclose(error[:, 0].numpy(), cells[:, 4:7, 4:9], rtol=1e-6)


def test_equal_images_have_the_error_1_and_sensitivity_begins_as_1(rng):
    image = rng.random((1, 40, 40, 3))
    pair = torch.from_numpy(np.concatenate([image, image], axis=3))
    perceived = network().embed(pair, -4)
    torch.testing.assert_close(perceived, torch.ones_like(perceived))


def test_low_frequencies_are_those_of_three_halvings(rng):
    image = rng.random((64, 72))
    detail = LowFrequencySubtractor(scale=8).fit_transform([image])[0][..., 0]
    with torch.no_grad():
        low = network((64, 72, 2)).low_frequencies(torch.from_numpy(image)[None, None])
    inner = slice(28, 36)  # out of reach of the border
    np.testing.assert_allclose((image - low[0, 0].numpy())[inner, inner], detail[inner, inner])


def test_total_variation_is_the_mean_of_cubed_gradients():
    ramp = torch.arange(6.0, dtype=torch.float64).expand(1, 1, 5, 6)
    # Sobel's difference of a ramp is 8 inside, 4 in the first and the last column.
    expected = (4 * 8**3 + 2 * 4**3) / 6
    torch.testing.assert_close(
        network().variation(ramp), torch.tensor([expected], dtype=torch.float64)
    )


class Fined(Penalized):
    """A linear network that pays 3 a sample."""

    def __init__(self, input_shape, n_outputs):
        super().__init__()
        self.dense = nn.Linear(int(np.prod(input_shape)), n_outputs)

    def forward(self, batch):
        self.penalties = torch.full((len(batch),), 3.0) if self.training else None
        return self.dense(batch.flatten(1))


def test_penalties_count_in_training_alone(rng):
    X, y = rng.random((8, 4, 4), dtype=np.float32), np.arange(8.0)
    plain, fined = (
        CNNRegressor(layers, max_epochs=1, random_state=0).fit(X, y).history_[0]
        for layers in (lambda **of: nn.Sequential(nn.Flatten(), Fined(**of).dense), Fined)
    )
    np.testing.assert_allclose(fined["train_loss"], plain["train_loss"] + 3, rtol=1e-6)
    np.testing.assert_allclose(fined["valid_loss"], plain["valid_loss"], rtol=1e-6)


@pytest.mark.slow
def test_the_penalty_makes_sensitivity_smooth_and_learning_works(pairs):
    y = np.linspace(0, 0.3, 20)
    models = [
        CNNRegressor(DeepQA(smoothness), max_epochs=30, **TRAINING).fit(pairs, y)
        for smoothness in (0.0, 10.0)
    ]
    roughness = [np.abs(np.diff(model.embed(pairs, -3), axis=1)).mean() for model in models]
    assert roughness[1] < 0.5 * roughness[0]
    assert np.corrcoef(models[0].predict(pairs), y)[0, 1] > 0.8


def test_pairs_of_any_size_are_read_and_others_refused(pairs):
    y = np.linspace(0, 0.3, 20)
    model = CNNRegressor(DeepQA(), max_epochs=0, **TRAINING).fit(pairs, y)
    assert model.reads_any_grid_ and model.predict(pairs[:, :3, :5]).shape == (20,)
    with pytest.raises(ValueError, match="pairs of gray or RGB images, of 2 or 6 channels"):
        CNNRegressor(DeepQA(), **TRAINING).fit(pairs[..., :1], y)
    with pytest.raises(ValueError, match="smoothness .* negative"):
        CNNRegressor(DeepQA(-1.0), **TRAINING).fit(pairs, y)
    with pytest.raises(ValueError, match="layer=-5 is out of range"):
        model.embed(pairs, -5)


def test_a_fitted_network_can_be_copied(pairs):
    model = CNNRegressor(DeepQA(), max_epochs=1, **TRAINING)
    model.fit(pairs[:4, :16, :16], np.arange(4.0))
    copied = deepcopy(model.net_.module_)  # as exports do
    assert copied.penalties is None
