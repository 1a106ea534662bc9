"""Patches cut on a device are the patches; the device is the processor where there is no GPU."""

import numpy as np
import pytest
import torch

from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.images import PatchSequence
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.neural_network.training._device_patches import (
    DeviceGrids,
    DevicePatches,
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


def test_processors_cut_for_themselves(grids):
    assert on_device(grids, "cpu") is None
    assert on_device(PatchSequence(grids), "cpu") is None


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
