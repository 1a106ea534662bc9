"""Filters of a first convolution that are learned from the images alone."""

import numpy as np
import pytest

from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.neural_network._codebook import codebook

LAYERS = "C(2,5,1,linear,valid) MinMaxPool(12) FC(6) FC(1,linear)"


def stripes(rng, n_images=40):
    """Noisy stripes along rows in the first half of the images, along columns in the others."""
    wave = 0.2 * np.sin(np.arange(16) * 2 * np.pi / 5)
    images = rng.normal(0.5, 0.02, size=(n_images, 16, 16, 1))
    images[: n_images // 2] += wave[:, None, None]
    images[n_images // 2 :] += wave[None, :, None]
    return images


def started(X, layers=LAYERS, **options):
    options = {"max_epochs": 0, "early_stopping": False, "random_state": 0} | options
    model = CNNRegressor(layers, initial_weights="codebook", **options)
    return model.fit(X, np.arange(float(len(X))))


def filters(model):
    return next(iter(model.weights_.values()))


def test_similarities_are_those_of_whitened_squares_to_words_of_unit_length(rng):
    squares = rng.normal(size=(400, 9)) @ rng.normal(size=(9, 9)) + 3
    weights, offsets = codebook(squares, 5, np.random.RandomState(0))
    centered = squares - squares.mean(axis=1, keepdims=True)
    centered -= centered.mean(axis=0)
    # Whitening by singular values, and the words that the filters imply.
    _, values, axes = np.linalg.svd(centered, full_matrices=False)
    variances = values**2 / len(squares)
    whitening = axes.T @ np.diag((variances + 0.1 * variances.mean()) ** -0.5) @ axes
    without_mean = np.eye(9) - 1 / 9
    words = weights @ np.linalg.pinv(whitening @ without_mean)
    within = words @ whitening
    np.testing.assert_allclose(within @ without_mean, weights, atol=1e-9)
    similarities = squares @ weights.T + offsets
    np.testing.assert_allclose(similarities, centered @ weights.T, atol=1e-9)
    np.testing.assert_allclose(weights.sum(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(words, axis=1), 1, atol=0.02)


def test_words_tell_what_the_images_are_made_of(rng):
    X = stripes(rng)
    model = started(X, "C(8,5,1,linear,valid) MinMaxPool(12) FC(6) FC(1,linear)")
    along = np.abs(filters(model)[:, 0])
    of_rows = along.mean(axis=2).std(axis=1) > along.mean(axis=1).std(axis=1)
    assert 0 < of_rows.sum() < 8  # words of both kinds


def test_channels_that_are_no_colors_have_words_of_their_own(rng):
    along_rows = stripes(rng)[:20]
    X = np.concatenate([along_rows, along_rows.swapaxes(1, 2)], axis=3)
    model = started(X, "C(8,5,1,linear,valid) MinMaxPool(12) FC(6) FC(1,linear)")
    words = filters(model)
    np.testing.assert_array_equal(words[:4, 1], 0)
    np.testing.assert_array_equal(words[4:, 0], 0)
    across = words[:4, 0].mean(axis=2).std(axis=1) > words[:4, 0].mean(axis=1).std(axis=1)
    down = words[4:, 1].mean(axis=2).std(axis=1) < words[4:, 1].mean(axis=1).std(axis=1)
    assert across.any() and down.any()
    colors = filters(started(np.repeat(along_rows, 3, axis=3)))
    np.testing.assert_array_equal(colors[:, 0], colors[:, 2])


@pytest.mark.parametrize("size", [12, 6])
def test_units_see_the_words_of_one_channel(size, rng):
    X = np.concatenate([stripes(rng), rng.random((40, 16, 16, 1))], axis=3)
    layers = f"C(5,5,1,linear,valid) MinMaxPool({size}) FC(40,linear) FC(1,linear)"
    first, second = X.copy(), X.copy()
    first[..., 0] = rng.random((40, 16, 16))
    second[..., 1] = rng.random((40, 16, 16))
    model = started(X, layers)
    changed = [(model.embed(X) != model.embed(other)).any(axis=0) for other in (first, second)]
    np.testing.assert_array_equal(changed[0], np.arange(40) < 20)
    np.testing.assert_array_equal(changed[1], np.arange(40) >= 20)
    weights = model.weights_["layers.2.dense.weight"]
    # He-normal among 2 or 3 words of 5, minima and maxima, in every place.
    n_places = (12 // size) ** 2
    assert weights[:20].var() == pytest.approx(2 / (10 * n_places), rel=0.3)
    assert weights[20:].var() == pytest.approx(2 / (10 * n_places), rel=0.3)


def test_the_same_seed_gives_the_same_words_and_another_does_not(rng):
    X = stripes(rng)
    first, again, other = (filters(started(X, random_state=seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_words_are_learned_from_training_samples_alone(rng):
    X = stripes(rng)
    mask = np.arange(len(X)) % 4 == 0
    changed = np.where(mask[:, None, None, None], rng.normal(size=X.shape), X)
    kept = [
        CNNRegressor(LAYERS, initial_weights="codebook", max_epochs=0, random_state=0)
        .fit(samples, np.arange(40.0), validation_mask=mask)
        .weights_
        for samples in (X, changed)
    ]
    np.testing.assert_array_equal(*(next(iter(weights.values())) for weights in kept))


def test_targets_do_not_matter_and_training_goes_on_from_the_words(rng):
    X = stripes(rng)
    start = filters(started(X))
    trained = filters(started(X, max_epochs=1, learning_rate_init=1e-6))
    np.testing.assert_allclose(trained, start, atol=1e-3)
    assert not np.array_equal(trained, start)


@pytest.mark.parametrize("value", [0.3, 0])
def test_flat_images_leave_the_random_start(value):
    X = np.full((10, 16, 16, 1), value)
    plain = CNNRegressor(LAYERS, max_epochs=0, early_stopping=False, random_state=0)
    np.testing.assert_array_equal(filters(started(X)), filters(plain.fit(X, np.arange(10.0))))


def test_other_layers_and_small_samples_are_refused(rng):
    X = stripes(rng)
    with pytest.raises(ValueError, match="start with a convolution"):
        started(X, "FC(4) FC(1,linear)")
    with pytest.raises(ValueError, match=r"at least as large as the first filters, 5 x 5"):
        started(X[:, :3, :3], "C(2,5) FC(1,linear)")
