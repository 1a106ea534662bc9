"""Displays of boxes and of the scores of detections."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from sk_hyperimage.inspection import (  # noqa: E402
    DetectionBySizeDisplay,
    DetectionCurveDisplay,
    DetectionDisplay,
)
from sk_hyperimage.metrics import detection_curve  # noqa: E402

IMAGE = np.zeros((30, 40, 3))
TRUE = [[5, 10, 20, 30, 0], [np.nan] * 5]
FOUND = [[6, 10, 20, 30, 0, 0.9], [0, 0, 5, 5, 1, 0.3]]


class Finder:
    def predict(self, X):
        return np.array([FOUND] * len(X))


def test_boxes_lie_around_their_pixels_and_say_what_they_are():
    display = DetectionDisplay.from_estimator(
        Finder(), IMAGE, TRUE, target_names=["blur", "jpeg"], score_threshold=0.2
    )
    (true,), (first, second) = display.true_boxes_, display.found_boxes_
    assert true.get_bbox().extents.tolist() == [9.5, 4.5, 29.5, 19.5]
    assert true.get_linestyle() == "--" and first.get_linestyle() == "-"
    assert true.get_edgecolor() == first.get_edgecolor() != second.get_edgecolor()
    assert [text.get_text() for text in display.ax_.texts] == ["blur 0.90", "jpeg 0.30"]
    alone = DetectionDisplay(IMAGE, TRUE).plot(box_kwargs={"lw": 5})
    assert alone.true_boxes_[0].get_linewidth() == 5
    assert [text.get_text() for text in alone.ax_.texts] == ["0"]


def test_bad_boxes_and_labels_without_names_are_refused():
    with pytest.raises(ValueError, match="none for label 1"):
        DetectionDisplay(IMAGE, y_pred=FOUND, target_names=["blur"], score_threshold=0).plot()
    with pytest.raises(ValueError, match="y_true must be of shape"):
        DetectionDisplay(IMAGE, FOUND).plot()


def test_curves_are_those_of_the_metric():
    pytest.importorskip("faster_coco_eval")
    display = DetectionCurveDisplay.from_estimator(
        Finder(), [IMAGE] * 2, [TRUE] * 2, target_names=["blur", "jpeg"], iou_threshold=0.75
    )
    precision, recall, _ = detection_curve([TRUE] * 2, [FOUND] * 2, label=0, iou_threshold=0.75)
    (line,) = display.lines_
    np.testing.assert_array_equal(line.get_data(), [recall, precision])
    assert [text.get_text() for text in display.legend_.get_texts()] == ["blur: 1.00"]
    assert display.legend_.get_title().get_text() == "AP at IoU 0.75"


def test_sizes_have_a_line_for_each_model():
    pytest.importorskip("faster_coco_eval")
    nothing = np.full((1, 1, 6), np.nan)
    display = DetectionBySizeDisplay.from_predictions(
        [TRUE], {"a": [FOUND], "b": nothing}, sides=[0, 10, 20], iou_threshold=0.5
    )
    first, second = display.lines_
    np.testing.assert_allclose(first.get_data(), [[5, 15], [np.nan, 1]])
    np.testing.assert_allclose(second.get_ydata(), [np.nan, 0])
