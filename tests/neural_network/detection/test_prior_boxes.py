"""Default boxes of SSD300, what they are to find, their loss, and the network's size."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from sk_hyperimage.neural_network import SSD300, RegionDetector
from sk_hyperimage.neural_network.detection._prior_boxes import PriorBoxes
from sk_hyperimage.neural_network.detection._priors import (
    all_overlaps,
    coded,
    corners,
    decoded,
    default_boxes,
    matched,
)

TASK = PriorBoxes(2, 10, 0.05)
Y = torch.zeros(3, 2, 5, dtype=torch.float64)
Y[0, 0] = torch.tensor([10, 20, 130, 140, 1])
Y[0, 1] = torch.tensor([150, 160, 290, 280, 0])
Y[1, 0] = torch.tensor([0, 0, 31, 30, 0])


def test_default_boxes_are_those_of_the_published_settings():
    boxes = default_boxes()
    assert boxes.shape == (8732, 4)
    np.testing.assert_allclose(boxes[:2], [[4, 4, 30, 30], [4, 4, 1800**0.5, 1800**0.5]])
    np.testing.assert_allclose(boxes[2], [4, 4, 30 / 2**0.5, 30 * 2**0.5])
    np.testing.assert_allclose(boxes[-4], [150, 150, 264, 264])
    sixth = boxes[38 * 38 * 4 + 4]  # of the second map, with ratio 1 / 3
    np.testing.assert_allclose(sixth, [8, 8, 60 / 3**0.5, 60 * 3**0.5])


def test_codes_are_undone():
    boxes = Y[0, :, :4]
    priors = default_boxes()[[7000, 8731]]
    np.testing.assert_allclose(decoded(coded(boxes, priors), priors), boxes)
    by_hand = [(70 - priors[0, 0]) / priors[0, 2] / 0.1, np.log(120 / priors[0, 2].item()) / 0.2]
    np.testing.assert_allclose(coded(boxes, priors)[0, [0, 2]], by_hand)


def test_matching_is_that_of_a_loop_by_hand():
    priors = default_boxes()
    for image, places in zip(Y, matched(Y[..., :4], priors, 0.5).numpy(), strict=True):
        expected = np.full(8732, -1)
        for box, row in enumerate(image):
            of_box = all_overlaps(row[None, None, :4], corners(priors))[0, 0]
            expected[(of_box > 0.5).numpy()] = box  # these boxes share no default box
            if of_box.any():
                expected[of_box.argmax()] = box
        np.testing.assert_array_equal(places, expected)
    # A box smaller than all default boxes still has one.
    tiny = torch.tensor([[[100.0, 100, 104, 104]]], dtype=torch.float64)
    assert (matched(tiny, priors, 0.5) >= 0).sum() == 1


def test_loss_counts_matched_boxes_and_three_times_as_many_hard_ones():
    outputs = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 8732, 7)))
    priors = default_boxes()
    places = matched(Y[..., :4], priors, 0.5)
    total = n_positive = 0
    for image, codes, of_image in zip(Y, outputs, places, strict=True):
        positive = of_image >= 0
        rows = image[of_image[positive]]
        total += functional.cross_entropy(codes[positive, :3], rows[:, 4].long(), reduction="sum")
        total += functional.smooth_l1_loss(
            codes[positive, 3:], coded(rows[:, :4], priors[positive]), reduction="sum"
        )
        of_none = -codes[~positive, :3].log_softmax(dim=1)[:, 2]
        total += of_none.sort(descending=True).values[: 3 * positive.sum()].sum()
        n_positive += positive.sum()
    np.testing.assert_allclose(TASK.losses(outputs, Y).mean(), total / n_positive)
    assert TASK.losses(outputs, Y)[2] == 0  # nothing to find, so nothing hard


def test_perfect_outputs_give_the_boxes_back():
    outputs = torch.full((3, 8732, 7), 0.0, dtype=torch.float64)
    outputs[..., 2] = 9
    places = matched(Y[..., :4], default_boxes(), 0.5)
    for image, place in (places >= 0).nonzero().tolist():
        row = Y[image, places[image, place]]
        outputs[image, place, 2], outputs[image, place, int(row[4])] = -9, 9
        outputs[image, place, 3:] = coded(row[:4], default_boxes()[place])
    found = TASK.decode(outputs.numpy())
    assert np.isnan(found[2]).all() and np.isnan(found[0, 2:]).all()
    np.testing.assert_allclose(found[0, :2][found[0, :2, 4].argsort()[::-1], :5], Y[0], atol=1e-9)
    assert TASK.losses(outputs, Y).max() < 0.01


# By hand from the tables of SSD; 21 outputs are those of its own data. Of ResNet-101: the trunk
# without its dense layer, and as many maps.
@pytest.mark.parametrize(
    "trunk, n_kinds, n_parameters",
    [
        ("atrous_vgg16", 8, 24_681_542),
        ("atrous_vgg16", 20, 26_285_486),
        ("resnet101", 8, 46_529_606),
    ],
)
def test_ssd300_has_as_many_parameters_as_published(trunk, n_kinds, n_parameters):
    with torch.device("meta"):
        net = SSD300(trunk, "random")(input_shape=(300, 300, 3), n_outputs=n_kinds)
    assert sum(weights.numel() for weights in net.parameters()) == n_parameters


@pytest.mark.parametrize(
    "layers, shape, said",
    [
        (SSD300(weights="random"), (2, 64, 64, 3), "300 x 300 pixels"),
        (SSD300(weights="random"), (2, 300, 300), "takes RGB samples"),
        (SSD300("vgg19"), (2, 300, 300, 3), "trunk of SSD300 must be one of"),
        (SSD300(weights="V9"), (2, 300, 300, 3), "weights of SSD300"),
        (SSD300(path="nowhere.npz"), (2, 300, 300, 3), "nowhere.npz"),
    ],
)
def test_what_ssd300_cannot_take_is_refused_by_name(layers, shape, said):
    model = RegionDetector(layers, max_epochs=1)
    with pytest.raises((ValueError, FileNotFoundError), match=said):
        model.fit(np.zeros(shape, np.uint8), [1, 2])


@pytest.mark.slow
@pytest.mark.parametrize("trunk", ["atrous_vgg16", "resnet101"])
def test_ssd300_computes_and_takes_a_step_of_training(trunk):
    images = np.random.default_rng(0).integers(0, 256, (2, 300, 300, 3), dtype=np.uint8)
    model = RegionDetector(
        SSD300(trunk, "random"),
        max_epochs=1,
        learning_rate_init=1e-4,
        device="cpu",
        random_state=0,
    )
    y = np.array([[[10, 10, 110, 110, 3]], [[50, 60, 250, 230, 5]]])
    boxes = model.fit(images, y).predict(images[:1])
    maps = model.net_.module_._maps(torch.zeros(1, 300, 300, 3))
    assert [tuple(found.shape[2:]) for found in maps] == [(n, n) for n in (38, 19, 10, 5, 3, 1)]
    assert boxes.shape == (1, 100, 6)
    assert np.isfinite(model.history_[0]["train_loss"])
    assert set(boxes[0, ~np.isnan(boxes[0, :, 0]), 4]) <= {3, 5}
    with pytest.raises(ValueError, match="finds boxes only"):
        model.predict_both(images[:1])
