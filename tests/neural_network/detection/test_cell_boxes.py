"""Boxes told by cells: their targets by hand, and perfect outputs that give the boxes back."""

import numpy as np
import pytest
import torch

from sk_hyperimage.neural_network.detection._cells import CellBoxes, overlaps
from sk_hyperimage.neural_network.detection._suppression import suppress
from sk_hyperimage.neural_network.training._augmentation import moved

TASK = CellBoxes(2, 10, 0.05, stride=8)


def tensor(boxes):
    return torch.tensor(TASK.encode(np.array(boxes, dtype=float), np.float64))


def perfect(target, n_rows, n_cols):
    """Outputs whose kinds, distances and fit are right in every cell."""
    shares = TASK._shares(target, n_rows, n_cols)
    boxes, weight = TASK._boxes_of_cells(target, n_rows, n_cols)
    centers = [(torch.arange(n) + 0.5) * 8 for n in (n_rows, n_cols)]
    grid = torch.stack(torch.meshgrid(*centers, indexing="ij"), dim=2)
    distances = torch.cat([grid - boxes[..., :2], boxes[..., 2:] - grid], dim=3)
    fit = torch.where(weight > 0, 9.0, -9.0)[..., None]
    logits = torch.where(shares > 0.5, 9.0, -9.0)
    return torch.cat([logits, (distances.clamp(min=1e-3) / 8).log(), fit], dim=3)


def test_shares_of_cells_are_those_counted_by_hand():
    # One box over half of the first column of cells, another of the other kind inside one cell.
    shares = TASK._shares(tensor([[[0, 0, 16, 4, 1], [17, 10, 21, 14, 0]]]), 3, 2)[0]
    expected = np.zeros((3, 2, 3))
    expected[..., 2] = 1
    expected[:2, 0] = 0, 0.5, 0.5
    expected[2, 1] = 0.25, 0, 0.75
    np.testing.assert_allclose(shares, expected)


def test_boxes_in_the_same_place_share_its_area():
    shares = TASK._shares(tensor([[[0, 0, 8, 8, 0], [0, 0, 8, 8, 1]]]), 1, 1)
    np.testing.assert_allclose(shares.ravel(), [0.5, 0.5, 0])


def test_a_cell_finds_the_smallest_box_around_its_center_and_a_tiny_box_has_a_cell():
    large, small, tiny = [0, 0, 24, 24, 0], [8, 8, 24, 24, 1], [1, 26, 3, 28, 0]
    boxes, weight = TASK._boxes_of_cells(tensor([[large, small, tiny, [np.nan] * 5]]), 3, 4)
    np.testing.assert_array_equal(boxes[0, 1, 1], small[:4])
    np.testing.assert_array_equal(boxes[0, 0, 1], large[:4])
    np.testing.assert_array_equal(boxes[0, 0, 3], tiny[:4])
    np.testing.assert_allclose(
        weight[0], np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 1, 0]]) / 10
    )


def test_perfect_outputs_give_the_boxes_back_and_have_next_to_no_loss():
    y = np.full((2, 3, 5), np.nan)
    y[0, 0], y[0, 2] = [3, 5, 43, 61, 1], [50, 8, 64, 30, 0]
    outputs = perfect(tensor(y), 8, 8)
    found = TASK.decode(outputs.numpy())
    assert np.isnan(found[1]).all() and np.isnan(found[0, 2:]).all()
    rows = found[0, :2][found[0, :2, 4].argsort()]
    np.testing.assert_allclose(rows[:, :5], y[0, [2, 0]], atol=1e-6)
    assert (rows[:, 5] > 0.99).all()
    # What is left is the log loss of cells that kinds share.
    assert TASK.losses(outputs, tensor(y))[1] < 1e-6


def test_of_images_without_boxes_the_kinds_alone_count():
    outputs = torch.zeros(1, 2, 2, 8, dtype=torch.float64, requires_grad=True)
    loss = TASK.losses(outputs, tensor(np.zeros((1, 0, 5))))
    np.testing.assert_allclose(loss.item(), np.log(3))
    loss.sum().backward()
    assert outputs.grad[..., 3:].abs().max() == 0


def test_generalized_intersection_over_union_is_that_of_known_cases():
    found = torch.tensor([[0.0, 0, 2, 2], [0, 0, 1, 1], [0, 0, 4, 4]])
    true = torch.tensor([[1.0, 1, 3, 3], [2, 2, 3, 3], [0, 0, 4, 4]])
    shared, generalized = overlaps(found, true)
    np.testing.assert_allclose(shared, [1 / 7, 0, 1])
    np.testing.assert_allclose(generalized, [1 / 7 - 2 / 9, -7 / 9, 1], rtol=1e-6)


@pytest.mark.parametrize("shape", [(8, 8), (6, 9)])
def test_boxes_move_with_their_images(shape):
    n_codes = 8 if shape[0] == shape[1] else 4
    image = np.zeros((*shape, 1))
    image[1:3, 2:6] = 1
    codes = np.arange(n_codes)
    target = np.tile([[[1, 2, 3, 6, 1.0]]], (n_codes, 1, 1))
    images = moved(torch.tensor(image).expand(n_codes, *image.shape), codes).numpy()
    for flipped, (box,) in zip(images, TASK.moved(target, codes, image.shape), strict=True):
        rows, cols, _ = np.nonzero(flipped)
        assert box.tolist() == [rows.min(), cols.min(), rows.max() + 1, cols.max() + 1, 1]


def test_suppression_keeps_the_best_and_other_kinds_and_boxes_vote():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 12], [20, 20, 30, 30], [0, 0, 10, 10]], float)
    scores = np.array([0.8, 0.4, 0.3, 0.9])
    codes = np.array([0, 0, 0, 1])
    kept, places = suppress(boxes, scores, codes, overlap=0.5, n_most=9)
    assert kept.tolist() == [3, 0, 2]
    np.testing.assert_array_equal(places, boxes[kept])
    _, places = suppress(boxes, scores, codes, overlap=0.5, n_most=2, agreeing=0.8)
    np.testing.assert_allclose(places[1], [0, 0, 10, (10 * 0.64 + 12 * 0.16) / 0.8])
