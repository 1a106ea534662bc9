"""Published networks: their sizes, names and values, and weights from files."""

import pickle

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from sk_hyperimage.neural_network import CNNRegressor, PretrainedNetwork
from sk_hyperimage.neural_network.trunks import NETWORKS, outline, read_trunk
from sk_hyperimage.neural_network.trunks._plain import ALEXNET, PlainTrunk
from sk_hyperimage.neural_network.trunks._resnet import ResNet
from sk_hyperimage.persistence import load_model, save_model

# By torchvision's documentation; that of NiN is the sum over its paper's Caffe layers.
N_PARAMETERS = {
    "alexnet": 61_100_840,
    "vgg16": 138_357_544,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "nin": 7_595_176,
}
BLOCKS = {"resnet50": (3, 4, 6, 3), "resnet101": (3, 4, 23, 3)}


def convolutions(*widths_sizes_strides_paddings):
    """Convolutions with ReLUs, and what stands between them, numbered by nn.Sequential."""
    layers, n_channels = [], 3
    for given in widths_sizes_strides_paddings:
        if isinstance(given, nn.Module):
            layers.append(given)
        else:
            layers += [nn.Conv2d(n_channels, *given), nn.ReLU()]
            n_channels = given[0]
    return nn.Sequential(*layers)


def alexnet(n_units=4096):
    pool, drop = nn.MaxPool2d(3, 2), nn.Dropout()
    net = nn.Module()
    net.features = convolutions(
        (64, 11, 4, 2), pool, (192, 5, 1, 2), pool, (384, 3, 1, 1), (256, 3, 1, 1),
        (256, 3, 1, 1), pool,
    )  # fmt: skip
    net.cells = nn.AdaptiveAvgPool2d(6)
    net.classifier = nn.Sequential(
        drop, nn.Linear(256 * 36, n_units), nn.ReLU(),
        drop, nn.Linear(n_units, n_units), nn.ReLU(), nn.Linear(n_units, 1000),
    )  # fmt: skip
    return net


def vgg16():
    widths = [64, 64, 0, 128, 128, 0, *[256] * 3, 0, *[512] * 3, 0, *[512] * 3, 0]
    net = nn.Module()
    net.features = convolutions(*[(w, 3, 1, 1) if w else nn.MaxPool2d(2) for w in widths])
    net.classifier = nn.Sequential(
        nn.Linear(512 * 49, 4096), nn.ReLU(), nn.Dropout(),
        nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 1000),
    )  # fmt: skip
    return net


def nin():
    pool = nn.MaxPool2d(3, 2, ceil_mode=True)
    net = nn.Module()
    net.features = convolutions(
        (96, 11, 4), (96, 1), (96, 1), pool, (256, 5, 1, 2), (256, 1), (256, 1), pool,
        (384, 3, 1, 1), (384, 1), (384, 1), pool, nn.Dropout(),
        (1024, 3, 1, 1), (1024, 1), (1000, 1),
    )  # fmt: skip
    return net


IN_A_ROW = {"alexnet": alexnet, "vgg16": vgg16, "nin": nin}


def norm(name, width):
    shapes = dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (width,))
    return {
        f"{name}.{key}": shape for key, shape in (shapes | {"num_batches_tracked": ()}).items()
    }


def resnet_shapes(blocks):
    """Names and shapes of torchvision's ResNets, by their rule."""
    shapes = {"conv1.weight": (64, 3, 7, 7), **norm("bn1", 64)}
    n_inputs = 64
    for layer, n_blocks in enumerate(blocks, 1):
        width = 32 * 2**layer
        for k in range(n_blocks):
            block = f"layer{layer}.{k}"
            filters = {1: (width, n_inputs, 1), 2: (width, width, 3), 3: (4 * width, width, 1)}
            for index, (n_filters, n_channels, size) in filters.items():
                shapes[f"{block}.conv{index}.weight"] = (n_filters, n_channels, size, size)
                shapes |= norm(f"{block}.bn{index}", n_filters)
            if k == 0:
                shapes[f"{block}.downsample.0.weight"] = (4 * width, n_inputs, 1, 1)
                shapes |= norm(f"{block}.downsample.1", 4 * width)
            n_inputs = 4 * width
    return shapes | {"fc.weight": (1000, 2048), "fc.bias": (1000,)}


def shapes_of(module):
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


@pytest.mark.parametrize("name", N_PARAMETERS)
def test_sizes_and_names_are_those_of_torchvision(name):
    net = outline(name)
    assert sum(weights.numel() for weights in net.parameters()) == N_PARAMETERS[name]
    with torch.device("meta"):
        expected = shapes_of(IN_A_ROW[name]()) if name in IN_A_ROW else resnet_shapes(BLOCKS[name])
    assert shapes_of(net) == expected


