"""Average precision of detections: by hand, by pycocotools, and where it is not defined."""

import contextlib
import io
from importlib.util import find_spec

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.model_selection import cross_validate

from sk_hyperimage.metrics import (
    detection_by_size,
    detection_curve,
    detection_scorers,
    mean_average_precision,
)
from sk_hyperimage.metrics._voc import area_under, precision_and_recall, voc_hits
from sk_hyperimage.utils._boxes import box_iou, pad_boxes

needs_coco = pytest.mark.skipif(
    find_spec("faster_coco_eval") is None, reason="faster-coco-eval is not installed"
)
RULES = ["voc2007", "all", pytest.param("coco", marks=needs_coco)]


@pytest.fixture
def random_boxes(rng):
    """Boxes of 30 images, and detections that are near some of them; ties among the scores."""
    true, found = [], []
    for _ in range(30):
        n = rng.integers(0, 6)
        starts, sides = rng.integers(0, 60, (n, 2)), rng.integers(5, 40, (n, 2))
        boxes = np.hstack([starts, starts + sides])
        labels = rng.choice([0, 2, 7], n)
        true.append(np.column_stack([boxes, labels]))
        again = np.repeat(np.arange(n), 2)
        near = boxes[again] + rng.integers(-4, 5, (len(again), 4))
        wrong = rng.random(len(again)) < 0.2
        names = np.where(wrong, rng.choice([0, 2, 7, 9], len(again)), labels[again])
        found.append(np.column_stack([near, names, rng.integers(0, 40, len(again)) / 40]))
    return pad_boxes(true, 5), pad_boxes(found, 6)


def listed(hits, n_true, rule):
    """Average precision of detections in the order of their scores, in images of their own."""
    box = [0, 0, 10, 10, 1]
    true = [[box]] * n_true + [[]] * len(hits)
    found = [[] for _ in true]
    free = iter(range(n_true))
    for rank, hit in enumerate(hits):
        found[next(free) if hit else n_true + rank] = [[*box, -rank]]
    y_true, y_pred = pad_boxes(true, 5), pad_boxes(found, 6)
    return mean_average_precision(y_true, y_pred, interpolation=rule)


@needs_coco
@pytest.mark.parametrize(
    ("hits", "n_true", "eleven", "coco", "every"),
    [
        ([1], 2, 0.5455, 0.5050, 0.5),
        ([0, 1], 2, 0.2727, 0.2525, 0.25),
        ([1, 0, 1], 2, 0.8485, 0.8350, 0.8333),
        ([1, 0, 0, 1], 2, 0.7727, 0.7525, 0.75),
        ([1, 1, 1], 4, 0.7273, 0.7525, 0.75),
    ],
)
def test_average_precision_is_that_worked_out_by_hand(hits, n_true, eleven, coco, every):
    scores = [listed(hits, n_true, rule) for rule in ("voc2007", "coco", "all")]
    np.testing.assert_allclose(scores, [eleven, coco, every], atol=5e-5)


def pycocotools_evaluation(y_true, y_pred, thresholds):
    coco = pytest.importorskip("pycocotools.coco")
    from pycocotools.cocoeval import COCOeval

    def rows(boxes):
        for image, some in enumerate(boxes):
            for row0, col0, row1, col1, label, *score in some[~np.isnan(some[:, 0])].tolist():
                sides = [col1 - col0, row1 - row0]
                row = {"image_id": image, "category_id": int(label), "bbox": [col0, row0, *sides]}
                yield row | {"area": sides[0] * sides[1], "iscrowd": 0, "score": (score or [0])[0]}

    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco.COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": image} for image in range(len(y_true))],
            "categories": [{"id": label} for label in (0, 2, 7, 9)],
            "annotations": [{**row, "id": n} for n, row in enumerate(rows(y_true), 1)],
        }
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(list(rows(y_pred))), "bbox")
        evaluation.params.iouThrs = np.asarray(thresholds)
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation


