import numpy as np
import pytest
import torch
from torch.nn import functional as F

from sk_hyperimage import architectures
from sk_hyperimage.neural_network.layers import (
    build_module,
    n_parameters,
    parse,
    trace_shapes,
)

NAMES = sorted(architectures.RECORDS)


def conv(n_in, n_out, size=3):
    return n_out * (size * size * n_in + 1)


def dense(n_in, n_out):
    return n_out * (n_in + 1)


BOSSE = (
    conv(3, 32) + conv(32, 32) + conv(32, 64) + conv(64, 64) + conv(64, 128) + conv(128, 128)
    + conv(128, 256) + conv(256, 256) + conv(256, 512) + conv(512, 512)
)  # fmt: skip

EIGHT_CONVOLUTIONS = (
    conv(1, 48) + conv(48, 48) + conv(48, 64) + 3 * conv(64, 64) + conv(64, 128) + conv(128, 128)
)

# Counted by hand from Tables 4 and 5, layer by layer.
COUNTS = {
    "KANG2014": conv(3, 50, 7) + dense(100, 800) + dense(800, 800) + dense(800, 1),
    "SYNTHETIC_STAGE1": conv(1, 16) + conv(16, 32) + conv(32, 48) + conv(48, 48) + conv(48, 64)
    + conv(64, 64) + conv(64, 128) + conv(128, 128)
    + dense(128, 400) + dense(400, 400) + dense(400, 1),
    "SYNTHETIC_STAGE2": conv(400, 16) + conv(16, 16) + conv(16, 32) + conv(32, 32) + conv(32, 64)
    + conv(64, 64) + dense(64, 400) + dense(400, 400) + dense(400, 1),
    "LIVE_STAGE2": conv(800, 32) + conv(32, 32) + conv(32, 48) + conv(48, 48) + conv(48, 64)
    + conv(64, 64) + conv(64, 128) + conv(128, 128)
    + dense(128, 500) + dense(500, 500) + dense(500, 1),
    "TID_STAGE2": conv(800, 64) + 3 * conv(64, 64) + conv(64, 128) + 3 * conv(128, 128)
    + dense(128, 500) + dense(500, 500) + dense(500, 1),
    # 384 x 512 -> 192 x 256 (stride 2) -> 96 x 128 -> 48 x 64 -> 24 x 32 -> 12 x 16 -> 6 x 8
    "TID_SHALLOW": conv(3, 32, 7) + conv(32, 64, 7) + conv(64, 128) + conv(128, 128)
    + conv(128, 256) + conv(256, 256)
    + dense(6 * 8 * 256, 400) + dense(400, 400) + dense(400, 1),
    # 384 x 512 halved eight times, the odd row dropped: 1 x 2
    "TID_DEEP": conv(3, 32) + conv(32, 64) + conv(64, 128) + conv(128, 128) + conv(128, 256)
    + 3 * conv(256, 256) + conv(256, 512) + 3 * conv(512, 512)
    + dense(1 * 2 * 512, 400) + dense(400, 400) + dense(400, 1),
    "VGG16_STAGE1": conv(3, 64) + conv(64, 64) + conv(64, 128) + conv(128, 128)
    + conv(128, 256) + 2 * conv(256, 256) + conv(256, 512) + 2 * conv(512, 512)
    + dense(2 * 2 * 512, 800) + dense(800, 800) + dense(800, 1),
    "FORGERY_CHANNEL": conv(3, 64) + conv(64, 64) + conv(64, 128) + 3 * conv(128, 128)
    + conv(128, 256) + conv(256, 256) + dense(4 * 4 * 256, 500) + dense(500, 500),
    "FORGERY_STAGE2": conv(500, 64) + 2 * conv(64, 64) + conv(64, 128) + 2 * conv(128, 128)
    + conv(128, 256) + 2 * conv(256, 256) + dense(256, 800) + dense(800, 800) + dense(800, 1),
    "FORGERY_END_TO_END": conv(3, 32) + conv(32, 64) + 2 * conv(64, 64) + conv(64, 128)
    + 3 * conv(128, 128) + conv(128, 256) + conv(256, 256)
    + dense(4 * 6 * 256, 500) + dense(500, 500) + dense(500, 1),
    # 128 x 128 -> 124 -> 62 (stride 2) -> 31 -> 16; of a constrained filter 24 weights.
    "BAYAR2016": 12 * 24 + conv(12, 64, 7) + conv(64, 48, 5)
    + dense(16 * 16 * 48, 4096) + dense(4096, 4096) + dense(4096, 1),
    # 256 x 256 -> 252 -> 123 (stride 2) -> 61 -> 30 -> 14 -> 6
    "MISLNET2018": 3 * 24 + conv(3, 96, 7) + conv(96, 64, 5) + conv(64, 64, 5) + conv(64, 128, 1)
    + 2 * (96 + 64 + 64 + 128) + dense(6 * 6 * 128, 200) + dense(200, 200) + dense(200, 1),
    "DIQAM": BOSSE + dense(512, 512) + dense(512, 1),
    "DIQAM_STAGE2": dense(512, 512) + dense(512, 1),
    "WADIQAM_STAGE2": 2 * (dense(512, 512) + dense(512, 1)),
    "PERCEPTRON_STAGE2": dense(24 * 23 * 512, 512) + dense(512, 1),
    "BIECON_STAGE1": conv(1, 64, 5) + conv(64, 64, 5) + dense(8 * 8 * 64, 1024)
    + dense(1024, 512) + dense(512, 256) + dense(256, 128) + dense(128, 128) + dense(128, 1),
    "BIECON_STAGE2": dense(256, 128) + dense(128, 1),
    "DIQA_STAGE1": EIGHT_CONVOLUTIONS,
    "DIQA_STAGE2": dense(128, 1) + 2 * dense(128, 128) + dense(128, 1),
    "IMAGE_WISE": EIGHT_CONVOLUTIONS + 2 * dense(128, 128) + dense(128, 1),
    # Both images of a pair share the trunk.
    "DIQAM_FR": BOSSE + dense(3 * 512, 512) + dense(512, 1),
    "DUAL_PATH": conv(3, 32, 5) + conv(32, 64, 5) + dense(8 * 8 * 64, 400) + dense(2 * 400, 400)
    + dense(400, 1),
    # 32 -> 30 -> 15 -> 13 -> 1, minima and maxima
    "IQA_CNN_PLUS_PLUS": conv(1, 8) + conv(8, 32) + dense(64, 128) + dense(128, 512)
    + dense(512, 1),
}  # fmt: skip


