import pickle

import numpy as np
import pytest
import sklearn
import torch
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback, LRScheduler

from sk_hyperimage.ensemble import HyperImageClassifier, HyperImageRegressor
from sk_hyperimage.feature_extraction import (
    HyperImageEncoder,
    HyperImageStatistics,
    PatchExtractor,
)
from sk_hyperimage.metrics import quality_scorers
from sk_hyperimage.model_selection import ReferenceShuffleSplit
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor
from sk_hyperimage.neural_network.aggregation import fine_tune
from sk_hyperimage.preprocessing import LocalContrastNormalizer

STAGE_ONE = CNNRegressor("C(4) MP(4) FC(6) FC(1,linear)", max_epochs=3, random_state=0)
STAGE_TWO = CNNRegressor("C(6) MP(3) FC(8) FC(1,linear)", max_epochs=6, random_state=0)
EXTRACTOR = PatchExtractor(patch_size=8, overlap=0.5)


@pytest.fixture
def images(rng):
    return rng.random((40, 16, 16), dtype=np.float32) * rng.random((40, 1, 1), dtype=np.float32)


@pytest.fixture
def y(images):
    return 10 * images.std(axis=(1, 2))


@pytest.fixture
def groups():
    return np.repeat(np.arange(10), 4)


def one_object(**parameters):
    return HyperImageRegressor(None, EXTRACTOR, STAGE_ONE, STAGE_TWO, random_state=0, **parameters)


def pipeline():
    return Pipeline(
        [
            ("normalize", LocalContrastNormalizer()),
            ("patches", EXTRACTOR),
            ("encode", HyperImageEncoder(STAGE_ONE)),
            ("regress", STAGE_TWO),
        ]
    )


def test_one_object_gives_the_bits_of_the_pipeline_of_its_parts(images, y, groups):
    model = one_object().fit(images, y, groups=groups)
    mask = model.validation_mask_
    parts = pipeline().fit(images, y, encode__validation_mask=mask, regress__validation_mask=mask)
    np.testing.assert_array_equal(model.predict(images), parts.predict(images))
    np.testing.assert_array_equal(model.encode(images), parts[:-1].transform(images))


def test_groups_reach_stages_that_hold_images_out_or_search_for_themselves(images, y, groups):
    with pytest.raises(ValueError, match="groups holds 1 different"):
        one_object(early_stopping=False).fit(images, y, groups=np.zeros(40))
    search = GridSearchCV(
        make_pipeline(HyperImageStatistics(4, regions=(1,), random_state=0), Ridge()),
        {"ridge__alpha": [1, 1e6]},
        cv=GroupKFold(5),
    )
    for early_stopping in (True, False):
        model = one_object(early_stopping=early_stopping).set_params(final_estimator=search)
        model.fit(images, y, groups=groups)
        chosen = clone(search).fit(model.encode(images), y, groups=groups)
        found, expected = model.final_estimator_.cv_results_, chosen.cv_results_
        np.testing.assert_allclose(
            found["mean_test_score"], expected["mean_test_score"], atol=1e-6
        )


def test_a_network_inside_another_stage_computes_where_the_object_says(images, y):
    stage_two = TransformedTargetRegressor(STAGE_TWO, transformer=StandardScaler())
    model = one_object(device="cpu", verbose=0).set_params(final_estimator=stage_two)
    model.fit(images, y)
    assert model.patch_estimator_.device == "cpu"
    assert model.final_estimator_.regressor_.device == "cpu"
    assert STAGE_TWO.device == "auto"


def test_one_set_of_groups_is_held_out_of_both_stages(images, y, groups):
    mask = one_object().fit(images, y, groups=groups).validation_mask_
    assert set(groups[mask]).isdisjoint(groups[~mask])
    assert len(set(groups[mask])) == 2


@pytest.mark.parametrize("learning_rate_init", [1e-3, 0.5])
def test_fine_tuning_never_leaves_the_validation_error_worse(learning_rate_init, images, y):
    mask = np.arange(40) % 4 == 0

    def error(model):
        return np.abs(model.predict(images[mask]) - y[mask]).mean()

    before = one_object().fit(images, y, validation_mask=mask)
    after = one_object(fine_tune_epochs=4, fine_tune_learning_rate_init=learning_rate_init).fit(
        images, y, validation_mask=mask
    )
    assert error(after) <= error(before) + 1e-6
    assert len(after.fine_tuning_history_) == 4
    best = min(row["valid_loss"] for row in after.fine_tuning_history_)
    improved = best < error(before) / before.final_estimator_.y_scale_ - 1e-6
    assert (error(after) < error(before) - 1e-6) == improved


