import tracemalloc

import joblib
import numpy as np
import pytest
import sklearn
import torch
from skimage.io import imsave
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from skorch.callbacks import Callback

from sk_hyperimage.ensemble import PatchPoolingRegressor
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.feature_extraction.supervision._patch_stage import fit_on_patches
from sk_hyperimage.images import _patch_grids
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor, PatchRanker

STAGE_ONE = CNNRegressor("C(4) MP(4) FC(5) FC(1,linear)", max_epochs=2, random_state=0)


@pytest.fixture
def images(rng):
    return rng.random((10, 16, 16), dtype=np.float32)


@pytest.fixture
def y(images):
    return images.std(axis=(1, 2))


@pytest.fixture
def grids(images):
    return PatchExtractor(patch_size=8, overlap=0.5).fit_transform(images)


class Recorder:
    """A predictor that keeps what its fit was given."""

    def get_params(self, deep=True):
        return {}

    def fit(self, X, y, sample_weight=None, groups=None, validation_mask=None):
        self.given = {"X": X, "y": y, "sample_weight": sample_weight, "groups": groups}
        self.given["validation_mask"] = validation_mask
        return self


def test_hyper_images_hold_each_patchs_embedding_where_the_patch_lies(grids, y):
    encoder = HyperImageEncoder(STAGE_ONE).fit(grids, y)
    hyper_images = encoder.transform(grids)
    assert hyper_images.shape == (10, 3, 3, 5)
    assert hyper_images.dtype == np.float32
    for image, u, v in [(0, 0, 0), (3, 1, 2), (9, 2, 0)]:
        patch = grids[image][u, v][np.newaxis]
        alone = encoder.patch_estimator_.embed(patch)[0]
        np.testing.assert_allclose(hyper_images[image, u, v], alone, rtol=1e-5, atol=1e-7)


def test_dense_grids_give_the_same_hyper_images(grids, y):
    dense = np.asarray(grids)
    lazy = HyperImageEncoder(STAGE_ONE).fit_transform(grids, y)
    np.testing.assert_allclose(HyperImageEncoder(STAGE_ONE).fit_transform(dense, y), lazy)
    np.testing.assert_allclose(HyperImageEncoder(STAGE_ONE).fit_transform(dense[..., 0], y), lazy)


def test_patches_inherit_what_belongs_to_their_image(grids, y):
    weight, groups = np.arange(1.0, 11), np.array(list("aabbccddee"))
    mask = groups == "c"
    given = fit_on_patches(
        Recorder(), None, grids, y, sample_weight=weight, groups=groups, validation_mask=mask
    ).given
    for name, values in [
        ("y", y), ("sample_weight", weight), ("groups", groups), ("validation_mask", mask)
    ]:  # fmt: skip
        assert (given[name].reshape(10, 9) == values[:, np.newaxis]).all(), name


def test_without_groups_every_image_is_its_own(grids, y):
    given = fit_on_patches(Recorder(), None, grids, y).given
    assert (given["groups"].reshape(10, 9) == np.arange(10)[:, np.newaxis]).all()
    assert given["validation_mask"] is None


def test_patch_targets_replace_the_inherited_and_nan_leaves_patches_out(grids, y):
    targets = np.arange(90.0).reshape(10, 3, 3)
    targets[2, 1] = np.nan
    given = fit_on_patches(Recorder(), None, grids, y, patch_targets=targets).given
    kept = ~np.isnan(targets.ravel())
    assert (given["y"][kept] == targets.ravel()[kept]).all()
    assert ((given["sample_weight"] == 0) == ~kept).all()


def test_weights_of_patches_multiply_those_of_images_and_nan(grids, y, rng):
    targets = np.arange(90.0).reshape(10, 3, 3)
    targets[2, 1] = np.nan
    weights = rng.random((10, 3, 3))
    given = fit_on_patches(
        Recorder(), None, grids, y, sample_weight=y, patch_targets=targets, patch_weights=weights
    ).given
    expected = y[:, None, None] * weights * ~np.isnan(targets)
    np.testing.assert_allclose(given["sample_weight"], expected.ravel())


def test_patches_left_out_do_not_train(grids, y):
    targets = np.repeat(y, 9).reshape(10, 3, 3)
    targets[:, 1:] = np.nan
    changed = np.asarray(grids).copy()
    changed[:, 1:] = 0.123
    fitted = [
        HyperImageEncoder(STAGE_ONE).fit(X, y, patch_targets=targets)
        for X in (np.asarray(grids), changed)
    ]
    assert (fitted[0].transform(grids) == fitted[1].transform(grids)).all()