def test_bayar2016_has_the_parameters_of_two_classes_and_the_sides_of_its_paper():
    layers = parse(architectures.BAYAR2016)
    assert n_parameters(architectures.BAYAR2016, (128, 128, 1)) == 67_235_985
    sides = [shape[0] for shape in trace_shapes(layers, (227, 227, 1)) if len(shape) == 3]
    assert sides == [227, 223, 112, 112, 56, 56, 56, 28]


@pytest.mark.parametrize("name", NAMES)
def test_parameter_counts_are_those_counted_by_hand_and_by_torch(name):
    layers, shape = getattr(architectures, name), architectures.RECORDS[name].input_shape
    assert n_parameters(layers, shape) == COUNTS[name]
    with torch.device("meta"):  # shapes without values
        module = build_module(layers, shape)
    assert sum(weights.numel() for weights in module.parameters()) == COUNTS[name]


def test_every_network_has_its_input_shape_and_its_count():
    networks = {
        name
        for name, value in vars(architectures).items()
        if name.isupper() and type(value) is str
    }
    assert networks == set(NAMES) == set(COUNTS)


@pytest.mark.parametrize("name", sorted({*NAMES} - {"FORGERY_CHANNEL", "DIQA_STAGE1"}))
def test_networks_end_in_one_output(name):
    layers = parse(getattr(architectures, name))
    assert trace_shapes(layers, architectures.RECORDS[name].input_shape)[-1] == (1,)


def test_first_stages_describe_patches_as_wide_as_second_stages_read():
    for first, second in [
        ("KANG2014", "TID_STAGE2"),
        ("VGG16_STAGE1", "TID_STAGE2"),
        ("SYNTHETIC_STAGE1", "SYNTHETIC_STAGE2"),
        ("FORGERY_CHANNEL", "FORGERY_STAGE2"),
        ("DIQAM", "WADIQAM_STAGE2"),
        ("BIECON_STAGE1", "BIECON_STAGE2"),
        ("DIQA_STAGE1", "DIQA_STAGE2"),
    ]:
        layers = parse(getattr(architectures, first))
        shapes = trace_shapes(layers, architectures.RECORDS[first].input_shape)
        widths = [shape[-1] for shape in shapes if shape[-1] != 1]
        assert widths[-1] == architectures.RECORDS[second].input_shape[2]


def weights_of(name):
    """Network in double precision, and its weights and biases, layer after layer."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = build_module(
            getattr(architectures, name), architectures.RECORDS[name].input_shape
        )
    module = module.double().eval()
    tensors = list(module.state_dict().values())
    return module, list(zip(tensors[::2], tensors[1::2], strict=True))


def images(name, n_samples=3):
    shape = (n_samples, *architectures.RECORDS[name].input_shape)
    return torch.from_numpy(np.random.default_rng(0).normal(size=shape))


def test_kang2014_computes_what_table_5_says():
    module, weights = weights_of("KANG2014")
    batch = images("KANG2014")
    maps = F.conv2d(batch.permute(0, 3, 1, 2), *weights[0])
    assert maps.shape == (3, 50, 26, 26)
    pooled = torch.cat([maps.amin((2, 3)), maps.amax((2, 3))], dim=1)
    described = F.relu(F.linear(F.relu(F.linear(pooled, *weights[1])), *weights[2]))
    torch.testing.assert_close(module.embed(batch, -2), described)
    torch.testing.assert_close(module(batch), F.linear(described, *weights[3]))


@pytest.mark.parametrize(
    ("name", "n_convolutions", "last_hidden"),
    [("SYNTHETIC_STAGE1", [1, 1, 2, 2, 2], torch.relu), ("SYNTHETIC_STAGE2", [2] * 3, torch.tanh)],
)
def test_synthetic_networks_compute_what_table_4_says(name, n_convolutions, last_hidden):
    module, weights = weights_of(name)
    batch = images(name)
    remaining = iter(weights)
    maps = batch.permute(0, 3, 1, 2)
    for n in n_convolutions:
        for _ in range(n):
            maps = F.relu(F.conv2d(maps, *next(remaining), padding=1))
        maps = F.max_pool2d(maps, 2)
    hidden = F.relu(F.linear(maps.flatten(1), *next(remaining)))
    described = last_hidden(F.linear(hidden, *next(remaining)))
    torch.testing.assert_close(module.embed(batch, -2), described)
    torch.testing.assert_close(module(batch), F.linear(described, *next(remaining)))
    assert next(remaining, None) is None


def test_kang2014_reads_the_gray_patches_of_live_too():
    layers = architectures.KANG2014
    module = build_module(layers, (32, 32, 1))
    assert module(torch.zeros(2, 32, 32, 1)).shape == (2, 1)
    assert n_parameters(layers, (32, 32, 1)) == COUNTS["KANG2014"] - 2 * 49 * 50