def randomized(net, seed=0):
    """The network in float64 with weights and statistics at random."""
    generator = torch.Generator().manual_seed(seed)
    net = net.double().eval()
    for name, tensor in net.state_dict().items():
        if name.endswith("running_var"):
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
        elif tensor.is_floating_point():
            fan_in = tensor[0].numel() if tensor.ndim > 1 else 25
            tensor.copy_(torch.randn(tensor.shape, generator=generator) * fan_in**-0.5)
    return net


def images_of(*shape):
    return torch.from_numpy(np.random.default_rng(0).random(shape))


@pytest.mark.parametrize(
    "name, layer, n_modules, shape",
    [
        ("alexnet", "conv1", 2, (63, 70)),
        ("alexnet", "conv5", 12, (70, 95)),
        ("vgg16", "conv3_1", 12, (32, 41)),
        ("nin", "conv1", 2, (39, 52)),
        ("nin", "cccp6", 20, (70, 39)),
    ],
)
def test_convolutions_compute_what_their_modules_in_a_row_do(name, layer, n_modules, shape):
    with torch.device("meta"):
        features = IN_A_ROW[name]().features[:n_modules]
    features = randomized(features.to_empty(device="cpu"))
    net = outline(name).eval()
    weights = {f"features.{key}": tensor for key, tensor in features.state_dict().items()}
    net.load_state_dict(weights, strict=False, assign=True)
    maps = images_of(2, 3, *shape)
    with torch.no_grad():
        np.testing.assert_allclose(net.maps(maps, layer), features(maps), atol=1e-12)


def test_dense_layers_and_outputs_are_computed_as_in_torchvision():
    net = randomized(PlainTrunk(ALEXNET._replace(n_units=6), 1000, None, 0.5))
    theirs = alexnet(n_units=6).double().eval()
    theirs.load_state_dict(net.state_dict())
    maps = images_of(2, 3, 80, 99)
    with torch.no_grad():
        units = theirs.cells(theirs.features(maps)).flatten(1)
        np.testing.assert_allclose(net.maps(maps, "fc6"), theirs.classifier[:3](units), atol=1e-12)
        np.testing.assert_allclose(
            net(maps.permute(0, 2, 3, 1)), theirs.classifier(units), atol=1e-12
        )


def test_outputs_of_network_in_network_are_means_over_all_places():
    net = randomized(NETWORKS["nin"].trunk(3))
    maps = images_of(1, 3, 71, 71)
    with torch.no_grad():
        last = net.features["26"](net.maps(maps, "cccp7"))
        np.testing.assert_allclose(net.maps(maps, "cccp8"), last.mean(dim=(2, 3)), atol=1e-12)


def resnet_by_hand(weights, maps, blocks):
    """A residual network in torch's functions, from weights by their names."""

    def normalized(maps, name):
        mean, var, weight, bias = (
            weights[f"{name}.{key}"] for key in ("running_mean", "running_var", "weight", "bias")
        )
        return functional.batch_norm(maps, mean, var, weight, bias)

    def block(maps, name, stride):
        shortcut, conv = maps, functional.conv2d
        if f"{name}.downsample.0.weight" in weights:
            shortcut = conv(maps, weights[f"{name}.downsample.0.weight"], stride=stride)
            shortcut = normalized(shortcut, f"{name}.downsample.1")
        maps = normalized(conv(maps, weights[f"{name}.conv1.weight"]), f"{name}.bn1").relu()
        maps = conv(maps, weights[f"{name}.conv2.weight"], stride=stride, padding=1)
        maps = normalized(maps, f"{name}.bn2").relu()
        maps = normalized(conv(maps, weights[f"{name}.conv3.weight"]), f"{name}.bn3")
        return (maps + shortcut).relu()

    maps = functional.conv2d(maps, weights["conv1.weight"], stride=2, padding=3)
    maps = functional.max_pool2d(normalized(maps, "bn1").relu(), 3, 2, 1)
    for layer, n_blocks in enumerate(blocks, 1):
        for k in range(n_blocks):
            maps = block(maps, f"layer{layer}.{k}", 2 if layer > 1 and k == 0 else 1)
    pooled = maps.mean(dim=(2, 3))
    return pooled, functional.linear(pooled, weights["fc.weight"], weights["fc.bias"])


