"""The network of residual co-occurrences: what it computes, and with which gradients."""

import numpy as np
import pytest
import torch
from skimage.data import astronaut, camera
from sklearn.base import clone

from sk_hyperimage.feature_extraction import PatchExtractor, ResidualCooccurrences, ResidualWords
from sk_hyperimage.images import PatchSequence, Windows
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor, CooccurrenceNetwork
from sk_hyperimage.neural_network._assignment import CPU_SCORES, soft_counts

IMAGES = {
    "gray": camera()[200:240, 200:261, None],
    "colors": astronaut()[40:77, 100:150],
    "smallest": np.random.default_rng(0).integers(0, 256, (7, 7, 1), dtype=np.uint8),
    "flat": np.full((9, 8, 1), 7, dtype=np.uint8),
}
SETTINGS = {
    "defaults": {},
    "ties": {"step": 6},
    "ties at odd places": {"filter_taps": (1, -2, 1), "step": 2},
    "five levels": {"n_levels": 5, "n_pixels": 2, "step": 4},
    "fractions": {"filter_taps": (0.5, -1, 0.5), "step": 2},
    "luma": {"channel": "gray"},
}  # fmt: skip


def net(image, **settings):
    """A network without readout for images of one shape, in double precision."""
    network = CooccurrenceNetwork(**settings)
    return network(input_shape=image.shape, n_outputs=None).double()


def tensor(image):
    return torch.from_numpy(image / 255)[None]


def shares(image, **settings):
    return net(image, **settings)(tensor(image)).detach().numpy()[0]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("image", IMAGES)
def test_hard_assignment_is_the_descriptor_to_the_last_bit(image, settings):
    image, settings = IMAGES[image], SETTINGS[settings]
    expected = ResidualCooccurrences(**settings).fit_transform(image[None])[0]
    hard = {**settings, "assignment": "hard"}
    np.testing.assert_array_equal(shares(image, **hard), expected)
    single = net(image, **hard).float()(tensor(image).float())[0].numpy()
    np.testing.assert_array_equal(single, expected.astype(np.float32))


def test_soft_assignment_becomes_hard_as_it_is_sharpened():
    expected = shares(IMAGES["gray"], assignment="hard")
    apart = [
        np.abs(shares(IMAGES["gray"], sharpness=sharpness) - expected).sum() / 4
        for sharpness in (0.1, 1, 4, 16)
    ]
    assert apart == sorted(apart, reverse=True)
    assert apart[0] > 0.05
    assert apart[-1] < 1e-7


def test_words_and_offsets_are_those_of_the_paper():
    half = net(IMAGES["gray"]).halves["across"]
    words, offsets = half.compared_with(1)
    assert set(np.unique(words.detach().numpy().round(5))) == {-4.5, 0, 4.5}
    assert len(np.unique(words.detach().numpy(), axis=0)) == 81
    torch.testing.assert_close(offsets, -(words**2).sum(1) / 2, rtol=1e-6, atol=1e-6)
    for row in range(4):
        np.testing.assert_array_equal(half.conv1.weight[row, 0, row].detach(), [1, -3, 3, -1])


@pytest.mark.parametrize("assignment", ["hard", "soft"])
def test_the_transposed_image_has_the_same_shares(assignment):
    image = IMAGES["gray"]
    np.testing.assert_allclose(
        shares(image.swapaxes(0, 1), assignment=assignment),
        shares(image, assignment=assignment),
        atol=1e-12,
    )


@pytest.mark.parametrize("assignment", ["hard", "soft"])
def test_the_negative_has_the_words_of_other_sign_and_brightness_none(assignment):
    image = IMAGES["gray"] // 2
    here = shares(image, assignment=assignment)
    negative = shares(255 - image, assignment=assignment).reshape(2, 81)[:, ::-1].ravel()
    np.testing.assert_allclose(negative, here, atol=1e-12)
    np.testing.assert_allclose(shares(image + 10, assignment=assignment), here, atol=1e-12)


def test_filters_set_free_see_brightness():
    image, free = IMAGES["gray"] // 2, net(IMAGES["gray"])
    with torch.no_grad():
        free.halves["across"].conv1.weight += 0.01
    change = (free(tensor(image + 10)) - free(tensor(image))).abs().sum()
    assert change > 0.01


