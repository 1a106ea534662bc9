"""COCO's rules of detection, by faster-coco-eval: which detections hit, and average precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sk_hyperimage._typing import Bools, Floats
from sk_hyperimage.utils._boxes import is_box

# All areas: of pixels, half-open as COCO's are not.
ANY_AREA = (0.0, 1e10)


class Evaluation(NamedTuple):
    """What COCO's rules say, NaN for a label without true boxes.

    average_precision : (n_thresholds, n_labels, n_areas)
    recall : (n_thresholds, n_labels, n_areas)
    hits : (n_images, max_detections), those of the first threshold and area
    """

    average_precision: Floats
    recall: Floats
    hits: Bools


def coco_evaluation(
    true: Floats,
    found: Floats,
    labels: Floats,
    thresholds: Sequence[float] | Floats,
    areas: Sequence[tuple[float, float]] = (ANY_AREA,),
) -> Evaluation:
    """Evaluate detections by faster-coco-eval.

    Parameters
    ----------
    true : ndarray of shape (n_images, max_boxes, 5)
    found : ndarray of shape (n_images, max_detections, 6)
    labels : ndarray of shape (n_labels,)
        Those that count, sorted.
    thresholds : sequence of float
        Of the intersection over union, which must reach them.
    areas : sequence of tuple of float
        Least and greatest area of the true boxes that count.
    """
    package = _faster_coco_eval()
    detections = _annotations(found, labels)
    truth, results = (
        _indexed(package, len(true), len(labels), some)
        for some in (_annotations(true, labels), detections)
    )
    evaluation = package.COCOeval_faster(truth, results, "bbox", print_function=_say_nothing)
    evaluation.params.iouThrs = np.array(thresholds, dtype=float)
    evaluation.params.areaRng = [list(area) for area in areas]
    evaluation.params.areaRngLbl = [str(place) for place in range(len(areas))]
    evaluation.params.maxDets = [max(1, found.shape[1])]
    evaluation.evaluate()
    evaluation.accumulate()
    precision = evaluation.eval["precision"][..., 0]  # (n_thresholds, 101, n_labels, n_areas)
    recall = evaluation.eval["recall"][..., 0]
    hits = np.zeros(found.shape[:2], dtype=bool)
    if len(thresholds) == len(areas) == 1:
        for pair in evaluation.eval["matched"]:  # "detection_truth", of ids from 1 on
            detection = detections[int(pair.split("_")[0]) - 1]
            hits[detection["image_id"], detection["place"]] = True
    return Evaluation(
        np.where(precision < 0, np.nan, precision).mean(axis=1),
        np.where(recall < 0, np.nan, recall),
        hits,
    )


def _indexed(package: Any, n_images: int, n_labels: int, annotations: list[dict]) -> Any:
    boxes = package.COCO()
    boxes.dataset = {
        "info": {},
        "images": [{"id": index} for index in range(n_images)],
        "categories": [{"id": code} for code in range(n_labels)],
        "annotations": annotations,
    }
    boxes.createIndex()
    return boxes


def _annotations(boxes: Floats, labels: Floats) -> list[dict[str, Any]]:
    """Boxes of the labels that count, as COCO has them: column, row, width, height."""
    annotations: list[dict[str, Any]] = []
    for index, place in np.argwhere(is_box(boxes) & np.isin(boxes[..., 4], labels)).tolist():
        row0, col0, row1, col1, label, *score = boxes[index, place].tolist()
        annotation = {
            "id": len(annotations) + 1,  # 0 would say that it has no partner
            "image_id": index,
            "category_id": int(np.searchsorted(labels, label)),
            "bbox": [col0, row0, col1 - col0, row1 - row0],
            "area": (col1 - col0) * (row1 - row0),
            "iscrowd": 0,
            "place": place,
        }
        annotations.append(annotation | ({"score": score[0]} if score else {}))
    return annotations


def _say_nothing(*_: object) -> None:
    """Progress is not printed."""


def _faster_coco_eval() -> Any:
    try:
        import faster_coco_eval
    except ImportError as error:
        raise ImportError(
            "COCO's rules need faster-coco-eval: pip install sk-hyperimage[detection]. "
            "interpolation='voc2007' and 'all' do without"
        ) from error
    return faster_coco_eval