def test_frozen_first_stage_is_used_as_it_is(grids, y):
    patches = np.asarray(grids).reshape(-1, 8, 8, 1)
    fitted = clone(STAGE_ONE).fit(patches, np.repeat(y, 9))
    weights = {name: array.copy() for name, array in fitted.weights_.items()}
    hyper_images = HyperImageEncoder(FrozenEstimator(fitted)).fit_transform(grids, -y)
    np.testing.assert_array_equal(hyper_images.reshape(-1, 5), fitted.embed(patches))
    assert all((fitted.weights_[name] == weights[name]).all() for name in weights)


def test_frozen_first_stage_has_no_use_for_weights_and_targets(grids, y):
    fitted = HyperImageEncoder(STAGE_ONE).fit(grids, y)
    frozen = HyperImageEncoder(FrozenEstimator(fitted.patch_estimator_))
    frozen.fit(grids, y, sample_weight=np.arange(10.0), patch_targets=np.zeros((10, 3, 3)))
    assert (frozen.transform(grids) == fitted.transform(grids)).all()


def test_unfitted_frozen_first_stage_is_refused(grids, y):
    with pytest.raises(NotFittedError):
        HyperImageEncoder(FrozenEstimator(STAGE_ONE)).fit(grids, y)


def test_other_layers_can_describe_patches(grids, y):
    hyper_images = HyperImageEncoder(STAGE_ONE, layer=0).fit_transform(grids, y)
    assert hyper_images.shape == (10, 3, 3, 8 * 8 * 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"patch_targets": np.zeros((10, 3, 2))}, r"patch_targets has shape \(10, 3, 2\)"),
        ({"patch_targets": np.full((10, 3, 3), np.nan)}, "patch_targets is NaN everywhere"),
        ({"patch_weights": np.ones((10, 9))}, r"patch_weights has shape \(10, 9\)"),
        ({"patch_weights": np.full((10, 3, 3), -1)}, "patch_weights must be finite and not neg"),
        ({"groups": np.zeros(10)}, "groups holds 1 different"),
        ({"groups": np.zeros(9)}, "inconsistent"),
        ({"validation_mask": np.ones(10, bool)}, "validation_mask"),
        ({"sample_weight": np.ones(9)}, "sample_weight"),
    ],
)
def test_bad_metadata_is_named(arguments, message, grids, y):
    with pytest.raises(ValueError, match=message):
        HyperImageEncoder(STAGE_ONE).fit(grids, y, **arguments)


def test_images_in_place_of_grids_are_refused(images, grids, y):
    with pytest.raises(ValueError, match="dim 3"):
        HyperImageEncoder(STAGE_ONE).fit(images, y)
    extractor = PatchExtractor(patch_size=8).fit(images)
    with pytest.raises(ValueError, match="takes samples of 3: images"):
        extractor.transform(grids)


def test_estimators_without_embedding_are_refused(grids, y):
    with pytest.raises(ValueError, match="'embed'"):
        HyperImageEncoder(LinearRegression()).fit(grids, y)


