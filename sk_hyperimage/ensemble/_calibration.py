"""One number that makes log-odds of the decisions of a classifier, which changes no label."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import softmax

from sk_hyperimage._typing import Floats, Ints

# Natural logarithms of the least and the greatest number.
LOG_SCALES = (-9.0, 9.0)


def margin_scale(decisions: Floats, codes: Ints, weight: Floats) -> float:
    """Factor of decisions whose softmax, or sigmoid, has the least log loss.

    Parameters
    ----------
    decisions : ndarray of shape (n,) or (n, n_classes)
        For two classes those of the greater label.
    codes : ndarray of int of shape (n,)
        Positions of the labels.
    weight : ndarray of shape (n,)

    Returns
    -------
    scale : float
        Positive.

    Notes
    -----
    As in Platt's method one sample more of each class is expected everywhere, so that the number
    stays finite where all labels are right. The offset stays as it is, and with it the labels.
    """
    margins = of_each_class(decisions)
    targets = np.eye(margins.shape[1])[codes]
    n = weight.sum()
    targets = (n * targets + 1) / (n + margins.shape[1])

    def slope(log_scale: float) -> float:
        """Of the log loss, which is convex in the scale."""
        of_classes = softmax(np.exp(log_scale) * margins, axis=1)
        return float(weight @ ((of_classes - targets) * margins).sum(axis=1))

    low, high = LOG_SCALES
    if slope(low) >= 0:  # decisions that say nothing, or the wrong thing
        return float(np.exp(low))
    if slope(high) <= 0:
        return float(np.exp(high))
    return float(np.exp(brentq(slope, low, high, xtol=1e-14)))


def probabilities(decisions: Floats) -> Floats:
    """Softmax of log-odds, (n, n_classes)."""
    return softmax(of_each_class(decisions), axis=1)


def of_each_class(decisions: Floats) -> Floats:
    """Decisions with a column for each class, the first of two being 0."""
    if decisions.ndim > 1:
        return decisions
    return np.column_stack([np.zeros_like(decisions), decisions])