def test_fine_tuning_trains_both_stages_and_leaves_the_maps_alone(images, y):
    mask = np.arange(40) % 4 == 0
    before = one_object().fit(images, y, validation_mask=mask)
    after = one_object(fine_tune_epochs=25, fine_tune_learning_rate_init=0.01).fit(
        images, y, validation_mask=mask
    )
    assert (before.encode(images) != after.encode(images)).any()
    weights = before.final_estimator_.weights_, after.final_estimator_.weights_
    assert any((weights[0][name] != weights[1][name]).any() for name in weights[0])
    np.testing.assert_array_equal(before.predict_patches(images), after.predict_patches(images))
    restored = pickle.loads(pickle.dumps(after))
    np.testing.assert_array_equal(restored.predict(images), after.predict(images))


def test_whole_images_are_fine_tuned_on_as_their_patch_grids_are(images, y):
    grids = EXTRACTOR.fit_transform(images)
    mask = np.arange(len(images)) % 4 == 0
    layers = "C(4,3,1,linear,valid) MinMaxPool(6) FC(6) FC(1,linear)"
    histories = []
    for dense in (False, True):
        encoder = HyperImageEncoder(clone(STAGE_ONE).set_params(layers=layers))
        hyper_images = encoder.fit_transform(grids, y, validation_mask=mask)
        assert encoder.encoding_ == "dense"
        second = clone(STAGE_TWO).fit(hyper_images, y, validation_mask=mask)
        history = fine_tune(
            encoder.patch_estimator_,
            second,
            grids,
            y,
            layer=-2,
            dense=dense,
            sample_weight=None,
            validation_mask=mask,
            max_epochs=3,
            learning_rate_init=0.01,
            seed=0,
        )
        histories.append([(row["train_loss"], row["valid_loss"]) for row in history])
    np.testing.assert_allclose(histories[1], histories[0], rtol=1e-4)


def test_frozen_first_stage_cannot_be_fine_tuned(images, y):
    stage_one = one_object().fit(images, y).patch_estimator_
    model = HyperImageRegressor(
        None, EXTRACTOR, FrozenEstimator(stage_one), STAGE_TWO, fine_tune_epochs=1
    )
    with pytest.raises(ValueError, match="frozen"):
        model.fit(images, y)


def test_same_seed_same_bits_with_unseeded_stages(images, y):
    def fit(seed):
        stages = [clone(stage).set_params(random_state=None) for stage in (STAGE_ONE, STAGE_TWO)]
        model = HyperImageRegressor(
            None, EXTRACTOR, *stages, fine_tune_epochs=1, random_state=seed
        )
        return model.fit(images, y).predict(images)

    np.testing.assert_array_equal(fit(0), fit(0))
    assert (fit(0) != fit(1)).any()


def test_lists_of_images_of_different_sizes_and_files_are_taken(photo_files, rng):
    from skimage.io import imread

    y = rng.random(6)
    from_files = one_object().fit(photo_files, y).predict(photo_files)
    in_memory = [imread(path) for path in photo_files]
    np.testing.assert_array_equal(from_files, one_object().fit(in_memory, y).predict(in_memory))


def test_classifier_labels_images_and_patches(images, y):
    labels = np.where(y > np.median(y), "damaged", "intact")
    model = HyperImageClassifier(
        None,
        EXTRACTOR,
        CNNClassifier("C(4) MP(4) FC(6) FC(1,sigmoid)", max_epochs=3),
        CNNClassifier("C(6) MP(3) FC(8) FC(1,sigmoid)", max_epochs=6),
        fine_tune_epochs=1,
        random_state=0,
    ).fit(images, labels)
    assert set(model.predict(images)) <= {"damaged", "intact"}
    np.testing.assert_allclose(model.predict_proba(images).sum(axis=1), 1)
    assert model.predict_patches(images).shape == (40, 3, 3, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"groups": np.zeros(40)}, "groups holds 1 different"),
        ({"y": np.arange(39.0)}, "inconsistent"),
        ({"patch_targets": np.zeros((40, 2, 2))}, "patch_targets"),
        ({"X": np.full((40, 16, 16), np.nan)}, r"X\[0\] contains NaN"),
    ],
)
def test_bad_input_is_named(arguments, message, images, y):
    with pytest.raises(ValueError, match=message):
        one_object().fit(**({"X": images, "y": y} | arguments))