KANG = CNNRegressor(
    "C(6,5,1,linear,valid) MinMaxPool(4) FC(5) FC(4) FC(1,linear)", max_epochs=2, random_state=0
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_encodings_agree_on_images_of_any_size(dtype, rng):
    images = [rng.random(shape).astype(dtype) for shape in [(20, 17), (16, 33), (25, 25)]]
    grids = PatchExtractor(patch_size=8, overlap=0.6).fit_transform(images)
    y = [1.0, 2.0, 4.0]
    hyper_images = {}
    for encoding in ("auto", "dense", "patches"):
        encoder = HyperImageEncoder(KANG, encoding=encoding).fit(grids, y)
        assert encoder.encoding_ == ("patches" if encoding == "patches" else "dense")
        hyper_images[encoding] = encoder.transform(grids)
    np.testing.assert_array_equal(hyper_images["auto"], hyper_images["dense"])
    np.testing.assert_allclose(
        hyper_images["dense"], hyper_images["patches"], rtol=1e-5, atol=1e-6
    )
    assert hyper_images["dense"].dtype == dtype


def test_frozen_stages_encode_densely_too(grids, y):
    stage = HyperImageEncoder(KANG).fit(grids, y).patch_estimator_
    assert HyperImageEncoder(FrozenEstimator(stage)).fit(grids, y).encoding_ == "dense"


def test_patches_that_do_not_overlap_share_nothing(images, y):
    apart = PatchExtractor(patch_size=8, overlap=0).fit_transform(images)
    assert HyperImageEncoder(KANG).fit(apart, y).encoding_ == "patches"
    assert HyperImageEncoder(KANG, encoding="dense").fit(apart, y).encoding_ == "dense"


def test_padding_sees_the_border_of_a_patch_and_cannot_be_shared(grids, y):
    assert HyperImageEncoder(STAGE_ONE).fit(grids, y).encoding_ == "patches"
    with pytest.raises(ValueError, match="encoding='dense' needs .* convolution without padding"):
        HyperImageEncoder(STAGE_ONE, encoding="dense").fit(grids, y)


def test_patches_of_another_shape_than_in_fit_are_refused_when_encoding_densely(grids, images, y):
    encoder = HyperImageEncoder(KANG).fit(grids, y)
    others = PatchExtractor(patch_size=10, overlap=0.5).fit_transform(images)
    with pytest.raises(ValueError, match=r"samples of shape \(10, 10, 1\)"):
        encoder.transform(others)


@pytest.mark.parametrize("encoding", ["dense", "patches"])
def test_encoding_files_holds_no_more_of_many_images_than_of_few(
    encoding, rng, tmp_path, monkeypatch
):
    monkeypatch.setattr(_patch_grids, "CACHE_BYTES", 2**20)
    paths = [tmp_path / f"{index}.png" for index in range(8)]
    for path in paths:
        levels = rng.integers(0, 256, size=(400, 400), dtype=np.uint8)
        imsave(path, levels, check_contrast=False)
    layers = "C(2,5,1,linear,valid) MP(28) FC(400) FC(1,linear)"
    stage_one = CNNRegressor(layers, max_epochs=1, early_stopping=False, random_state=0)
    extractor = PatchExtractor(32, 0.5).fit(paths)
    encoder = HyperImageEncoder(stage_one, encoding=encoding)
    encoder.fit(extractor.transform(paths[:1]), [0.0])

    def peak(n_images):
        grids = extractor.transform(paths * (n_images // 8))
        tracemalloc.start()
        hyper_images = encoder.transform(grids)
        held = tracemalloc.get_traced_memory()[1] - hyper_images.nbytes
        tracemalloc.stop()
        return held

    all_others = (64 - 16) * 400 * 400 * 4
    assert peak(64) < peak(16) + all_others / 4


def test_cached_pipelines_encode_once_and_map_the_hyper_images(images, y, tmp_path):
    model = Pipeline(
        [
            ("patches", PatchExtractor(patch_size=8)),
            ("encode", HyperImageEncoder(STAGE_ONE)),
            ("regress", CNNRegressor("FC(4) FC(1,linear)", max_epochs=2, random_state=0)),
        ]
    )
    plain = model.fit(images, y).predict(images)
    cached = clone(model).set_params(memory=joblib.Memory(tmp_path, mmap_mode="r", verbose=0))
    for _ in range(2):
        np.testing.assert_array_equal(cached.fit(images, y).predict(images), plain)
    stored = list(tmp_path.rglob("output.pkl"))
    written = {path: path.stat().st_mtime_ns for path in stored}
    cached.set_params(regress__max_epochs=3).fit(images, y)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("output.pkl")} == written


class WithCosts(RegressorMixin, BaseEstimator):
    """A first stage of one's own, whose fit takes metadata that the package has no name for."""

    def fit(self, X, y, costs=None, sample_weight=None):
        self.costs_, self.weight_ = costs, sample_weight
        return self

    def predict(self, X):
        return np.zeros(len(X))

    def embed(self, X):
        return np.zeros((len(X), 1))


def test_metadata_of_ones_own_patch_estimator_is_routed_and_inherited(images, grids, y):
    costs = np.arange(10.0)
    with sklearn.config_context(enable_metadata_routing=True):
        stage = WithCosts().set_fit_request(costs=True, sample_weight=True)
        alone = HyperImageEncoder(stage).fit(grids, y, costs=costs)
        model = Pipeline(
            [
                ("patches", PatchExtractor(patch_size=8)),
                ("encode", HyperImageEncoder(stage)),
                ("regress", CNNRegressor("FC(1,linear)", max_epochs=1)),
            ]
        ).fit(images, y, costs=costs, groups=np.arange(10) // 2)
    for encoder in (alone, model[1]):
        np.testing.assert_array_equal(encoder.patch_estimator_.costs_, costs.repeat(9))
    with pytest.raises(TypeError, match="fit got 'prices', which neither InheritedTargets nor"):
        HyperImageEncoder(stage).fit(grids, y, prices=costs)
    with pytest.raises(TypeError, match="'masks'"):  # only AlongContours asks for them
        HyperImageEncoder(STAGE_ONE).fit(grids, y, masks=costs)


def test_weights_reach_the_last_step_of_a_pipeline_on_patches(grids, y):
    flat = FunctionTransformer(lambda X: np.asarray(X).reshape(len(X), -1))
    with sklearn.config_context(enable_metadata_routing=True):
        last = WithCosts().set_fit_request(sample_weight=True)
    stage = make_pipeline(flat, last)
    targets = np.repeat(y, 9).reshape(10, 3, 3)
    targets[:, 0] = np.nan
    model = PatchPoolingRegressor(stage).fit(grids, y, patch_targets=targets)
    weight = model.patch_estimator_[-1].weight_.reshape(10, 3, 3)
    assert (weight[:, 0] == 0).all() and (weight[:, 1:] == 1).all()


def test_a_ranker_describes_patches_by_its_own_layer(grids, y):
    # The last layer of its channel: the encoder once took the last but one, of 5 units.
    ranker = PatchRanker("C(4) MP(4) FC(5) FC(6)", max_epochs=1, random_state=0)
    encoder = HyperImageEncoder(ranker).fit(grids, y > np.median(y))
    patch = np.asarray(grids)[3, 1, 2][np.newaxis]
    hyper_images = encoder.transform(grids)
    assert hyper_images.shape == (10, 3, 3, 6)
    np.testing.assert_allclose(
        hyper_images[3, 1, 2], encoder.patch_estimator_.embed(patch)[0], rtol=1e-5, atol=1e-7
    )


class NoEpochs(Callback):
    """Fails as soon as training begins."""

    def on_train_begin(self, net, **kwargs):
        raise AssertionError("training has begun")


class OwnStage(torch.nn.Module):
    """A network over patches with a description of its own, which `embed` gives or spoils."""

    def __init__(self, described=lambda batch: batch):
        super().__init__()
        self.dense = torch.nn.Linear(64, 5)
        self.last = torch.nn.Linear(5, 1)
        self.described = described

    def forward(self, batch):
        return self.last(torch.relu(self.dense(batch.flatten(1))))

    def embed(self, batch, layer):
        return self.described(torch.relu(self.dense(batch.flatten(1))))


def fails(batch):
    raise KeyError("no such layer")


BEFORE_TRAINING = {
    "no embed": (
        torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 1)), {}, r"no method embed\("
    ),
    "embed fails": (OwnStage(fails), {}, "layers cannot describe patches by layer=-2: 'no such"),
    "one row": (OwnStage(lambda batch: batch.sum(0)), {}, "a row for each patch, .*it gives"),
    "layer": ("C(4) MP(4) FC(1)", {"layer": 2}, "layer=2 is out of range: .* 2 layers"),
    "one layer": ("FC(1)", {}, "layer=-2 is out of range: the network has 1 layers"),
    "dense": ("C(4) MP(4) FC(5) FC(1)", {"encoding": "dense"}, "encoding='dense' needs"),
}  # fmt: skip


@pytest.mark.parametrize("case", BEFORE_TRAINING)
@pytest.mark.parametrize("estimator", [CNNRegressor, CNNClassifier])
def test_networks_that_cannot_describe_are_refused_before_the_first_epoch(
    estimator, case, grids, y
):
    layers, options, message = BEFORE_TRAINING[case]
    stage = estimator(layers, callbacks=[NoEpochs()])
    with pytest.raises(ValueError, match=message):
        HyperImageEncoder(stage, **options).fit(grids, y > np.median(y))


def test_networks_of_ones_own_describe_patches(grids, y):
    stage = CNNRegressor(OwnStage(), max_epochs=1, random_state=0)
    encoder = HyperImageEncoder(stage).fit(grids, y)
    assert encoder.transform(grids).shape == (10, 3, 3, 5)
    assert encoder.encoding_ == "patches"


def test_targets_of_another_number_than_images_are_refused(rng):
    encoder = HyperImageEncoder(CNNRegressor("FC(2) FC(1,linear)", max_epochs=1))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        encoder.fit(rng.random((8, 4)), np.arange(5.0))
