"""What both stages are where nothing is said of them."""

import numpy as np
import pytest
import sklearn

from sk_hyperimage.ensemble import HyperImageClassifier, HyperImageRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import load_model, save_model


def damaged(rng, shapes):
    """Images with a noisy square, and how noisy it is."""
    images, levels = [], rng.uniform(0, 0.02, size=len(shapes))
    for shape, level in zip(shapes, levels, strict=True):
        image = np.full(shape, 0.5, dtype=np.float32)
        image += rng.normal(0, 0.001, size=shape).astype(np.float32)
        row, col = (rng.integers(0, length - 15) for length in shape[:2])
        image[row : row + 16, col : col + 16] += rng.normal(0, level, size=(16, 16))
        images.append(image.clip(0, 1))
    return images, levels


@pytest.mark.parametrize("side", [32, 64, 128])
def test_the_default_learns_from_few_images_of_any_size(side, rng):
    images, levels = damaged(rng, [(side, side)] * 60)
    model = HyperImageRegressor(random_state=0).fit(images[:40], levels[:40])
    errors = model.predict(images[40:]) - levels[40:]
    assert np.abs(errors).mean() < 0.8 * np.abs(levels[40:] - levels[:40].mean()).mean()


def test_sizes_may_differ(rng):
    shapes = [(32 + 8 * (i % 5), 64 - 7 * (i % 4), 3) for i in range(24)]
    images, levels = damaged(rng, [shape[:2] for shape in shapes])
    images = [np.repeat(image[..., None], 3, axis=2) for image in images]
    labels = np.where(levels > np.median(levels), "damaged", "intact")
    model = HyperImageClassifier(random_state=0).fit(images, labels)
    np.testing.assert_allclose(model.predict_proba(images).sum(axis=1), 1, rtol=1e-6)
    assert model.score(images, labels) > 0.8


def test_a_given_network_sees_local_contrast_alone_as_in_the_paper(rng):
    images, levels = damaged(rng, [(64, 64)] * 12)
    network = CNNRegressor("C(4,7) MinMaxPool(26) FC(6) FC(1,linear)", max_epochs=1)
    for options, channels in (({}, 2), ({"patch_estimator": network}, 1)):
        model = HyperImageRegressor(random_state=0, **options).fit(images, levels)
        first, *_ = model.patch_estimator_.weights_.values()
        assert first.shape[1] == channels


def test_a_parameter_of_the_default_network_does_not_change_what_it_sees():
    model = HyperImageRegressor().set_params(patch_estimator__max_epochs=3)
    assert model.patch_estimator.max_epochs == 3
    of_default = HyperImageRegressor().get_params()
    of_normalizer = [name for name in of_default if name.startswith("normalizer__")]
    assert of_normalizer == [n for n in model.get_params() if n.startswith("normalizer__")]
    given = HyperImageRegressor(patch_estimator=CNNRegressor("C(4) FC(1,linear)")).get_params()
    assert "normalizer__sigma" in given
    assert "normalizer__sigma" not in of_default


def test_default_models_are_saved(rng, tmp_path):
    images, levels = damaged(rng, [(64, 64)] * 12)
    for model, y in (
        (HyperImageRegressor(random_state=0), levels),
        (HyperImageClassifier(random_state=0), levels > 0.01),
    ):
        model.fit(images, y)
        save_model(model, tmp_path / "model")
        loaded = load_model(tmp_path / "model")
        np.testing.assert_array_equal(loaded.predict(images), model.predict(images))


def test_images_of_no_weight_do_not_count_in_the_second_stage(rng):
    images, levels = damaged(rng, [(64, 64)] * 20)
    weight = np.r_[np.ones(10), np.zeros(10)]
    mask = np.arange(20) % 5 == 0
    wrong = np.where(weight > 0, levels, 100.0)
    options = {"sample_weight": weight, "validation_mask": mask}
    model = HyperImageRegressor(random_state=0).fit(images, wrong, **options)
    assert np.abs(model.predict(images[:10])).max() < 50


def test_neither_training_nor_fine_tuning_changes_what_the_default_describes(rng):
    images, levels = damaged(rng, [(64, 64)] * 16)
    network = CNNRegressor("C(4) Mean FC(1,linear)", max_epochs=1)
    model = HyperImageRegressor(final_estimator=network, fine_tune_epochs=2, random_state=0).fit(
        images, levels
    )
    untrained = HyperImageRegressor(random_state=0).set_params(patch_estimator__max_epochs=0)
    expected = untrained.fit(images, levels).encode(images)
    np.testing.assert_array_equal(model.encode(images), expected)
    assert len(model.fine_tuning_history_) == 2


def test_the_paper_s_second_stage_is_still_refused_on_small_grids(rng):
    images, levels = damaged(rng, [(64, 64)] * 8)
    model = HyperImageRegressor(final_estimator=CNNRegressor("MP(8) FC(1,linear)"))
    with pytest.raises(ValueError, match="final_estimator cannot be fitted"):
        model.fit(images, levels)


def test_a_first_stage_that_describes_all_patches_alike_is_warned_of(rng):
    images, levels = damaged(rng, [(32, 32)] * 8)
    layers = "C(2,5) MP(4) FC(3) FC(1,linear)"
    weights = CNNRegressor(layers, max_epochs=0).fit(np.stack(images), levels).weights_
    dead = CNNRegressor(
        layers, max_epochs=0, initial_weights={k: 0 * w for k, w in weights.items()}
    )
    model = HyperImageRegressor(
        patch_estimator=dead, extractor=PatchExtractor(32), early_stopping=False
    )
    with pytest.warns(UserWarning, match="describes all patches alike"):
        model.fit(images, levels)


def test_the_default_is_the_same_where_transformers_give_data_frames(rng):
    pytest.importorskip("pandas")
    images, levels = damaged(rng, [(48, 48)] * 24)
    expected = HyperImageRegressor(random_state=0).fit(images, levels).predict(images)
    with sklearn.config_context(transform_output="pandas"):
        model = HyperImageRegressor(random_state=0).fit(images, levels)
        np.testing.assert_allclose(model.predict(images), expected, rtol=1e-5)
    np.testing.assert_allclose(model.predict(images), expected, rtol=1e-5)
