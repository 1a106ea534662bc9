"""Boxes at the door: one array, whatever was given, and bad boxes refused by name."""

import numpy as np
import pytest

from sk_hyperimage.images._samples import ArraySamples
from sk_hyperimage.utils._boxes import check_boxes, check_detections, pad_boxes

IMAGES = ArraySamples(np.zeros((2, 20, 30, 3), np.uint8))
TWO = np.array([[[0, 0, 20, 30, 1], [2, 3, 4, 9, 0]], [[1, 1, 5, 5, 7], [np.nan] * 5]])


def test_dicts_and_arrays_say_the_same():
    dicts = [
        {"boxes": [[0, 0, 20, 30], [2, 3, 4, 9]], "labels": [1, 0]},
        {"boxes": [[1, 1, 5, 5]], "labels": [7]},
    ]
    np.testing.assert_array_equal(check_boxes(dicts, IMAGES), TWO)
    np.testing.assert_array_equal(check_boxes(TWO, IMAGES), TWO)


def test_images_without_boxes_are_legal():
    assert check_boxes([{"boxes": [], "labels": []}] * 2, IMAGES).shape == (2, 0, 5)
    assert np.isnan(check_boxes(np.full((2, 3, 5), np.nan), IMAGES)).all()


def test_a_label_stands_for_a_box_around_the_image():
    np.testing.assert_array_equal(
        check_boxes([3, 4], IMAGES), [[[0, 0, 20, 30, 3]], [[0, 0, 20, 30, 4]]]
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ([0, 0, 21, 30, 1], r"y\[1\], box 0 is not inside X\[1\], of 20 x 30"),
        ([-1, 0, 20, 30, 1], "not inside"),
        ([5, 5, 5, 9, 1], "no area"),
        ([9, 5, 5, 9, 1], "no area"),
        ([0, 0, 9, 9, 1.5], "whole number"),
        ([0, 0, 9, np.nan, 1], "some NaN"),
        ([0, 0, np.inf, 9, 1], "infinity"),
    ],
)
def test_bad_boxes_are_refused_by_name(row, said):
    with pytest.raises(ValueError, match=said):
        check_boxes([[[0, 0, 9, 9, 1]], [row]], IMAGES)


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (None, "y is None"),
        (TWO[:1], "inconsistent"),
        (TWO[..., :4], "of shape"),
        ([1, np.nan], "NaN"),
        (TWO + 1j, "Complex"),
        ([[["a"] * 5]] * 2, "numbers"),
        ([{"boxes": [[0, 0, 1, 1]], "labels": []}] * 2, "different lengths"),
        ([{"labels": []}] * 2, "dict of boxes, labels"),
    ],
)
def test_what_are_no_boxes_is_refused(y, said):
    with pytest.raises(ValueError, match=said):
        check_boxes(y, IMAGES)


def test_detections_have_a_score_and_may_be_wrong():
    found = [{"boxes": [[5, 5, 5, 99]], "labels": [2], "scores": [0.5]}]
    np.testing.assert_array_equal(check_detections(found), [[[5, 5, 5, 99, 2, 0.5]]])


def test_padding_keeps_the_first_boxes():
    padded = pad_boxes([np.ones((3, 5)), []], 5, max_boxes=2)
    assert padded.shape == (2, 2, 5)
    assert np.isnan(padded[1]).all() and (padded[0] == 1).all()
