"""Many boxes around the same region become one."""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Floats, Ints


def suppress(
    boxes: Floats,
    scores: Floats,
    codes: Ints,
    *,
    overlap: float,
    n_most: int,
    agreeing: float | None = None,
) -> tuple[Ints, Floats]:
    """Keep the best boxes, and none that overlaps a better one of its kind too much.

    Greedy non-maximum suppression, kind by kind.

    Parameters
    ----------
    boxes : ndarray of shape (n_boxes, 4)
        row0, col0, row1, col1.
    scores : ndarray of shape (n_boxes,)
    codes : ndarray of shape (n_boxes,)
        Kinds.
    overlap : float
        Boxes with a larger intersection over union with a better one are left out.
    n_most : int
        Boxes that are kept at most.
    agreeing : float or None, default=None
        A kept box becomes the mean of all of its kind with at least this intersection over union,
        weighted by their squared scores (Gidaris and Komodakis, "Object detection via a
        multi-region and semantic segmentation-aware CNN model", ICCV 2015, Section 5: box voting).

    Returns
    -------
    kept : ndarray of int of shape (n_kept,)
        Places of the boxes kept, the best first; of equal ones the first.
    boxes : ndarray of shape (n_kept, 4)
    """
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    places: list[Floats] = []
    while len(order) and len(kept) < n_most:
        best = order[0]
        alike = order[codes[order] == codes[best]]
        shared = intersection_over_union(boxes[best], boxes[alike])
        box = boxes[best]
        if agreeing is not None:
            voters = alike[shared >= agreeing]
            box = np.average(boxes[voters], axis=0, weights=scores[voters] ** 2)
        kept.append(best)
        places.append(box)
        gone = np.append(alike[shared > overlap], best)
        order = order[~np.isin(order, gone)]
    return np.array(kept, dtype=int), np.array(places).reshape(-1, 4)


def intersection_over_union(box: Floats, others: Floats) -> Floats:
    """Of one box (4,) with others (n, 4), each at least of some area."""
    first = np.maximum(box[:2], others[:, :2])
    last = np.minimum(box[2:], others[:, 2:])
    common = np.clip(last - first, 0, None).prod(axis=1)
    areas = (others[:, 2:] - others[:, :2]).prod(axis=1)
    return common / (areas + (box[2:] - box[:2]).prod() - common)
