"""Experiment 4: networks that read whole images of 384 x 512, from files, in the protocol."""

import numpy as np
import pytest
import sklearn
from sklearn.model_selection import cross_validate

from sk_hyperimage import architectures as arch
from sk_hyperimage.metrics import quality_scorers
from sk_hyperimage.model_selection import ReferenceShuffleSplit
from sk_hyperimage.neural_network import CNNRegressor


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Ten images of noise, each brighter than the one before."""
    from skimage.io import imsave

    rng, folder = np.random.default_rng(0), tmp_path_factory.mktemp("images")
    paths = []
    for index in range(10):
        image = rng.integers(0, 25 * (index + 1), size=(384, 512, 3), dtype=np.uint8)
        paths.append(folder / f"{index}.png")
        imsave(paths[-1], image, check_contrast=False)
    return paths


@pytest.mark.parametrize("name", ["TID_SHALLOW", "TID_DEEP"])
def test_end_to_end_networks_are_cross_validated_on_image_files(name, files):
    model = CNNRegressor(getattr(arch, name), batch_size=4, max_epochs=1, random_state=0)
    with sklearn.config_context(enable_metadata_routing=True):
        results = cross_validate(
            model,
            files,
            np.arange(10.0),
            params={"groups": np.repeat(np.arange(5), 2)},
            cv=ReferenceShuffleSplit(n_splits=1, random_state=0),
            scoring=quality_scorers()["neg_rmse"],
            error_score="raise",
            return_estimator=True,
        )
    assert np.isfinite(results["test_score"]).all()
    fitted = results["estimator"][0]
    assert fitted.input_shape_ == (384, 512, 3)
    assert {"train_loss", "valid_loss"} <= set(fitted.history_[0])
    assert fitted.embed(files[:2]).shape == (2, 400)
