"""One fitted model may serve several threads at once, which all get the same bits."""

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.pipeline import make_pipeline

from sk_hyperimage.ensemble import HyperImageClassifier, PatchPoolingRegressor
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor
from sk_hyperimage.preprocessing import LocalContrastNormalizer

N_THREADS = 4
FAST = {"max_epochs": 2, "random_state": 0}
FIRST = "C(4,3,1,relu,valid) MP(2) FC(6) FC(1,linear)"


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((24, 20, 20), dtype=np.float32)


@pytest.fixture(scope="module", params=["pipeline", "pooling", "both stages"])
def model(request, images):
    scores = images.std(axis=(1, 2))
    steps = [LocalContrastNormalizer(), PatchExtractor(8)]
    if request.param == "pooling":
        return make_pipeline(*steps, PatchPoolingRegressor(CNNRegressor(FIRST, **FAST))).fit(
            images, scores
        )
    if request.param == "pipeline":
        encoder = HyperImageEncoder(CNNRegressor(FIRST, **FAST))
        return make_pipeline(*steps, encoder, CNNRegressor("FC(1,linear)", **FAST)).fit(
            images, scores
        )
    return HyperImageClassifier(
        extractor=PatchExtractor(8),
        patch_estimator=CNNClassifier(FIRST, **FAST),
        final_estimator=CNNClassifier("FC(1,linear)", **FAST),
        random_state=0,
    ).fit(images, scores > np.median(scores))


def read(model, X):
    return getattr(model, "predict_proba" if hasattr(model, "predict_proba") else "predict")(X)


@pytest.mark.parametrize("unpickled", [False, True])
def test_threads_get_the_same_bits(model, images, unpickled):
    expected = read(model, images)
    if unpickled:  # all threads find that the network has to be built anew
        model = pickle.loads(pickle.dumps(model))
    together = threading.Barrier(N_THREADS)

    def predict(_):
        together.wait()
        return [read(model, images) for _ in range(3)]

    with ThreadPoolExecutor(N_THREADS) as pool:
        for several in pool.map(predict, range(N_THREADS)):
            for predictions in several:
                np.testing.assert_array_equal(predictions, expected)


def test_joblib_threads_get_the_same_bits_for_images_of_their_own(model, images):
    parts = np.array_split(np.arange(len(images)), 6)
    expected = [read(model, images[rows]) for rows in parts]
    found = Parallel(3, backend="threading")(delayed(read)(model, images[rows]) for rows in parts)
    for predictions, alone in zip(found, expected, strict=True):
        np.testing.assert_array_equal(predictions, alone)


def test_an_unpickled_network_is_built_once_whoever_asks(images):
    model = CNNRegressor("FC(200) FC(200) FC(1,linear)", **FAST).fit(images, np.arange(24.0))
    model = pickle.loads(pickle.dumps(model))
    together = threading.Barrier(N_THREADS)

    def net(_):
        together.wait()
        return model.net_

    with ThreadPoolExecutor(N_THREADS) as pool:
        assert len(set(map(id, pool.map(net, range(N_THREADS))))) == 1