def test_residual_networks_compute_what_functions_by_hand_do():
    blocks = (1, 2, 1, 1)  # two blocks in a row, the first with a stride, as in every layer
    net = randomized(ResNet(blocks, 5, None, 0.5))
    maps = images_of(2, 3, 33, 50)
    with torch.no_grad():
        pooled, outputs = resnet_by_hand(net.state_dict(), maps, blocks)
        np.testing.assert_allclose(net.maps(maps, "pool"), pooled, atol=1e-11)
        np.testing.assert_allclose(net(maps.permute(0, 2, 3, 1)), outputs, atol=1e-11)


# Of torchvision 0.28.0, with weights by a rule: mean, maximum and its place, number above zero.
@pytest.mark.slow
@pytest.mark.parametrize(
    "name, layer, size, expected, rtol",
    [
        ("alexnet", "fc6", 227, (0.00318757193, 0.01037471198, 498, 2047), 1e-6),
        ("resnet50", "pool", 224, (0.006887291733, 0.02092110321, 1191, 1186), 1e-9),
    ],
)
def test_values_are_those_of_torchvision(name, layer, size, expected, rtol):
    net = NETWORKS[name].trunk().double().eval()
    for k, (key, tensor) in enumerate(sorted(net.state_dict().items())):
        i = torch.arange(tensor.numel(), dtype=torch.float64).reshape(tensor.shape)
        if key.endswith("running_var"):
            tensor.fill_(1)
        elif key.endswith(("running_mean", "bias")):
            tensor.copy_(0.01 * torch.sin(i + k))
        elif tensor.is_floating_point():
            scale = 0.25 if tensor.ndim == 1 else (2 / tensor[0].numel()) ** 0.5
            tensor.copy_(scale if tensor.ndim == 1 else torch.cos(0.37 * i + k) * scale)
    x = torch.arange(size, dtype=torch.float64)
    maps = [torch.sin(x[None] / 7 + c) * torch.cos(x[:, None] / 5 - c) for c in range(3)]
    with torch.inference_mode():
        units = net.maps(torch.stack(maps)[None], layer)[0]
    np.testing.assert_allclose([units.mean(), units.max()], expected[:2], rtol=rtol)
    assert (int(units.argmax()), int((units > 0).sum())) == expected[2:]


def save(state, path):
    """A file of constant tensors that takes no space on disk."""
    torch.save({key: torch.tensor(0.01).expand(shape) for key, shape in state.items()}, path)


@pytest.fixture
def file(tmp_path):
    """A file of weights that names one network."""

    def make(name, change=lambda shapes: shapes):
        path = tmp_path / f"{name}.pth"
        save(change(shapes_of(outline(name))), path)
        return path

    return make


@pytest.mark.parametrize(
    "network, of_file, change, message",
    [
        ("resnet50", "resnet101", {}, r"resnet101\.pth' are not those of resnet50: resnet50 has "
         r"no 'layer3\.6\.conv1\.weight', .* more; resnet101 has them"),
        ("alexnet", "vgg16", {}, r"'features\.0\.weight' has shape \(64, 3, 3, 3\), not \(64, 3, "
         r"11, 11\); vgg16 has them"),
        ("vgg16", "vgg16", {"features.2.bias": None}, r"no tensor 'features\.2\.bias'"),
        ("vgg16", "vgg16", {"features.2.bias": (63,)}, r"'features\.2\.bias' has shape \(63,\)"),
        ("nin", "nin", {"fc.bias": (2,)}, r"nin has no 'fc\.bias'"),
    ],
)  # fmt: skip
def test_files_of_other_networks_are_refused_by_name(network, of_file, change, message, file):
    def changed(shapes):
        return {k: shape for k, shape in (shapes | change).items() if shape is not None}

    with pytest.raises(ValueError, match=message):
        read_trunk(network, NETWORKS[network].layer, file(of_file, changed))


def test_truncated_files_and_infinite_weights_are_refused_by_name(file):
    path = file("nin")
    state = torch.load(path, weights_only=True)
    torch.save(state | {"features.4.bias": torch.full((96,), torch.inf)}, path)
    with pytest.raises(ValueError, match=r"nin\.pth' are not all finite at 'features\.4\.bias'"):
        read_trunk("nin", "cccp7", path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match=r"nin\.pth"):
        read_trunk("nin", "cccp7", path)


