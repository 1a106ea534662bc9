"""Maps of errors: DIQA's network against its paper, and its training on maps."""

import numpy as np
import pytest
import torch

from sk_hyperimage import architectures
from sk_hyperimage.datasets import load_sample_photos
from sk_hyperimage.distortions import KINDS
from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import PatchExtractor, patch_scores
from sk_hyperimage.neural_network import DIQA, CNNRegressor, ErrorMapRegressor
from sk_hyperimage.neural_network.layers import n_parameters
from sk_hyperimage.preprocessing import LowFrequencySubtractor

SMALL = DIQA("C(8,3,2) C(8,3,2) C(8)")
TRAINING = {
    "loss": "squared_error",
    "solver": "adam",
    "learning_rate": "constant",
    "learning_rate_init": 3e-3,
    "batch_size": 8,
    "random_state": 0,
}


def network(architecture, shape=(112, 112, 1)):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return architecture(input_shape=shape, n_outputs=None).double().eval()


@pytest.fixture
def half_noisy(rng):
    """Images without texture, of which a half, left or right, is noisy, and where."""
    images = np.full((40, 64, 64, 1), 0.5)
    noise = rng.normal(scale=np.linspace(0.02, 0.2, 40)[:, None, None, None], size=(40, 64, 32, 1))
    left = np.arange(40) % 2 == 0
    images[left, :, :32] += noise[left]
    images[~left, :, 32:] += noise[~left]
    return images.astype(np.float32), left


def test_it_has_the_convolutions_of_the_paper_and_a_map_of_its_own():
    count = sum(weights.numel() for weights in network(DIQA()).parameters())
    assert count == n_parameters(architectures.DIQA_STAGE1, (112, 112, 1)) + 129 == 381_329


def test_reliability_is_the_published_formula_of_gray_levels_and_0_at_the_border(rng):
    images = rng.random((2, 64, 72, 3))
    gray = images @ [0.299, 0.587, 0.114]
    detail = 255 * np.stack(LowFrequencySubtractor().fit_transform(list(gray)))[..., 0]
    formula = 2 / (1 + np.exp(-0.3 * np.abs(detail))) - 1
    expected = formula.reshape(2, 16, 4, 18, 4).mean(axis=(2, 4))
    net = network(DIQA(SMALL.convolutions, steepness=0.3), (64, 72, 3))
    with torch.no_grad():
        outputs = net(torch.from_numpy(images)).numpy()
    mean, errors, reliability = np.split(outputs, [1, 1 + 16 * 18], axis=1)
    found = reliability.reshape(2, 16, 18)
    np.testing.assert_allclose(found[:, 4:-4, 4:-4], expected[:, 4:-4, 4:-4], rtol=1e-6)
    assert found.sum() == pytest.approx(found[:, 4:-4, 4:-4].sum())
    weighted = (errors * reliability).sum(axis=1) / reliability.sum(axis=1)
    np.testing.assert_allclose(mean[:, 0], weighted)


def test_a_description_is_the_mean_inside_the_border_and_brightness_made_by_hand(rng):
    images = torch.from_numpy(rng.random((3, 64, 48, 1)))
    plain, more = (
        network(DIQA(SMALL.convolutions, brightness=is_told), (64, 48, 1))
        for is_told in (False, True)
    )
    with torch.no_grad():
        described = more.embed(images, -2).numpy()
        maps = plain.map_of(plain.frequencies(images)[0]).numpy()
        np.testing.assert_allclose(described[:, :8], plain.embed(images, -2).numpy())
        low = more.low_frequencies(images.permute(0, 3, 1, 2)).numpy()
    np.testing.assert_allclose(described[:, :8], maps[:, 4:-4, 4:-4].mean(axis=(1, 2)))
    np.testing.assert_allclose(described[:, 8], low.mean(axis=(1, 2, 3)))
    np.testing.assert_allclose(described[:, 9], low.std(axis=(1, 2, 3)))


def test_errors_at_the_border_and_in_flat_cells_teach_nothing(half_noisy):
    images, left = half_noisy
    errors = np.zeros((40, 16, 16))
    errors[left, :, :8] = np.linspace(0.5, 5, 40)[left, None, None]
    errors[~left, :, 8:] = np.linspace(0.5, 5, 40)[~left, None, None]
    misled = errors.copy()
    misled[:, :4] = 100.0
    misled[left, :, 10:] = 100.0  # two cells from what is noisy
    weights = []
    for y in (errors, misled):
        model = ErrorMapRegressor(SMALL, max_epochs=2, normalize_y=False, **TRAINING)
        weights.append(model.fit(images, y).weights_)
    for name, array in weights[0].items():
        np.testing.assert_allclose(array, weights[1][name], rtol=1e-3, atol=1e-5)


def test_it_learns_where_errors_are(half_noisy):
    images, left = half_noisy
    strength = np.linspace(0.5, 5, 40)
    errors = np.zeros((40, 16, 16))
    errors[left, :, :8] = strength[left, None, None]
    errors[~left, :, 8:] = strength[~left, None, None]
    train, test = np.arange(40) % 4 < 2, np.arange(40) % 4 >= 2
    model = ErrorMapRegressor(SMALL, max_epochs=40, **TRAINING).fit(images[train], errors[train])
    maps = model.predict_maps(images[test])[:, 4:-4, 4:-4]
    noisy = np.where(left[test, None, None], maps[:, :, :3], maps[:, :, -3:]).mean(axis=(1, 2))
    assert np.corrcoef(noisy, strength[test])[0, 1] > 0.95
    assert np.corrcoef(model.predict(images[test]), strength[test])[0, 1] > 0.95