def test_gradients_are_those_of_the_sums():
    image = IMAGES["smallest"] // 8
    soft = CooccurrenceNetwork(n_pixels=2, sharpness=0.02)(input_shape=(7, 7, 1), n_outputs=2)
    soft.double()
    weights = dict(soft.named_parameters())
    batch = torch.from_numpy(np.stack([image, 31 - image]) / 255)
    # Small steps of numerical gradients are to be small in gray levels.
    units = {name: 255.0 ** -("conv2" in name) * 255.0 ** -("2.bias" in name) for name in weights}

    def outputs(*values):
        given = zip(weights, values, strict=True)
        return torch.func.functional_call(soft, {n: units[n] * v for n, v in given}, batch)

    values = [(w / units[n]).detach().requires_grad_() for n, w in weights.items()]
    assert torch.autograd.gradcheck(outputs, values, fast_mode=True)
    soft(batch)[:, 0].prod().backward()
    assert all(weight.grad.abs().max() > 0 for weight in weights.values())


def test_sums_over_many_places_do_not_depend_on_their_portions(monkeypatch):
    rng = torch.Generator().manual_seed(0)
    residuals = torch.randn(3, 4, 50, generator=rng, dtype=torch.float64).requires_grad_()
    words = torch.randn(9, 4, generator=rng, dtype=torch.float64).requires_grad_()
    offsets = torch.randn(9, generator=rng, dtype=torch.float64).requires_grad_()
    wanted = torch.randn(3, 9, generator=rng, dtype=torch.float64)

    def results():
        counts = soft_counts(residuals, words, offsets)
        return [counts, *torch.autograd.grad(counts, (residuals, words, offsets), wanted)]

    whole = results()
    monkeypatch.setattr("sk_hyperimage.neural_network._assignment.CPU_SCORES", 9 * 7)
    for one, other in zip(results(), whole, strict=True):
        torch.testing.assert_close(one, other)
    assert CPU_SCORES > 9 * 7


@pytest.mark.parametrize("assignment", ["hard", "soft"])
def test_windows_share_what_they_compute(assignment):
    image = IMAGES["colors"]
    network = net(image, assignment=assignment)
    windows = Windows.every(5, image.shape[:2], (12, 17))
    together = network.embed_windows(tensor(image), windows, -1)
    patches = windows.cut(image).reshape(-1, 12, 17, 3)
    apart = network(torch.from_numpy(patches / 255))
    torch.testing.assert_close(together, apart, rtol=0, atol=1e-12 * (assignment == "soft"))
    if assignment == "soft":
        for output in (together, apart):
            output.square().sum().backward()
        for name, weight in network.named_parameters():
            once = torch.autograd.grad(
                network.embed_windows(tensor(image), windows, -1).square().sum(), weight
            )[0]
            torch.testing.assert_close(2 * once, weight.grad, msg=name)


