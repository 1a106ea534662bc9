"""The survey's models: one trunk trained in all ways, and two stages with targets of their own."""

import pickle

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import check_estimator

from sk_hyperimage.ensemble import HyperImageRegressor, surveyed_model
from sk_hyperimage.ensemble._survey import MODELS
from sk_hyperimage.feature_extraction import PatchExtractor, patch_scores
from sk_hyperimage.images import pair_images
from sk_hyperimage.inspection import cell_grids
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import load_model, save_model

FULL_REFERENCE = ("DIQaM-FR", "WaDIQaM-FR", "dual path", "DeepQA")
ADAM = {"solver": "adam", "learning_rate": "constant", "max_epochs": 0}
STAGE_ONE = CNNRegressor("C(6) MP(8) Mean FC(4) FC(1,linear)", **ADAM)


def end_to_end(stage_two="C(8,1) WeightedMean(4) FC(1,linear)", **parameters):
    """As the models of the survey, but small."""
    parameters = {"fine_tune_epochs": 3, "fine_tune_patches": 3, "random_state": 0} | parameters
    second = CNNRegressor(stage_two, **ADAM, batch_size=4)
    extractor = PatchExtractor(8, overlap=0)
    return HyperImageRegressor("passthrough", extractor, STAGE_ONE, second, layer=-3, **parameters)


@pytest.fixture
def images(rng):
    return rng.random((20, 16, 24), dtype=np.float32)


@pytest.fixture
def y(images):
    return images.std(axis=(1, 2))


def test_unfitted_stages_are_trained_through_what_aggregates_them(images, y):
    model = end_to_end(fine_tune_epochs=8, fine_tune_learning_rate_init=0.01).fit(images, y)
    before, after = model.patch_estimator_.weights_, model.tuned_patch_estimator_.weights_
    assert not np.allclose(before["layers.0.conv.weight"], after["layers.0.conv.weight"])
    losses = [epoch["train_loss"] for epoch in model.fine_tuning_history_]
    assert losses[-1] < losses[0]


def test_the_same_seed_draws_the_same_patches(images, y):
    predictions = [end_to_end().fit(images, y).predict(images) for _ in range(2)]
    np.testing.assert_array_equal(*predictions)
    all_patches = end_to_end(fine_tune_patches=None).fit(images, y).predict(images)
    assert (predictions[0] != all_patches).any()


def test_patches_can_only_be_drawn_for_a_network_that_takes_any_number(images, y):
    for stage_two in ("FC(4) FC(1,linear)", "C(4) Mean FC(1,linear)"):
        with pytest.raises(ValueError, match="fine_tune_patches .* Mean, MeanStd or WeightedMean"):
            end_to_end(stage_two).fit(images, y)
        end_to_end(stage_two, fine_tune_patches=None, fine_tune_epochs=1).fit(images, y)


def test_images_of_different_sizes_and_of_one_patch_are_read(rng):
    images = [rng.random((8 + i % 3, 9 + i), dtype=np.float32) for i in range(12)]
    y = np.arange(12.0)
    model = end_to_end().fit(images, y)
    assert np.isfinite(model.predict(images)).all()
    one_patch = [image[:8, :8] for image in images]
    model = end_to_end("MeanStd FC(1,linear)").fit(one_patch, y)
    assert model.encode(one_patch).shape == (12, 1, 1, 6)
    assert np.isfinite(model.predict(one_patch)).all()


def test_saved_and_cloned_models_predict_the_same_bits(images, y, tmp_path):
    pytest.importorskip("skops")
    model = end_to_end().fit(images, y)
    expected = model.predict(images)
    save_model(model, tmp_path / "saved.model")
    copies = [pickle.loads(pickle.dumps(model)), load_model(tmp_path / "saved.model")]
    for copy in [*copies, clone(model).fit(images, y)]:
        np.testing.assert_array_equal(copy.predict(images), expected)


def test_proxy_targets_follow_the_images_through_cross_validation(images, y, rng):
    targets = rng.random((20, 2, 3))
    model = end_to_end(fine_tune_epochs=1).set_params(patch_estimator__max_epochs=1)
    with sklearn.config_context(enable_metadata_routing=True):
        params = {"patch_targets": targets, "patch_weights": np.ones((20, 2, 3))}
        scores = cross_val_score(model, images, y, cv=2, params=params)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", MODELS)
def test_named_models_are_cloned_and_seeded_and_their_parts_fit(name):
    model = surveyed_model(name, device="cpu", random_state=7)
    parameters = clone(model).get_params()
    assert {value for key, value in parameters.items() if key.endswith("random_state")} == {7}
    assert {value for key, value in parameters.items() if key.endswith("device")} == {"cpu"}
    assert repr(clone(model)) == repr(model)


def test_unknown_models_are_refused_with_those_there_are():
    with pytest.raises(ValueError, match="WaDIQaM"):
        surveyed_model("NIQE")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the checks provoke warnings of all kinds
def test_the_contract_of_scikit_learn_holds_where_patches_are_drawn():
    whole = {"early_stopping": False, "batch_size": 2000, "random_state": 0}
    model = HyperImageRegressor(
        "passthrough",
        PatchExtractor(1, overlap=0),
        CNNRegressor("FC(8) FC(8) FC(1,linear)", max_epochs=4, **whole),
        CNNRegressor("C(8,1) WeightedMean(4) FC(1,linear)", max_epochs=4, **whole),
        fine_tune_epochs=2,
        fine_tune_patches=99,  # all, in another order every time
        early_stopping=False,
        random_state=0,
    )
    results = check_estimator(model, on_fail=None, on_skip=None)
    assert len(results) > 50
    failed = {result["check_name"] for result in results if result["status"] == "failed"}
    # It wants a good fit of y to one of ten columns, which are cells here: places do not count.
    assert failed <= {"check_regressors_train"}


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_every_model_of_the_survey_is_fitted_saved_and_seen(name, rng, tmp_path):
    shape = (8, 112, 120, 3) if name in ("DeepQA", "DIQA") else (8, 64, 80, 3)
    references = rng.random(shape, dtype=np.float32)
    damage = np.linspace(0, 0.3, 8, dtype=np.float32)
    noise = rng.normal(size=references.shape).astype(np.float32)
    images = np.clip(references + damage[:, None, None, None] * noise, 0, 1)
    model = surveyed_model(name, random_state=0)
    if name in FULL_REFERENCE:
        images = pair_images(images, references)
    epochs = {key: 1 for key, n in model.get_params().items() if key.endswith("epochs") and n}
    model.set_params(**epochs)
    given = {}
    if name in ("BIECON", "DIQA"):
        score, cell_size = {"BIECON": ("mdsi", None), "DIQA": ("psnr", 4)}[name]
        given["patch_targets"] = patch_scores(
            images, references, score=score, extractor=model.extractor, cell_size=cell_size
        )
    predictions = model.fit(images, damage, **given).predict(images)
    assert np.isfinite(predictions).all()
    save_model(model, tmp_path / "saved.model")
    loaded = load_model(tmp_path / "saved.model")
    np.testing.assert_array_equal(loaded.predict(images), predictions)
    if "pooled" in name or name == "WaDIQaM":
        weights, scores = (cell_grids(model, images, of=of) for of in ("weights", "scores"))
        np.testing.assert_allclose((weights * scores).sum(axis=(1, 2)), predictions, rtol=1e-4)