@needs_coco
def test_numbers_are_those_of_pycocotools(random_boxes):
    y_true, y_pred = random_boxes
    evaluation = pycocotools_evaluation(y_true, y_pred, np.linspace(0.5, 0.95, 10))
    expected = evaluation.eval["precision"][..., 0, -1]
    by_label = np.where(expected < 0, np.nan, expected).mean(axis=1)
    for threshold, row in ((0.5, 0), (0.75, 5), (0.9, 8)):
        found = mean_average_precision(y_true, y_pred, iou_threshold=threshold, average=None)
        np.testing.assert_allclose(found, by_label[row], atol=1e-12)
    assert np.isnan(by_label[0]).tolist() == [False, False, False, True]
    mean = mean_average_precision(y_true, y_pred, iou_threshold="coco")
    assert mean == pytest.approx(np.nanmean(by_label), abs=1e-12)
    assert 0.2 < mean < 0.8

    areas = np.square([0, 15, 25, 90])
    evaluation.params.areaRng = list(zip(areas[:-1], areas[1:], strict=True))
    evaluation.params.areaRngLbl = ["s", "m", "l"]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.evaluate()
        evaluation.accumulate()
    scores = detection_by_size(y_true, y_pred, sides=[0, 15, 25, 90], iou_threshold=0.5)
    precision = evaluation.eval["precision"][0, ..., -1].mean(axis=0)[:3]
    np.testing.assert_allclose(scores.average_precision, precision.mean(axis=0), atol=1e-12)
    recall = evaluation.eval["recall"][0, ..., -1][:3].mean(axis=0)
    np.testing.assert_allclose(scores.recall, recall, atol=1e-12)
    assert scores.n_true.min() > 5


@needs_coco
def test_the_curve_ends_at_the_recall_of_pycocotools(random_boxes):
    y_true, y_pred = random_boxes
    evaluation = pycocotools_evaluation(y_true, y_pred, [0.75])
    for label, column in ((0, 0), (2, 1), (7, 2)):
        precision, recall, scores = detection_curve(
            y_true, y_pred, label=label, iou_threshold=0.75
        )
        assert recall[-1] == pytest.approx(evaluation.eval["recall"][0, column, 0, -1])
        assert (np.diff(recall) >= 0).all() and (np.diff(scores) <= 0).all()
        assert len(precision) == np.count_nonzero(y_pred[..., 4] == label)
    pooled = detection_curve(y_true, y_pred, iou_threshold=0.75)[1]
    n_hits = [len(np.flatnonzero(image["dtMatches"])) for image in evaluation.evalImgs
              if image is not None and image["aRng"] == [0, 1e10]]  # fmt: skip
    assert pooled[-1] == pytest.approx(sum(n_hits) / np.count_nonzero(~np.isnan(y_true[..., 0])))


def test_rules_of_voc_agree_with_a_loop_written_from_their_description(random_boxes):
    y_true, y_pred = random_boxes
    for label in (0.0, 2.0, 7.0):
        rows = [(-row[5], image, place, row) for image, some in enumerate(y_pred)
                for place, row in enumerate(some) if row[4] == label]  # fmt: skip
        done, expected = set(), []
        for _, image, _, row in sorted(rows, key=lambda r: r[:3]):
            candidates = [(overlap(row, box), -n) for n, box in enumerate(y_true[image])
                          if box[4] == label]  # fmt: skip
            best, n = max(candidates, default=(0, 0))
            expected.append(best > 0.5 and (image, n) not in done)
            if best > 0.5:
                done.add((image, n))
        hits = voc_hits(y_true, y_pred, label, 0.5)
        assert hits.tolist() == expected and hits.any() and not hits.all()


def overlap(a, b):
    def pixels(box):
        rows, cols = (range(int(box[k]), int(box[k + 2])) for k in (0, 1))
        return {(row, col) for row in rows for col in cols}

    first, second = pixels(a), pixels(b)
    return len(first & second) / max(1, len(first | second))


def test_overlap_of_boxes_is_that_of_their_pixels(rng):
    boxes = rng.integers(0, 12, (2, 8, 4)) + np.array([0, 0, 10, 10])
    expected = [[overlap(a, b) for b in boxes[1]] for a in boxes[0]]
    np.testing.assert_allclose(box_iou(*boxes), expected)
    assert box_iou([[0, 0, 0, 5]], [[0, 0, 0, 5]]) == 0  # boxes without area


def test_rules_differ_where_an_overlap_is_equal_to_the_threshold():
    y_true, y_pred = [[[0, 0, 10, 10, 0]]], [[[0, 0, 10, 5, 0, 1]]]
    assert mean_average_precision(y_true, y_pred, interpolation="all") == 0
    pytest.importorskip("faster_coco_eval")
    assert mean_average_precision(y_true, y_pred, interpolation="coco") == 1


