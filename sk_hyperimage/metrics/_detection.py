"""Scores of detections: average precision, curves, and both by the size of the true boxes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import make_scorer
from sklearn.utils import Bunch, check_consistent_length

from sk_hyperimage._typing import Floats
from sk_hyperimage.metrics._coco import ANY_AREA, coco_evaluation
from sk_hyperimage.metrics._voc import precision_and_recall, voc_average_precision
from sk_hyperimage.utils._boxes import check_boxes, check_detections, is_box
from sk_hyperimage.utils._sklearn import Interval, StrOptions, validate_params

# Of COCO's average: .5, .55, ..., .95.
COCO_THRESHOLDS = np.linspace(0.5, 0.95, 10)

THRESHOLD = Interval(Real, 0, 1, closed="right")


@validate_params(
    {
        "y_true": "no_validation",
        "y_pred": "no_validation",
        "iou_threshold": [THRESHOLD, StrOptions({"coco"})],
        "interpolation": [StrOptions({"coco", "voc2007", "all"})],
        "labels": ["array-like", None],
        "average": [StrOptions({"macro"}), None],
    },
    prefer_skip_nested_validation=True,
)
def mean_average_precision(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    iou_threshold: float | str = 0.5,
    interpolation: str = "coco",
    labels: ArrayLike | None = None,
    average: str | None = "macro",
) -> float | Floats:
    """Mean average precision of detections, mAP; in [0, 1], higher is better.

    Parameters
    ----------
    y_true : array-like of shape (n_images, max_boxes, 5), or sequence of n_images dict
        True boxes: ``row0, col0, row1, col1, label``, in pixels and half-open. Rows of NaN are no
        boxes. Or dicts of "boxes" and "labels".
    y_pred : array-like of shape (n_images, max_detections, 6), or sequence of n_images dict
        Detections: the same columns and a score, of any scale, which is higher where a detection
        is more certain. Or dicts of "boxes", "labels" and "scores".
    iou_threshold : float in (0, 1] or "coco", default=0.5
        From which intersection over union on a detection hits. "coco": the mean over 0.5, 0.55,
        ..., 0.95.
    interpolation : {"coco", "voc2007", "all"}, default="coco"
        Rules. "coco": precision at 101 recalls, as COCO; needs faster-coco-eval, the extra
        ``detection``. "voc2007": at 11 recalls, as PASCAL VOC until 2009. "all": at every recall,
        as VOC from 2010 on.
    labels : array-like of shape (n_labels,), default=None
        Labels that count. None: all that are in `y_true` or `y_pred`.
    average : {"macro"} or None, default="macro"
        "macro": the mean over labels. None: one value for each label, in their sorted order.

    Returns
    -------
    score : float, or ndarray of shape (n_labels,)
        NaN for a label without true boxes, which the mean leaves out. Without any true box the
        mean is NaN, with a warning.

    Raises
    ------
    ValueError
        If shapes or lengths are wrong, or a box is not finite; the message names the image.
    ImportError
        If faster-coco-eval is needed and not installed.

    See Also
    --------
    detection_scorers : As scorers of scikit-learn.
    detection_curve : Precision and recall for every score.
    detection_by_size : By the size of the true boxes.

    Notes
    -----
    Detections of all images are taken from the highest score down, and each true box is hit once;
    further detections of it are false. The rules differ: COCO compares a detection with the best
    true box that is still free, and counts an overlap equal to the threshold; VOC takes the best
    one, free or not, and wants more than the threshold. Boxes have no border of one more pixel, as
    VOC's own code gave them. In an image without true boxes all detections are false.

    References
    ----------
    T.-Y. Lin et al., "Microsoft COCO: common objects in context", ECCV 2014; M. Everingham et al.,
    "The PASCAL visual object classes challenge: a retrospective", IJCV 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import mean_average_precision
    >>> y_true = np.array([[[0, 0, 10, 10, 3], [20, 20, 40, 40, 3]]])
    >>> y_pred = np.array([[[0, 0, 10, 9, 3, 0.8], [20, 50, 40, 70, 3, 0.7]]])
    >>> mean_average_precision(y_true, y_pred, interpolation="all")
    0.5
    """
    true, found, known = _check(y_true, y_pred)
    known = known if labels is None else np.unique(np.asarray(labels, dtype=float))
    thresholds = COCO_THRESHOLDS if isinstance(iou_threshold, str) else np.array([iou_threshold])
    if interpolation == "coco":
        scores = coco_evaluation(true, found, known, thresholds).average_precision[..., 0]
    else:
        scores = np.array(
            [voc_average_precision(true, found, known, t, interpolation) for t in thresholds]
        )
    by_label = scores.mean(axis=0)
    return by_label if average is None else _mean(by_label)


@validate_params(
    {
        "y_true": "no_validation",
        "y_pred": "no_validation",
        "label": [Real, None],
        "iou_threshold": [THRESHOLD],
    },
    prefer_skip_nested_validation=True,
)
def detection_curve(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    label: float | None = None,
    iou_threshold: float = 0.5,
) -> tuple[Floats, Floats, Floats]:
    """Precision and recall of detections for every threshold of their scores.

    Hits are those of COCO's rules, which need faster-coco-eval, the extra ``detection``.

    Parameters
    ----------
    y_true, y_pred
        As in :func:`mean_average_precision`.
    label : int, default=None
        Label that counts. None: all; a detection hits a true box of its own label only.
    iou_threshold : float in (0, 1], default=0.5

    Returns
    -------
    precision, recall : ndarray of shape (n_detections,)
        If detections of this score or more are kept. Recall is NaN without true boxes.
    thresholds : ndarray of shape (n_detections,)
        Scores from the highest down.

    Raises
    ------
    ValueError, ImportError
        As :func:`mean_average_precision`.

    See Also
    --------
    sk_hyperimage.inspection.DetectionCurveDisplay : Draws it.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import detection_curve
    >>> y_true = np.array([[[0, 0, 10, 10, 3], [20, 20, 40, 40, 3]]])
    >>> y_pred = np.array([[[0, 0, 10, 9, 3, 0.8], [20, 50, 40, 70, 3, 0.7]]])
    >>> detection_curve(y_true, y_pred)
    (array([1. , 0.5]), array([0.5, 0.5]), array([0.8, 0.7]))
    """
    true, found, labels = _check(y_true, y_pred)
    labels = labels if label is None else np.array([float(label)])
    counted = is_box(found) & np.isin(found[..., 4], labels)
    hits = coco_evaluation(true, found, labels, [iou_threshold]).hits[counted]
    scores = found[..., 5][counted]
    order = np.argsort(-scores, kind="stable")
    n_true = int(np.isin(true[..., 4], labels).sum())
    with np.errstate(invalid="ignore"):
        precision, recall = precision_and_recall(hits[order], n_true)
    return precision, recall, scores[order]


@validate_params(
    {
        "y_true": "no_validation",
        "y_pred": "no_validation",
        "sides": ["array-like"],
        "iou_threshold": [THRESHOLD],
    },
    prefer_skip_nested_validation=True,
)
def detection_by_size(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sides: Sequence[float],
    iou_threshold: float = 0.9,
) -> Bunch:
    """Average precision and recall of detections by the size of the true boxes.

    This is Figure 3 of the paper. COCO's rules are used, which need faster-coco-eval, the extra
    ``detection``: true boxes of other sizes count neither for nor against a detection, and nor do
    detections of other sizes that hit nothing.

    Parameters
    ----------
    y_true, y_pred
        As in :func:`mean_average_precision`.
    sides : sequence of n_sizes + 1 float
        Edges of the sizes, rising. The size of a box is the root of its area, in pixels.
    iou_threshold : float in (0, 1], default=0.9
        That of the paper's figure.

    Returns
    -------
    scores : :class:`~sklearn.utils.Bunch`
        average_precision, recall : ndarray of shape (n_sizes,)
            In [0, 1], higher is better, mean over the labels; NaN where no true box is of the
            size.
        n_true : ndarray of int of shape (n_sizes,)
            True boxes of the size. One that lies on an edge counts on both sides of it.
        sides : ndarray of shape (n_sizes + 1,)
            As given.

    Raises
    ------
    ValueError, ImportError
        As :func:`mean_average_precision`, and if `sides` do not rise.

    See Also
    --------
    sk_hyperimage.inspection.DetectionBySizeDisplay : Draws it.

    References
    ----------
    N. Ahn, B. Kang and K.-A. Sohn, "Image distortion detection using convolutional neural
    network", 2017, Figure 3.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import detection_by_size
    >>> y_true = np.array([[[0, 0, 10, 10, 3], [20, 20, 60, 60, 3]]])
    >>> y_pred = np.array([[[0, 0, 10, 10, 3, 0.8]]])
    >>> detection_by_size(y_true, y_pred, sides=[0, 20, 50]).recall
    array([1., 0.])
    """
    true, found, labels = _check(y_true, y_pred)
    edges = np.asarray(sides, dtype=float)
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all() or edges[0] < 0:
        raise ValueError(f"sides must be two or more numbers from 0 on that rise, got {sides!r}")
    areas = [
        (float(low), min(float(high), ANY_AREA[1]))
        for low, high in zip(edges[:-1] ** 2, edges[1:] ** 2, strict=True)
    ]
    evaluation = coco_evaluation(true, found, labels, [iou_threshold], areas)
    true_areas = (true[..., 2:4] - true[..., :2]).prod(axis=-1)
    return Bunch(
        average_precision=_means(evaluation.average_precision[0]),
        recall=_means(evaluation.recall[0]),
        n_true=np.array(
            [np.count_nonzero((low <= true_areas) & (true_areas <= high)) for low, high in areas]
        ),
        sides=edges,
    )


def detection_scorers() -> dict[str, Callable]:
    """Scorers of detections for ``cross_validate(scoring=...)``.

    They need faster-coco-eval, the extra ``detection``.

    Returns
    -------
    scorers : dict of str to scorer
        :func:`mean_average_precision` at three thresholds, "map_50", "map_75" and "map_90", those
        of the paper, and "map", COCO's mean over ten of them. Higher is better.

    Examples
    --------
    >>> from sk_hyperimage.metrics import detection_scorers
    >>> list(detection_scorers())
    ['map_50', 'map_75', 'map_90', 'map']
    """
    thresholds: dict[str, Any] = {"map_50": 0.5, "map_75": 0.75, "map_90": 0.9, "map": "coco"}
    return {
        name: make_scorer(mean_average_precision, iou_threshold=threshold)
        for name, threshold in thresholds.items()
    }


def _check(y_true: Any, y_pred: Any) -> tuple[Floats, Floats, Floats]:
    """True boxes, detections, and the labels of both, sorted."""
    true, found = check_boxes(y_true, name="y_true"), check_detections(y_pred)
    check_consistent_length(true, found)
    labels = np.concatenate([boxes[..., 4][is_box(boxes)] for boxes in (true, found)])
    return true, found, np.unique(labels)


def _mean(by_label: Floats) -> float:
    if np.isnan(by_label).all():
        warnings.warn(
            "there are no true boxes, so that average precision is not defined: it is NaN",
            UndefinedMetricWarning,
            stacklevel=3,
        )
        return np.nan
    return float(np.nanmean(by_label))


def _means(by_label: Floats) -> Floats:
    """Means over the first axis of what is not NaN; NaN where all is."""
    known = ~np.isnan(by_label)
    with np.errstate(invalid="ignore"):
        return np.where(known, by_label, 0).sum(axis=0) / known.sum(axis=0)
