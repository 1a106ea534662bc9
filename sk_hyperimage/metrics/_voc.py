"""The rules of PASCAL VOC for detections: which are hits, and average precision from them."""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Bools, Floats
from sk_hyperimage.utils._boxes import box_iou, is_box


def voc_average_precision(
    true: Floats, found: Floats, labels: Floats, threshold: float, interpolation: str
) -> Floats:
    """Average precision of every label, NaN for one without true boxes.

    Parameters
    ----------
    true : ndarray of shape (n_images, max_boxes, 5)
    found : ndarray of shape (n_images, max_detections, 6)
    labels : ndarray of shape (n_labels,)
    threshold : float
        Of the intersection over union, which must be greater.
    interpolation : {"voc2007", "all"}
        Eleven recalls, or all of them.
    """
    precisions = np.full(len(labels), np.nan)
    for place, label in enumerate(labels):
        n_true = int((true[..., 4] == label).sum())
        if n_true:
            hits = voc_hits(true, found, float(label), threshold)
            precision, recall = precision_and_recall(hits, n_true)
            precisions[place] = area_under(precision, recall, interpolation)
    return precisions


def voc_hits(true: Floats, found: Floats, label: float, threshold: float) -> Bools:
    """Which detections of a label hit, from the highest score down, (n_detections,).

    A detection is compared with the true box that it overlaps most, even if that was hit before;
    then it is false.
    """
    images, places = np.nonzero(is_box(found) & (found[..., 4] == label))
    order = np.argsort(-found[images, places, 5], kind="stable")
    boxes_of = [row[row[:, 4] == label, :4] for row in true]
    taken = [np.zeros(len(boxes), dtype=bool) for boxes in boxes_of]
    hits = np.zeros(len(order), dtype=bool)
    for rank, (index, place) in enumerate(zip(images[order], places[order], strict=True)):
        overlaps = box_iou(found[index, place, np.newaxis, :4], boxes_of[index])[0]
        if len(overlaps) and overlaps.max() > threshold:
            best = overlaps.argmax()
            hits[rank] = not taken[index][best]
            taken[index][best] = True
    return hits


def precision_and_recall(hits: Bools, n_true: int) -> tuple[Floats, Floats]:
    """Precision and recall after every detection, from the highest score down."""
    n_hits = hits.cumsum()
    return n_hits / np.arange(1, len(hits) + 1), n_hits / n_true


def area_under(precision: Floats, recall: Floats, interpolation: str) -> float:
    """Mean over recalls of the greatest precision at this recall or more."""
    best = np.maximum.accumulate(precision[::-1])[::-1]
    if interpolation == "all":
        return float(np.diff(recall, prepend=0) @ best)
    reached = np.searchsorted(recall, np.linspace(0, 1, 11))
    return float(np.append(best, 0)[reached].mean())
