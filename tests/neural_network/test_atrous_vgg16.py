"""Atrous VGG-16: its size, its layers in torch's functions, and weights of VGG-16 subsampled."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from sk_hyperimage.neural_network.trunks import NETWORKS, outline, read_trunk
from sk_hyperimage.neural_network.trunks._atrous import subsampled


def test_weights_are_every_fourth_unit_and_every_third_place():
    generator = torch.Generator().manual_seed(0)
    weights = {
        "features.28.weight": torch.rand(4, 3, 3, 3, generator=generator),
        "classifier.0.weight": torch.rand(4096, 2 * 49, generator=generator),
        "classifier.0.bias": torch.arange(4096.0),
        "classifier.3.weight": torch.arange(4096.0)[:, None] + torch.arange(4096.0) / 8192,
        "classifier.3.bias": torch.arange(4096.0),
        "classifier.6.bias": torch.zeros(1000),
    }
    kept = subsampled(weights)
    assert "classifier.6.bias" not in kept
    assert kept["features.28.weight"] is weights["features.28.weight"]
    fc6 = kept["classifier.0.weight"]
    assert fc6.shape == (1024, 2, 3, 3)
    for unit, channel, row, col in [(0, 0, 0, 0), (1023, 1, 2, 2), (77, 1, 0, 2), (500, 0, 1, 2)]:
        flat = channel * 49 + 3 * row * 7 + 3 * col  # as torch flattens maps of 7 x 7
        assert fc6[unit, channel, row, col] == weights["classifier.0.weight"][4 * unit, flat]
    assert kept["classifier.3.weight"].shape == (1024, 1024, 1, 1)
    assert kept["classifier.3.weight"][10, 30, 0, 0] == 40 + 120 / 8192
    assert kept["classifier.0.bias"][-1] == kept["classifier.3.bias"][-1] == 4092


def test_size_is_that_of_the_layers():
    net = outline("atrous_vgg16")
    convolutions = 14_714_688  # of VGG-16
    dense = 1024 * (512 * 9 + 1) + 1024 * (1024 + 1) + 1000 * (1024 + 1)
    assert sum(weights.numel() for weights in net.parameters()) == convolutions + dense
    assert net.names() == outline("vgg16").names()


@pytest.mark.slow
def test_layers_compute_what_functions_by_hand_do():
    torch.manual_seed(0)
    net = NETWORKS["atrous_vgg16"].trunk(8).double().eval()
    maps = torch.from_numpy(np.random.default_rng(0).random((1, 3, 50, 67)))
    weights, expected, place = net.state_dict(), maps, 0
    for block, depth in enumerate((2, 2, 3, 3, 3)):
        if block:
            expected, place = functional.max_pool2d(expected, 2, ceil_mode=True), place + 1
        for _ in range(depth):
            w, b = (weights[f"features.{place}.{kind}"] for kind in ("weight", "bias"))
            expected, place = functional.conv2d(expected, w, b, padding=1).relu(), place + 2
    expected = functional.max_pool2d(expected, 3, 1, 1)
    for name, options in {"0": {"padding": 6, "dilation": 6}, "3": {}}.items():
        w, b = (weights[f"classifier.{name}.{kind}"] for kind in ("weight", "bias"))
        expected = functional.conv2d(expected, w, b, **options).relu()
    with torch.no_grad():
        np.testing.assert_allclose(net.maps(maps, "fc7"), expected, atol=1e-12)
        last = functional.linear(
            expected.mean(dim=(2, 3)), weights["classifier.6.weight"], weights["classifier.6.bias"]
        )
        np.testing.assert_allclose(net(maps.permute(0, 2, 3, 1)), last, atol=1e-12)


def save(shapes, path):
    """A file of constant tensors that takes no space on disk."""
    torch.save({key: torch.tensor(0.01).expand(shape) for key, shape in shapes.items()}, path)


@pytest.mark.slow
def test_files_of_vgg16_and_of_its_own_weights_are_read_and_others_refused(tmp_path):
    expected = {
        key: tensor.shape
        for key, tensor in outline("atrous_vgg16").state_dict().items()
        if not key.startswith("classifier.6")
    }
    for name in ("vgg16", "atrous_vgg16"):
        shapes = {key: tensor.shape for key, tensor in outline(name).state_dict().items()}
        save(shapes | {"classifier.6.bias": (8,)}, tmp_path / "file.pth")
        read = read_trunk("atrous_vgg16", "fc7", tmp_path / "file.pth")
        assert {key: tensor.shape for key, tensor in read.items()} == expected
    save({"features.0.weight": (64, 3, 3, 3)}, tmp_path / "file.pth")
    with pytest.raises(ValueError, match="are not those of vgg16: there is no tensor"):
        read_trunk("atrous_vgg16", "fc7", tmp_path / "file.pth")
