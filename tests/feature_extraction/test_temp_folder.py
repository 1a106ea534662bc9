"""Hyper-images in temporary files: the numbers of those in memory, within less memory."""

import gc
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline

from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor

LAYERS = {
    "dense": "C(4,5,1,linear,valid) MP(4) FC(5) FC(1,linear)",
    "patches": "C(4) MP(4) FC(5) FC(1,linear)",
}
STAGE_ONE = CNNRegressor(LAYERS["dense"], max_epochs=2, random_state=0)
STAGE_TWO = CNNRegressor("C(4) FC(4) FC(1,linear)", max_epochs=3, batch_size=7, random_state=0)


@pytest.fixture
def images(rng):
    return rng.random((20, 16, 16), dtype=np.float32)


@pytest.fixture
def y(images):
    return images.std(axis=(1, 2))


@pytest.fixture
def grids(images):
    return PatchExtractor(patch_size=8, overlap=0.5).fit_transform(images)


def files_in(folder):
    gc.collect()
    return list(folder.iterdir())


@pytest.mark.parametrize("encoding", LAYERS)
def test_bits_are_those_of_arrays_in_memory(encoding, grids, y, tmp_path):
    stage = CNNRegressor(LAYERS[encoding], max_epochs=2, random_state=0)
    encoder = HyperImageEncoder(stage)
    in_memory = encoder.fit_transform(grids, y)
    assert encoder.encoding_ == encoding
    mapped = clone(encoder).set_params(temp_folder=str(tmp_path)).fit_transform(grids, y)
    np.testing.assert_array_equal(mapped, in_memory)
    np.testing.assert_array_equal(
        clone(STAGE_TWO).fit(mapped, y).predict(mapped),
        clone(STAGE_TWO).fit(in_memory, y).predict(in_memory),
    )
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(mapped)), in_memory)


def test_results_are_read_only_and_have_a_file_each_while_they_are_used(grids, y, tmp_path):
    encoder = HyperImageEncoder(STAGE_ONE, temp_folder=str(tmp_path)).fit(grids, y)
    assert files_in(tmp_path) == []
    one, two = encoder.transform(grids), encoder.transform(grids[:5])
    assert isinstance(one, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        one[0] = 0
    assert len(files_in(tmp_path)) == 2
    last = np.asarray(one)[-1, 1:]
    kept = last.copy()
    del one
    assert len(files_in(tmp_path)) == 2  # a part is still used
    del two
    assert len(files_in(tmp_path)) == 1
    np.testing.assert_array_equal(last, kept)
    del last
    assert files_in(tmp_path) == []


def test_folds_at_once_do_not_collide(images, y, tmp_path):
    steps = [PatchExtractor(8), HyperImageEncoder(STAGE_ONE), STAGE_TWO]
    model = Pipeline(list(zip(["patches", "encode", "regress"], steps, strict=True)))
    plain = cross_val_predict(model, images, y, cv=2)
    model.set_params(encode__temp_folder=str(tmp_path))
    np.testing.assert_array_equal(cross_val_predict(model, images, y, cv=2, n_jobs=2), plain)
    assert files_in(tmp_path) == []


def test_a_mapping_cache_keeps_what_the_temporary_file_held(images, y, tmp_path):
    scratch, cache = tmp_path / "scratch", tmp_path / "cache"
    scratch.mkdir()
    encoder = HyperImageEncoder(STAGE_ONE, temp_folder=str(scratch))
    model = Pipeline([("patches", PatchExtractor(8)), ("encode", encoder), ("regress", STAGE_TWO)])
    plain = clone(model).fit(images, y).predict(images)
    model.set_params(memory=joblib.Memory(cache, mmap_mode="r", verbose=0))
    for _ in range(2):
        np.testing.assert_array_equal(model.fit(images, y).predict(images), plain)
    assert files_in(scratch) == []


def test_both_stages_in_one_object_use_the_folder(images, y, tmp_path):
    model = HyperImageRegressor(None, PatchExtractor(8), STAGE_ONE, STAGE_TWO, random_state=0)
    plain = model.fit(images, y).predict(images)
    model.set_params(temp_folder=str(tmp_path)).fit(images, y)
    assert isinstance(model.encode(images), np.memmap)
    np.testing.assert_array_equal(model.predict(images), plain)
    assert files_in(tmp_path) == []


def test_a_folder_that_is_not_there_is_named_before_training(grids, y, tmp_path):
    encoder = HyperImageEncoder(STAGE_ONE, temp_folder=str(tmp_path / "absent"))
    with pytest.raises(ValueError, match="temp_folder='.*absent' is not a folder"):
        encoder.fit(grids, y)
    assert not hasattr(encoder, "patch_estimator_")
    fitted = HyperImageEncoder(STAGE_ONE).fit(grids, y)
    with pytest.raises(ValueError, match="temp_folder='.*absent' is not a folder"):
        fitted.set_params(temp_folder=str(tmp_path / "absent")).transform(grids)


def test_a_full_disk_is_an_error_and_leaves_no_file(grids, y, tmp_path):
    resource = pytest.importorskip("resource")
    encoder = HyperImageEncoder(STAGE_ONE, temp_folder=str(tmp_path)).fit(grids, y)
    n_bytes = encoder.transform(grids).nbytes
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes // 2, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            encoder.transform(grids)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert files_in(tmp_path) == []


# Hyper-images of 400 MB, in a process that may take no more than 100 MB of private memory on top
# of what it has after a first round of everything.
IN_LITTLE_MEMORY = """
import re, resource, sys
from pathlib import Path
import numpy as np
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor

once = {"max_epochs": 1, "early_stopping": False, "random_state": 0, "device": "cpu"}
images = np.random.default_rng(0).integers(0, 256, (1200, 40, 40), dtype=np.uint8)
y = images.mean(axis=(1, 2))
grids = PatchExtractor(16, overlap=0.75).fit_transform(images)
stage_one = CNNRegressor("C(4,5,1,linear,valid) MP(12) FC(1800) FC(1,linear)", **once)
encoder = HyperImageEncoder(stage_one, temp_folder=sys.argv[1]).fit(grids[:20], y[:20])
stage_two = CNNRegressor("C(2) MP(2) FC(1,linear)", **once)
few = encoder.transform(grids[:100])
stage_two.fit(few, y[:100]).predict(few)

status = Path("/proc/self/status").read_text()
limit = int(re.search(r"VmData:\\s+(\\d+) kB", status)[1]) * 1024 + 10**8
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
hyper_images = encoder.transform(grids)
assert hyper_images.nbytes > 4e8
assert np.isfinite(stage_two.fit(hyper_images, y).predict(hyper_images)).all()
try:
    encoder.set_params(temp_folder=None).transform(grids)
except MemoryError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of private memory")
def test_both_stages_work_in_a_quarter_of_the_memory_of_the_hyper_images(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IN_LITTLE_MEMORY, tmp_path],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Unable to allocate")  # as it would without the folder
    assert files_in(tmp_path) == []