@pytest.mark.parametrize("rule", RULES)
def test_perfect_detections_score_one_at_every_threshold(random_boxes, rule):
    y_true, _ = random_boxes
    y_pred = np.concatenate([y_true, np.where(np.isnan(y_true[..., :1]), np.nan, 1)], axis=2)
    for threshold in (0.5, 0.9, "coco"):
        score = mean_average_precision(y_true, y_pred, iou_threshold=threshold, interpolation=rule)
        assert score == pytest.approx(1)


@pytest.mark.parametrize("rule", RULES)
def test_a_second_hit_and_detections_where_nothing_is_are_false(rule):
    box = [0, 0, 10, 10, 4]
    y_true = pad_boxes([[box], []], 5)
    options = {"interpolation": rule}
    assert mean_average_precision(
        y_true, pad_boxes([[[*box, 0.9]], [[*box, 0.95]]], 6), **options
    ) == pytest.approx(0.5)
    twice = pad_boxes([[[*box, 0.9], [*box, 0.8]], []], 6)
    assert mean_average_precision(y_true, twice, **options) == pytest.approx(1)
    assert mean_average_precision(y_true, pad_boxes([[], []], 6), **options) == 0
    y_pred = pad_boxes([[], [[0, 0, 3, 3, 5, 0.5]]], 6)  # a label that is nowhere true
    np.testing.assert_array_equal(
        mean_average_precision(y_true, y_pred, average=None, **options), [0, np.nan]
    )
    with pytest.warns(UndefinedMetricWarning, match="no true boxes"):
        assert np.isnan(mean_average_precision(np.full((2, 1, 5), np.nan), y_pred, **options))


@needs_coco
def test_the_order_of_images_changes_nothing(random_boxes, rng):
    y_true, y_pred = random_boxes
    y_pred[..., 5] += np.arange(y_pred[..., 5].size).reshape(y_pred.shape[:2]) / 1e6  # no ties
    order = rng.permutation(len(y_true))
    for rule in ("coco", "voc2007", "all"):
        first = mean_average_precision(y_true, y_pred, interpolation=rule)
        again = mean_average_precision(y_true[order], y_pred[order], interpolation=rule)
        assert first == pytest.approx(again, abs=1e-12)


def test_areas_under_curves_of_scikit_learn_are_no_more_than_ours(rng):
    # All truths are found, and precision is not yet made to fall: scikit-learn's sum of steps.
    from sklearn.metrics import average_precision_score

    hits = rng.random(50) < 0.4
    precision, recall = precision_and_recall(hits, hits.sum())
    steps = average_precision_score(hits, -np.arange(50))
    assert steps <= area_under(precision, recall, "all") < steps + 0.1


class Knowing(BaseEstimator):
    """Predicts what it was told of the images, from their first pixels."""

    def fit(self, X, y):
        return self

    def predict(self, X):
        sides = X[:, 0].astype(float)
        return np.stack([0 * sides, 0 * sides, sides, sides, 0 * sides, sides], 1)[:, np.newaxis]


@needs_coco
def test_scorers_work_in_cross_validation():
    X = np.arange(10, 22)[:, np.newaxis]
    y = np.concatenate([Knowing().predict(X)[..., :3], np.full((12, 1, 1), 10.0)], axis=2)
    y = np.concatenate([y, np.zeros((12, 1, 1))], axis=2)  # columns: only 10 are true
    scores = cross_validate(Knowing(), X, y, scoring=detection_scorers(), cv=3)
    assert scores["test_map_50"].mean() > scores["test_map_75"].mean() > 0
    assert set(scores) >= {"test_map_50", "test_map_75", "test_map_90", "test_map"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"iou_threshold": 0}, "iou_threshold"),
        ({"interpolation": "voc"}, "interpolation"),
        ({"y_pred": np.zeros((1, 2, 5))}, r"y_pred must be of shape \(n_images, n_boxes, 6\)"),
        ({"y_true": [[[0, 0, 5, np.inf, 1]]]}, r"y_true\[0\], box 0 holds infinity"),
        ({"y_true": np.full((2, 1, 5), np.nan)}, "inconsistent"),
    ],
)
def test_bad_input_is_refused_by_name(change, said):
    given = {"y_true": [[[0, 0, 5, 5, 1]]], "y_pred": np.zeros((1, 0, 6)), "interpolation": "all"}
    with pytest.raises(ValueError, match=said):
        mean_average_precision(**{**given, **change})


def test_without_the_package_it_is_said_what_to_do(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "faster_coco_eval", None)
    with pytest.raises(ImportError, match=r"sk-hyperimage\[detection\]"):
        mean_average_precision([[[0, 0, 5, 5, 1]]], np.zeros((1, 0, 6)))