def test_damaged_file_in_the_middle_is_named(photo_files, rng):
    photo_files[3].write_bytes(photo_files[3].read_bytes()[:600])
    for model in (one_object(), pipeline()):
        with pytest.raises(ValueError, match=r"X\[3\].*image3.png"):
            model.fit(photo_files, rng.random(6))


# The call that everything serves: ordinary scikit-learn around the Pipeline.


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.usefixtures("routing")
def test_pipeline_is_cross_validated_with_groups_routed_to_both_stages(images, y, groups):
    scores = cross_validate(
        pipeline(),
        images,
        y,
        params={"groups": groups},
        cv=ReferenceShuffleSplit(n_splits=2, random_state=0),
        scoring={k: v for k, v in quality_scorers().items() if "logistic" not in k},
        return_estimator=True,
    )
    assert np.isfinite(scores["test_srocc"]).all()
    # One group only reaches the validation split of both stages, and is refused there.
    for step in ("encode", "regress"):
        model = clone(pipeline())
        other = "regress" if step == "encode" else "encode"
        model.named_steps[other].set_fit_request(groups=False)
        with pytest.raises(ValueError, match="groups holds 1 different"):
            model.fit(images, y, groups=np.zeros(40))


@pytest.mark.usefixtures("routing")
def test_patch_targets_and_weights_are_routed(images, y, groups):
    targets = np.repeat(y, 9).reshape(40, 3, 3)
    given = pipeline().fit(images, y, patch_targets=targets + 1, sample_weight=np.arange(40.0))
    plain = pipeline().fit(images, y)
    assert (given.predict(images) != plain.predict(images)).any()


@pytest.mark.usefixtures("routing")
def test_grid_search_over_architectures_and_patch_sizes(images, y, groups):
    grid = {
        "patches__patch_size": [6, 8],
        "encode__patch_estimator__layers": ["FC(6) FC(1,linear)", STAGE_ONE.layers],
    }
    search = GridSearchCV(
        pipeline().set_params(regress__layers="C(6) FC(8) FC(1,linear)"),
        grid,
        cv=ReferenceShuffleSplit(n_splits=1, random_state=0),
    ).fit(images, y, groups=groups)
    assert len(search.cv_results_["params"]) == 4
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_parameters_of_default_parts_are_set_and_searched_as_others_are():
    model = HyperImageRegressor()
    assert model.get_params()["patch_estimator__initial_weights"] == "codebook"
    assert model.get_params()["final_estimator__regressor__predict__C"] == 3
    model.set_params(patch_estimator__max_epochs=1, extractor__overlap=0.25)
    assert model.patch_estimator.solver == "adam"
    assert model.patch_estimator.max_epochs == 1
    assert (model.extractor.overlap, model.extractor.patch_size) == (0.25, 32)
    assert model.final_estimator is None and model.normalizer is None
    assert clone(model).get_params()["extractor__overlap"] == 0.25
    with pytest.raises(ValueError, match="Invalid parameter 'nonsense'"):
        HyperImageRegressor().set_params(final_estimator__nonsense=1)
    given = HyperImageRegressor().set_params(extractor=PatchExtractor(8), extractor__overlap=0)
    assert (given.extractor.patch_size, given.extractor.overlap) == (8, 0)


def test_grid_search_ranges_over_parameters_of_default_parts(images, y):
    model = one_object().set_params(extractor=None, final_estimator=None)
    grid = {"extractor__patch_size": [8, 12], "final_estimator__regressor__predict__C": [1]}
    search = GridSearchCV(model, grid, cv=2).fit(images, y)
    assert search.best_estimator_.extractor_.grid_.patch_shape in {(8, 8), (12, 12)}


