"""The quality survey's models on pretrained networks, with the survey's settings."""

import numpy as np
import pytest
import torch

from sk_hyperimage.ensemble import pretrained_model
from sk_hyperimage.neural_network.trunks import outline

EPOCHS = {"alexnet": 8, "resnet50": 6}
CROP_SIZES = {"alexnet": 227, "resnet50": 224}


@pytest.mark.parametrize("network", EPOCHS)
def test_settings_are_those_of_the_survey(network):
    extractor, pooling = (step for _, step in pretrained_model(f"{network}_fine_tuned", "x").steps)
    cnn = pooling.patch_estimator.regressor
    assert (extractor.patch_size, np.prod(extractor.grid_shape)) == (CROP_SIZES[network], 100)
    assert (cnn.max_epochs, cnn.batch_size, cnn.learning_rate_init) == (EPOCHS[network], 48, 1e-3)
    assert (cnn.loss, cnn.learning_rate, cnn.decay, cnn.early_stopping, cnn.normalize_y) == (
        "squared_error", "constant", 0, False, False
    )  # fmt: skip
    assert (cnn.layers.network, cnn.layers.dropout, cnn.layers.frozen) == (network, 0.5, None)
    features = pretrained_model(f"{network}_svr", "x")[0]
    assert (features.crops, features.pooling, features.layer) == (25, "mean", None)


def test_unknown_rows_are_refused():
    with pytest.raises(ValueError, match="'name' parameter .*alexnet_svr.*'vgg16_svr'"):
        pretrained_model("vgg16_svr")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["alexnet_svr", "resnet50_fine_tuned"])
def test_models_of_the_survey_fit_and_predict_scores_in_their_range(name, tmp_path, rng):
    state = outline(name.split("_")[0]).state_dict()
    path = tmp_path / "weights.pth"
    torch.save({key: torch.tensor(0.01).expand(value.shape) for key, value in state.items()}, path)
    images = rng.integers(0, 256, (3, 230, 240, 3), dtype=np.uint8)
    model = pretrained_model(name, path, grid_shape=(1, 2), random_state=0)
    if name.endswith("svr"):
        model.set_params(pretrainedfeatures__crops=2)
    else:
        model.set_params(patchpoolingregressor__patch_estimator__regressor__max_epochs=1)
    predicted = model.fit(images, [40, 50, 60]).predict(images)
    assert predicted.shape == (3,)
    assert np.isfinite(predicted).all()