def test_what_is_not_needed_may_be_missing_or_of_another_task(file):
    def of_another_task(shapes):
        counts = [key for key in shapes if key.endswith("num_batches_tracked")]
        shapes = {key: shape for key, shape in shapes.items() if key not in counts}
        return shapes | {"fc.weight": (7, 2048), "fc.bias": (7,)}

    read = read_trunk("resnet50", "pool", file("resnet50", of_another_task))
    assert set(read) == {key for key in resnet_shapes(BLOCKS["resnet50"]) if key[:3] != "fc."} - {
        key for key in outline("resnet50").state_dict() if key.endswith("num_batches_tracked")
    }
    first = read_trunk(
        "vgg16", "conv1_1", file("vgg16", lambda shapes: dict(list(shapes.items())[:2]))
    )
    assert list(first) == ["features.0.weight", "features.0.bias"]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """Network in Network, the smallest, fine-tuned behind a layer; images, scores and weights."""
    path = tmp_path_factory.mktemp("weights") / "nin.npz"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        state = NETWORKS["nin"].trunk().state_dict()
    np.savez(path, **{name: tensor.numpy() for name, tensor in state.items()})
    images = np.random.default_rng(0).random((4, 39, 40, 3), dtype=np.float32)
    images *= np.linspace(0.2, 1, 4, dtype=np.float32)[:, None, None, None]
    model = CNNRegressor(
        PretrainedNetwork("nin", path=path, frozen="cccp4", dropout=0),
        max_epochs=1, early_stopping=False, random_state=0,
    ).fit(images, np.arange(4.0))  # fmt: skip
    path.unlink()
    return model, images, state


def test_training_changes_all_but_what_is_frozen(tuned):
    model, _, state = tuned
    unchanged = {k for k, value in model.weights_.items() if np.array_equal(value, state[k])}
    kept = [f"features.{k}.{kind}" for k in (0, 2, 4, 7, 9, 11) for kind in ("weight", "bias")]
    assert unchanged == set(kept)
    assert model.weights_["features.26.weight"].shape == (1, 1024, 1, 1)


def test_fitted_networks_need_no_file(tuned, tmp_path):
    model, images, _ = tuned
    predicted = model.predict(images)
    assert np.ptp(predicted) > 0
    save_model(model, tmp_path / "model")
    np.testing.assert_array_equal(load_model(tmp_path / "model").predict(images), predicted)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(images), predicted)
    assert model.embed(images).shape == (4, 1, 1, 1024)


def test_weights_of_a_tuned_network_are_initial_weights_of_another(tuned):
    model, images, _ = tuned
    again = CNNRegressor(
        PretrainedNetwork("nin"), initial_weights=model.weights_, max_epochs=0, random_state=0
    ).fit(images, np.arange(4.0))
    np.testing.assert_array_equal(again.predict(images), model.predict(images))


def test_frozen_batch_normalization_keeps_its_statistics():
    net = ResNet((1, 1, 1, 1), 1, None, 0.5)
    net.freeze("layer2")
    before = {key: tensor.clone() for key, tensor in net.state_dict().items()}
    net.train()(images_of(2, 40, 40, 3).float())
    changed = {
        k.split(".")[0] for k, tensor in net.state_dict().items() if (tensor != before[k]).any()
    }
    assert changed == {"layer3", "layer4"}
    trained = {
        name.split(".")[0] for name, weights in net.named_parameters() if weights.requires_grad
    }
    assert trained == {"layer3", "layer4", "fc"}


@pytest.mark.parametrize(
    "parameters, shape, message",
    [
        (("lenet",), (64, 64, 3), "network must be one of alexnet, .*'lenet'"),
        (("alexnet", "IMAGENET1K_V2"), (64, 64, 3), r"weights of PretrainedNetwork\('alexnet'\)"),
        (("nin",), (64, 64, 3), "needs the `path`"),
        (("nin", None, "x", "fc6"), (64, 64, 3), "no layer 'fc6'; its layers are conv1, cccp1"),
        (("nin", None, "x", None, 1.0), (64, 64, 3), r"dropout .* \[0, 1\), got 1.0"),
        (("nin", None, "x"), (64, 64, 1), r"RGB samples, got samples of shape \(64, 64, 1\)"),
        (("nin", None, "x"), (64, 38, 3), "at least 39 x 39 pixels"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(parameters, shape, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        PretrainedNetwork(*parameters)(input_shape=shape, n_outputs=1)


@pytest.mark.parametrize("name", IN_A_ROW)
def test_the_smallest_images_are_the_smallest_that_leave_something(name):
    side, net = NETWORKS[name].least_side, outline(name).eval()
    maps = torch.empty(1, 3, side, side, device="meta")
    assert net.maps(maps, net.names()[-1]).shape == (1, 1000)
    with pytest.raises(RuntimeError, match="too small"):
        net.maps(maps[..., 1:], net.names()[-1])