def test_both_stages_compute_where_and_show_what_the_object_says(images, y, capsys):
    model = one_object().set_params(device="cpu", verbose=1).fit(images, y)
    assert model.patch_estimator_.device == model.final_estimator_.device == "cpu"
    assert model.patch_estimator_.verbose == model.final_estimator_.verbose == 1
    assert capsys.readouterr().err.count("Epoch 1/") >= 2
    with pytest.raises(ValueError, match="device"):
        one_object().set_params(device="nowhere").fit(images, y)


class NoEpochs(Callback):
    """Fails as soon as training begins."""

    def on_train_begin(self, net, **kwargs):
        raise AssertionError("training has begun")


def network(layers, **options):
    return CNNRegressor(layers, callbacks=[NoEpochs()], **options)


FIRST = "C(4) MP(4) FC(6) FC(1,linear)"
FINAL = "FC(8) FC(1,linear)"
FLAT = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 1))

BEFORE_TRAINING = {
    "no embed": (FLAT, FINAL, {}, "patch_estimator: layers makes .* no method embed"),
    "layer": (FIRST, FINAL, {"layer": 7}, "patch_estimator: layer=7 is out of range"),
    "pooling": (FIRST, "MP(4) FC(1)", {}, r"final_estimator .* \(3, 3, 6\): .*shrinks its input"),
    "width": (FIRST, "Input(3,3,5) FC(1)", {}, r"of shape \(3, 3, 6\): layers begin with Input"),
    "own layer": (FIRST, "Input(3,3,256) FC(1)", {"layer": 0}, None),
    "notation": (FIRST, "FC(8", {}, "final_estimator .*not an architecture"),
    "one's own": (FIRST, FLAT, {}, r"final_estimator .*cannot compute .*\(2, 3, 3, 6\)"),
}


@pytest.mark.parametrize("case", BEFORE_TRAINING)
def test_stages_that_do_not_fit_are_refused_before_the_first_epoch(case, images, y):
    first, final, options, message = BEFORE_TRAINING[case]
    model = HyperImageRegressor(None, EXTRACTOR, network(first), network(final), **options)
    with pytest.raises(ValueError if message else AssertionError, match=message or "has begun"):
        model.fit(images, y)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"batch_size": 0}, "'batch_size' parameter of CNNRegressor"),
        ({"device": "abacus"}, "device='abacus'"),
        ({"callbacks": [LRScheduler("StepLR", step_size=1)]}, "holds LRScheduler"),
        ({"precision": "half"}, "'precision' parameter"),
    ],
)
def test_parameters_of_the_second_stage_are_checked_before_the_first_epoch(
    parameters, message, images, y
):
    model = HyperImageRegressor(None, EXTRACTOR, network(FIRST), CNNRegressor(FINAL, **parameters))
    with pytest.raises(ValueError, match=f"final_estimator cannot be fitted .*{message}"):
        model.fit(images, y)


def test_the_stages_of_a_classifier_are_checked_too(images, y):
    options = {"callbacks": [NoEpochs()]}
    stage = CNNClassifier("C(4) MP(4) FC(6) FC(1)", **options)
    labels = np.digitize(y, np.quantile(y, [1 / 3, 2 / 3]))
    parts = {"extractor": EXTRACTOR, "patch_estimator": stage}
    with pytest.raises(ValueError, match="must be a CNNClassifier, got a CNNRegressor"):
        HyperImageClassifier(**parts, final_estimator=CNNRegressor(FINAL)).fit(images, labels)
    # Described by the outputs themselves, one a class.
    final = CNNClassifier("Input(3,3,4) FC(1)")
    with pytest.raises(ValueError, match=r"of shape \(3, 3, 3\)"):
        HyperImageClassifier(**parts, final_estimator=final, layer=-1).fit(images, labels)


def test_fine_tuning_needs_two_networks(images, y):
    parts = {"extractor": EXTRACTOR, "patch_estimator": network(FIRST)}
    with pytest.raises(ValueError, match="fine_tune_epochs trains both stages as one network"):
        HyperImageRegressor(**parts, final_estimator=DummyRegressor(), fine_tune_epochs=1).fit(
            images, y
        )


def test_checks_of_stages_change_nothing(images, y):
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    state = np.random.RandomState(3)
    model = one_object().set_params(final_estimator__random_state=state).fit(images, y)
    again = one_object().set_params(final_estimator__random_state=np.random.RandomState(3))
    np.testing.assert_array_equal(model.predict(images), again.fit(images, y).predict(images))
    assert torch.equal(torch.rand(2), expected)
