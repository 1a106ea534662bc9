"""Scores and kinds of damage by one network."""

import numpy as np
import pytest
import sklearn
import torch
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from sk_hyperimage.ensemble import PatchPoolingRegressor, surveyed_model
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor, ScoreAndKindRegressor
from sk_hyperimage.neural_network._score_and_kind import ScoresAndKinds
from sk_hyperimage.neural_network._tasks import Scores
from sk_hyperimage.persistence import load_model, save_model

SMALL = {
    "layers": "C(8) MinMaxPool(8) FC(16) FC(1,linear)",
    "solver": "adam",
    "learning_rate_init": 0.01,
    "max_epochs": 20,
    "early_stopping": False,
    "random_state": 0,
}


@pytest.fixture
def data(rng):
    """Noise, weak or strong, brighter and brighter."""
    kinds = np.array(["soft", "hard"])[np.arange(40) % 2]
    images = rng.random((40, 8, 16), dtype=np.float32)
    images[1::2] = 4 * images[1::2] - 1.5
    y = np.linspace(0, 1, 40)
    return images + y[:, None, None].astype(np.float32), y, kinds


def test_the_loss_weighs_errors_of_scores_and_log_losses_of_kinds():
    task = ScoresAndKinds(Scores("absolute_error", 1.0, 2.0), 2, 0.25)
    target = task.encode(np.array([[5.0, 1.0]]), np.dtype(np.float64))
    np.testing.assert_array_equal(target, [[2, 1]])
    loss = task.losses(torch.tensor([[0.5, 0.0, 0.0]]), torch.from_numpy(target))
    assert loss.item() == pytest.approx(0.75 * 1.5 + 0.25 * np.log(2))
    np.testing.assert_array_equal(task.decode(np.array([[0.5, 9.0, 9.0]])), [2])


def test_patches_inherit_kinds_and_images_get_theirs_back(data, tmp_path):
    images, y, kinds = data
    given = {"kinds": kinds, "groups": np.arange(40) // 2}
    model = make_pipeline(
        PatchExtractor(8, overlap=0), PatchPoolingRegressor(ScoreAndKindRegressor(**SMALL))
    )
    with sklearn.config_context(enable_metadata_routing=True):
        model.fit(images, y, kinds=kinds)
        scores = cross_val_score(model, images, y, cv=GroupKFold(2), params=given)
    assert np.isfinite(scores).all()
    pooled = model[-1]
    grids = model[:-1].transform(images)
    assert (pooled.predict_kinds(grids) == kinds).mean() > 0.9
    np.testing.assert_allclose(pooled.predict_kind_proba(grids).sum(axis=1), 1)
    assert np.corrcoef(model.predict(images), y)[0, 1] > 0.6
    save_model(model, tmp_path / "saved.model")
    loaded = load_model(tmp_path / "saved.model")[-1]
    np.testing.assert_array_equal(loaded.predict_kinds(grids), pooled.predict_kinds(grids))


def test_without_kinds_it_is_the_regressor_of_scores(data):
    images, y, _ = data
    model = ScoreAndKindRegressor(**SMALL).fit(images, y)
    plain = CNNRegressor(**SMALL).fit(images, y)
    np.testing.assert_array_equal(model.predict(images), plain.predict(images))
    assert model.kinds_ is None and not hasattr(model, "predict_kinds")


def test_kinds_that_tell_nothing_are_refused_by_name(data):
    images, y, kinds = data
    model = ScoreAndKindRegressor(**SMALL | {"max_epochs": 1, "warm_start": True})
    for given, message in [
        (["blur"] * 40, "kinds must hold at least two kinds, got .'blur'. alone"),
        (kinds[:3], r"kinds of shape \(3,\) do not suit 40 samples"),
        ([None, *kinds[1:]], r"kinds\[0\] is None; every image needs a label"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.fit(images, y, kinds=given)
    model.fit(images, y, kinds=kinds)
    with pytest.raises(ValueError, match="network of the kinds .'hard', 'soft'."):
        model.fit(images, y)


@pytest.mark.parametrize("name", ["IQA-CNN+", "IQA-CNN++"])
def test_the_models_of_the_paper_tell_both(name, rng):
    images = rng.random((8, 32, 64, 3), dtype=np.float32)
    model = surveyed_model(name, random_state=0)
    model.set_params(patchpoolingregressor__patch_estimator__max_epochs=1)
    with sklearn.config_context(enable_metadata_routing=True):
        model.fit(images, np.arange(8.0), kinds=np.arange(8) % 3)
    grids = model[:-1].transform(images)
    assert set(model[-1].predict_kinds(grids)) <= {0, 1, 2}