@pytest.mark.parametrize("augmentation", ["horizontal", "flips", "symmetries"])
def test_maps_move_with_their_samples(augmentation, rng):
    task = ErrorMapRegressor(SMALL)
    task.y_mean_, task.y_scale_ = 0.0, 1.0
    maps = rng.random((8, 5, 5))
    moved = task._task.moved(maps, np.arange(8), (20, 20, 1))
    np.testing.assert_array_equal(moved[1], maps[1, :, ::-1])
    np.testing.assert_array_equal(moved[2], maps[2, ::-1])
    np.testing.assert_array_equal(moved[4], maps[4].T)


def test_one_number_is_the_error_of_all_cells(half_noisy):
    images, _ = half_noisy
    y = np.linspace(0.5, 5, 40)
    maps = np.broadcast_to(y[:, None, None], (40, 16, 16))
    predictions = [
        ErrorMapRegressor(SMALL, max_epochs=1, **TRAINING).fit(images, of).predict(images)
        for of in (y, maps)
    ]
    np.testing.assert_allclose(*predictions, rtol=1e-6)


def test_half_the_digits_are_enough_for_the_map_and_not_for_the_reliability(half_noisy):
    images, _ = half_noisy
    net = network(SMALL, (64, 64, 1)).float()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = net(torch.from_numpy(images)).float().numpy()
    with torch.no_grad():
        full = net(torch.from_numpy(images)).numpy()
    np.testing.assert_array_equal(rounded[:, 257:], full[:, 257:])
    np.testing.assert_allclose(rounded[:, :257], full[:, :257], atol=0.02)


def test_it_is_fitted_again_on_other_sizes_and_scored_on_its_maps(half_noisy):
    images, _ = half_noisy
    model = ErrorMapRegressor(SMALL, max_epochs=1, **TRAINING).fit(images, np.zeros((40, 16, 16)))
    errors = images[:, ::4, :48:4, 0].astype(float) ** 2
    model.fit(images[:, :, :48], errors)
    told = model.predict_maps(images[:, :, :48])
    expected = 1 - ((told - errors) ** 2).sum() / ((errors - errors.mean()) ** 2).sum()
    assert model.score(images[:, :, :48], errors) == pytest.approx(expected)
    means = errors.mean(axis=(1, 2))
    assert np.isfinite(model.score(images[:, :, :48], means))


def test_layers_without_weights_end_the_convolutions_too(half_noisy):
    images, _ = half_noisy
    pooled = DIQA("C(4) MP(2) C(4) MP(2)")
    model = ErrorMapRegressor(pooled, max_epochs=1, **TRAINING).fit(images, np.zeros((40, 16, 16)))
    assert model.predict_maps(images).shape == (40, 16, 16)


def test_maps_of_another_shape_and_other_networks_are_refused(half_noisy):
    images, _ = half_noisy
    with pytest.raises(ValueError, match=r"\(40, 8, 8\).*every cell, \(40, 16, 16\)"):
        ErrorMapRegressor(SMALL).fit(images, np.zeros((40, 8, 8)))
    with pytest.raises(ValueError, match="cells of 4 x 4 pixels, but 'C\\(8\\)'"):
        ErrorMapRegressor(DIQA("C(8)")).fit(images, np.zeros(40))
    for layers in ("C(4) Mean FC(1,linear)", "C(4,3,2) C(4,3,2) FC(1,linear)"):
        with pytest.raises(ValueError, match="maps of errors, as DIQA"):
            ErrorMapRegressor(layers).fit(images, np.zeros(40))
    with pytest.raises(ValueError, match="moves cells of one size"):
        ErrorMapRegressor(SMALL, augmentation="flips").fit(images[:, :62], np.zeros((40, 16, 16)))
    with pytest.raises(ValueError, match="gray or RGB"):
        ErrorMapRegressor(SMALL).fit(np.repeat(images, 2, axis=3), np.zeros(40))
    with pytest.raises(ValueError, match="steepness"):
        ErrorMapRegressor(DIQA(steepness=0)).fit(images, np.zeros(40))


def test_scores_of_cells_are_what_a_first_stage_learns():
    photos = load_sample_photos(crop_size=96).images[:4]
    references = [photo[:80] for photo in photos for _ in range(3)]
    levels = [1, 3, 5] * 4
    images = [
        KINDS["additive noise"](reference, level, np.random.RandomState(level))
        for reference, level in zip(references, levels, strict=True)
    ]
    model = HyperImageRegressor(
        "passthrough",
        PatchExtractor(64, overlap=0.75),
        ErrorMapRegressor(SMALL, max_epochs=30, **TRAINING),
        CNNRegressor("WeightedMean FC(1,linear)", max_epochs=5, solver="adam"),
        fine_tune_epochs=1,
        random_state=0,
    )
    targets = patch_scores(
        images, references, score="psnr", extractor=model.extractor, cell_size=4
    )
    targets[0, 0, 0, 0, 0] = np.nan  # leaves out the patch
    model.fit(images, levels, groups=np.repeat(range(4), 3), patch_targets=targets)
    means = model.predict_patches(images).mean(axis=(1, 2))
    assert (np.diff(means.reshape(4, 3), axis=1) > 0).all()  # more noise, larger errors
    assert np.isfinite(model.predict(images)).all()
