"""Patches cut on a device are the patches; the device is the processor where there is no GPU."""

import numpy as np
import pytest
import torch
from PIL import Image

from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.images import ArraySamples, ImageCollection, PatchSequence
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.neural_network._pairs import PatchPairs
from sk_hyperimage.neural_network.training._device_patches import (
    DeviceGrids,
    DevicePatches,
    DeviceSamples,
    on_device,
)

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


@pytest.fixture
def grids(rng):
    shapes = [(20, 24), (17, 24), (20, 18), (24, 30), (12, 13)]
    images = [rng.random((*shape, 2)) for shape in shapes]
    for image in images:
        image.flags.writeable = False
    extractor = PatchExtractor(patch_size=(6, 5), overlap=0.4).fit(images[:3])
    return extractor.transform(images)  # the fourth is scaled down


@pytest.mark.parametrize("n_slots", [1, 2, 5])
def test_patches_are_those_cut_by_the_processor(n_slots, grids, rng):
    sequence, there = PatchSequence(grids), DevicePatches(grids, DEVICE, n_slots)
    for n_indices in (1, 7, 60):
        indices = rng.integers(len(sequence), size=n_indices)
        cut = there.take(indices)
        assert cut.device.type == DEVICE.type
        np.testing.assert_array_equal(cut.cpu().numpy(), sequence.take(indices))


def test_grids_are_those_cut_by_the_processor(grids):
    there = DeviceGrids(DevicePatches(grids, DEVICE, n_slots=2))
    for indices in ([3], [4, 0, 3], [1, 1]):
        cut = there.take(np.array(indices)).cpu().numpy()
        np.testing.assert_array_equal(cut, grids.take(np.array(indices)))


def test_images_are_put_on_the_device_once_while_there_is_room(grids):
    there = DevicePatches(grids, DEVICE, n_slots=5)
    there.take(np.arange(len(PatchSequence(grids))))
    there.images.zero_()
    assert not there.take(np.arange(40)).any()


@pytest.mark.parametrize("n_slots", [2, 5])
def test_files_are_decoded_by_several_threads_without_a_change(n_slots, rng, tmp_path):
    paths = [tmp_path / f"{index}.png" for index in range(9)]
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (20, 24), dtype=np.uint8)).save(path)
    grids = PatchExtractor(patch_size=6, overlap=0.4).fit_transform(paths)
    sequence, there = PatchSequence(grids), DevicePatches(grids, DEVICE, n_slots)
    for _ in range(4):
        indices = rng.integers(len(sequence), size=40)
        np.testing.assert_array_equal(there.take(indices).cpu().numpy(), sequence.take(indices))


@pytest.mark.parametrize("kind", ["floats", "levels", "files"])
def test_samples_are_put_on_the_device_once(kind, rng, tmp_path):
    images = rng.integers(0, 256, (9, 6, 5, 3), dtype=np.uint8)
    samples = ArraySamples(images if kind == "levels" else images / np.float32(255))
    if kind == "files":
        paths = [tmp_path / f"{index}.png" for index in range(9)]
        for path, image in zip(paths, images, strict=True):
            Image.fromarray(image).save(path)
        samples = ImageCollection(paths)
    there = DeviceSamples(samples, DEVICE)
    for indices in ([4, 0, 4], [0, 8, 7, 1], [3]):
        taken = there.take(np.array(indices))
        assert taken.device.type == DEVICE.type
        np.testing.assert_array_equal(taken.cpu().numpy(), samples.take(np.array(indices)))
    there.tensor.zero_()
    assert not there.take(np.array([8, 0, 3])).any()
    assert there.take(np.array([2])).any()


def test_processors_cut_for_themselves(grids):
    assert on_device(grids, "cpu", again=True) is None
    assert on_device(PatchSequence(grids), "cpu", again=True) is None
    assert on_device(ArraySamples(np.zeros((3, 4))), "cpu", again=True) is None


@pytest.mark.skipif(DEVICE.type != "cuda", reason="no GPU here")
def test_a_gpu_keeps_what_is_asked_for_again_and_does_not_change(rng):
    samples = ArraySamples(rng.random((9, 6, 5), dtype=np.float32))
    pairs = PatchPairs(samples, np.array([[0, 1], [2, 3]]), redrawn=True)
    assert isinstance(on_device(samples, "cuda", again=True), DeviceSamples)
    assert on_device(samples, "cuda", again=False) is None
    assert on_device(pairs, "cuda", again=True) is None


@pytest.mark.skipif(DEVICE.type != "cuda", reason="no GPU here")
@pytest.mark.parametrize("encoding", ["auto", "patches"])
def test_a_gpu_learns_what_the_processor_learns(encoding, rng):
    images = rng.random((12, 40, 48, 3), dtype=np.float32)
    target = images.std(axis=(1, 2, 3))
    grids = PatchExtractor(16, 0.5).fit_transform(images)
    hyper_images = [
        HyperImageEncoder(
            CNNRegressor(
                "C(4,3,1,linear,valid) MinMaxPool(14) FC(8) FC(1,linear)",
                max_epochs=2,
                device=device,
                random_state=0,
            ),
            encoding=encoding,
        ).fit_transform(grids, target)
        for device in ("cpu", "cuda")
    ]
    np.testing.assert_allclose(*hyper_images, rtol=1e-2, atol=1e-3)