def test_overlapping_patches_are_classified_as_by_themselves():
    images = np.stack([IMAGES["gray"], IMAGES["gray"] // 2])
    patches = PatchSequence(PatchExtractor(16, overlap=0.75).fit_transform(images))
    model = CNNClassifier(
        CooccurrenceNetwork(),
        max_epochs=1,
        batch_by="image",
        early_stopping=False,
        random_state=0,
    ).fit(patches, patches.sources)
    np.testing.assert_allclose(
        model.decision_function(patches), model.decision_function(patches[:]), atol=1e-6
    )


def test_the_network_of_section_iv_has_its_number_of_weights():
    def n_weights(network, n_outputs):
        module = network(input_shape=(128, 128, 1), n_outputs=n_outputs)
        return sum(weights.numel() for weights in module.parameters())

    assert n_weights(CooccurrenceNetwork(kernel_size=5), 1) == 1181
    assert n_weights(CooccurrenceNetwork(kernel_size=5), 2) == 1344
    assert n_weights(CooccurrenceNetwork(), 1) == 1073


def test_filters_of_five_hold_rows_across_but_only_pairs_along():
    image = IMAGES["gray"]
    across, along = np.split(shares(image, assignment="hard", kernel_size=5), 2)
    exact = ResidualCooccurrences().fit_transform(image[None])[0]
    np.testing.assert_array_equal(across, exact[:81])
    pairs = ResidualCooccurrences(n_pixels=2).fit_transform(image[None])[0, 9:]
    by_digits = along.reshape(9, 3, 3)
    np.testing.assert_array_equal(by_digits[:, 1, 1], pairs)  # the last two residuals are 0
    assert by_digits.sum() == pytest.approx(by_digits[:, 1, 1].sum())
    assert np.abs(along - exact[81:]).sum() > 0.5


def test_words_of_a_learned_codebook_are_counted_as_the_descriptor_counts_them(rng):
    images = rng.integers(0, 256, (6, 20, 20), dtype=np.uint8) // 8
    words = ResidualWords(n_words=12, random_state=0).fit(images)
    network = CooccurrenceNetwork(words=words.codebooks_, clip=words.clip, assignment="hard")
    module = network(input_shape=(20, 20, 1), n_outputs=None).double()
    counted = module(torch.from_numpy(images[..., None] / 255)).numpy()
    # Of 646 places and 560 one may lie just between two words.
    np.testing.assert_allclose(counted, words.transform(images), atol=2 / 560)


def test_embedding_is_the_descriptor_and_regressors_take_it_too(rng):
    images = rng.integers(0, 256, (12, 10, 10), dtype=np.uint8)
    model = CNNRegressor(CooccurrenceNetwork(assignment="hard"), max_epochs=1, random_state=0)
    model.fit(images, np.arange(12.0))
    expected = ResidualCooccurrences().fit_transform(images)
    np.testing.assert_allclose(model.embed(images), expected, atol=1e-7)
    with pytest.raises(ValueError, match=r"layer=-3.*shares of its words \(-2\)"):
        model.embed(images, layer=-3)


def test_bfloat16_does_not_reach_the_counts():
    image = IMAGES["gray"]
    network = net(image, assignment="hard").float()
    with torch.autocast("cpu", torch.bfloat16):
        outputs = network(tensor(image).float())
    assert outputs.dtype == torch.float32
    torch.testing.assert_close(outputs, network(tensor(image).float()), rtol=0, atol=0)


def test_networks_are_compared_copied_and_hashed_by_their_numbers():
    arrays = {"coef": np.ones((1, 162)), "intercept": np.zeros(1)}
    network = CooccurrenceNetwork([1, -3, 3, -1], **arrays)
    assert network == CooccurrenceNetwork(**arrays)
    assert network != CooccurrenceNetwork()
    assert hash(network) == hash(CooccurrenceNetwork(**arrays))
    assert clone(CNNClassifier(network)).layers == network
    assert "coef" not in repr(network)


REFUSED = {
    "small": ({}, (6, 20, 1), r"at least 7 x 7 pixels, got samples of shape \(6, 20, 1\)"),
    "channels": ({}, (9, 9, 2), r"gray \(1 channel\) and RGB"),
    "assignment": ({"assignment": "firm"}, (9, 9, 1), "assignment must be one of.*'firm'"),
    "channel": ({"channel": "red"}, (9, 9, 1), "channel must be 'green' or 'gray', got 'red'"),
    "sharpness": ({"sharpness": 0}, (9, 9, 1), "sharpness must be positive, got 0"),
    "levels": ({"n_levels": 4}, (9, 9, 1), "odd n_levels"),
    "kernel": ({"kernel_size": 3}, (9, 9, 1), "kernel_size=3"),
    "coef alone": ({"coef": np.ones((1, 162))}, (9, 9, 1), "coef and intercept, or neither"),
    "coef": (
        {"coef": np.ones((1, 161)), "intercept": [0]},
        (9, 9, 1),
        r"coef .* shape \(1, 162\), for 1 outputs and 162 words, got \(1, 161\)",
    ),
    "words": ({"words": np.ones((2, 5, 3))}, (9, 9, 1), r"\(2, n_words, 4\).*got \(2, 5, 3\)"),
    "factors": ({"rate_factors": (1, 1)}, (9, 9, 1), "four numbers"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_by_name(case):
    settings, shape, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        CooccurrenceNetwork(**settings)(input_shape=shape, n_outputs=1)
