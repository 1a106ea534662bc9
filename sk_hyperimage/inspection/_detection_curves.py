"""Curves of detections: precision against recall, and average precision by size of the regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Floats, ImagesLike, Predictor
from sk_hyperimage.inspection._drawing import AxesLike, axes_for, styled
from sk_hyperimage.metrics import detection_by_size, detection_curve, mean_average_precision
from sk_hyperimage.utils._boxes import check_boxes, is_box
from sk_hyperimage.utils._sklearn import check_matplotlib_support


class DetectionCurveDisplay:
    """Precision of detections against their recall, a curve for each label.

    Parameters
    ----------
    curves : dict of str to tuple (precision, recall)
        By what the legend says.
    iou_threshold : float
        What a hit is.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
    legend_ : matplotlib Legend
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    sk_hyperimage.metrics.detection_curve : The numbers.
    sk_hyperimage.metrics.mean_average_precision : The average precisions in the legend.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.inspection import DetectionCurveDisplay
    >>> y_true = np.array([[[0, 0, 10, 10, 3], [20, 20, 40, 40, 3]]])
    >>> y_pred = np.array([[[0, 0, 10, 9, 3, 0.8], [20, 50, 40, 70, 3, 0.7]]])
    >>> display = DetectionCurveDisplay.from_predictions(y_true, y_pred)
    >>> [text.get_text() for text in display.legend_.get_texts()]
    ['3: 0.50']
    """

    def __init__(self, curves: dict[str, tuple[Floats, Floats]], iou_threshold: float):
        self.curves = curves
        self.iou_threshold = iou_threshold

    @classmethod
    def from_estimator(
        cls, estimator: Predictor, X: ImagesLike, y: ArrayLike, **options: Any
    ) -> DetectionCurveDisplay:
        """Draw the curves of a fitted detector on images and their true boxes.

        `options` are those of :meth:`from_predictions`.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        return cls.from_predictions(y, estimator.predict(X), **options)

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        iou_threshold: float = 0.5,
        target_names: Sequence[str] | None = None,
        ax: AxesLike = None,
        line_kwargs: dict[str, Any] | None = None,
    ) -> DetectionCurveDisplay:
        """Draw the curves of detections.

        Parameters
        ----------
        y_true, y_pred, iou_threshold
            As in :func:`~sk_hyperimage.metrics.mean_average_precision`.
        target_names : sequence of str, default=None
            Name of each label. None: the labels themselves.
        ax, line_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : DetectionCurveDisplay
        """
        check_matplotlib_support(f"{cls.__name__}.from_predictions")
        boxes = check_boxes(y_true, name="y_true")
        labels = np.unique(boxes[..., 4][is_box(boxes)]).astype(int)
        scores = mean_average_precision(
            y_true, y_pred, iou_threshold=iou_threshold, labels=labels, average=None
        )
        curves = {}
        for label, score in zip(labels.tolist(), np.atleast_1d(scores), strict=True):
            name = label if target_names is None else target_names[label]
            curves[f"{name}: {score:.2f}"] = detection_curve(
                y_true, y_pred, label=label, iou_threshold=iou_threshold
            )[:2]
        return cls(curves, iou_threshold).plot(ax, line_kwargs=line_kwargs)

    def plot(
        self, ax: AxesLike = None, *, line_kwargs: dict[str, Any] | None = None
    ) -> DetectionCurveDisplay:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None: those of a new figure.
        line_kwargs : dict, default=None
            Keyword arguments of the ``plot`` of each curve.

        Returns
        -------
        display : DetectionCurveDisplay
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        from matplotlib.lines import Line2D

        (self.ax_,) = axes_for(ax, 1)
        self.figure_ = self.ax_.figure
        self.lines_ = [
            self.ax_.plot(recall, precision, **styled(Line2D, {"label": name}, line_kwargs))[0]
            for name, (precision, recall) in self.curves.items()
        ]
        self.ax_.set(
            xlabel="recall (higher is better)",
            ylabel="precision (higher is better)",
            xlim=(-0.02, 1.02),
            ylim=(-0.02, 1.02),
        )
        self.legend_ = self.ax_.legend(title=f"AP at IoU {self.iou_threshold:g}")
        return self


class DetectionBySizeDisplay:
    """Average precision of detections by the size of the true regions, Figure 3 of the paper.

    Parameters
    ----------
    scores : dict of str to Bunch
        What :func:`~sk_hyperimage.metrics.detection_by_size` gives, by what the legend says. All
        have the same sizes.
    iou_threshold : float
        What a hit is.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    References
    ----------
    N. Ahn, B. Kang and K.-A. Sohn, "Image distortion detection using convolutional neural
    network", 2017, Figure 3.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.inspection import DetectionBySizeDisplay
    >>> y_true = np.array([[[0, 0, 10, 10, 3], [20, 20, 60, 60, 3]]])
    >>> y_pred = np.array([[[0, 0, 10, 10, 3, 0.8]]])
    >>> display = DetectionBySizeDisplay.from_predictions(
    ...     y_true, {"model": y_pred}, sides=[0, 20, 50]
    ... )
    >>> display.lines_[0].get_ydata().round(2)
    array([1., 0.])
    """

    def __init__(self, scores: dict[str, Any], iou_threshold: float):
        self.scores = scores
        self.iou_threshold = iou_threshold

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_preds: dict[str, ArrayLike],
        *,
        sides: Sequence[float],
        iou_threshold: float = 0.9,
        ax: AxesLike = None,
        line_kwargs: dict[str, Any] | None = None,
    ) -> DetectionBySizeDisplay:
        """Draw the detections of several models on the same images.

        Parameters
        ----------
        y_true : array-like of shape (n_images, max_boxes, 5)
        y_preds : dict of str to array-like of shape (n_images, max_detections, 6)
            Detections by the name of the model.
        sides, iou_threshold
            As in :func:`~sk_hyperimage.metrics.detection_by_size`.
        ax, line_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : DetectionBySizeDisplay
        """
        check_matplotlib_support(f"{cls.__name__}.from_predictions")
        scores = {
            name: detection_by_size(y_true, found, sides=sides, iou_threshold=iou_threshold)
            for name, found in y_preds.items()
        }
        return cls(scores, iou_threshold).plot(ax, line_kwargs=line_kwargs)

    def plot(
        self, ax: AxesLike = None, *, line_kwargs: dict[str, Any] | None = None
    ) -> DetectionBySizeDisplay:
        """Draw a line for each model.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None: those of a new figure.
        line_kwargs : dict, default=None
            Keyword arguments of the ``plot`` of each line.

        Returns
        -------
        display : DetectionBySizeDisplay
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        from matplotlib.lines import Line2D

        (self.ax_,) = axes_for(ax, 1)
        self.figure_ = self.ax_.figure
        self.lines_ = []
        for name, scores in self.scores.items():
            middles = (scores.sides[:-1] + scores.sides[1:]) / 2
            style = styled(Line2D, {"label": name, "marker": "o"}, line_kwargs)
            self.lines_ += self.ax_.plot(middles, scores.average_precision, **style)
        self.ax_.set(
            xlabel="root of the area of the true box, pixels",
            ylabel=f"average precision at IoU {self.iou_threshold:g} (higher is better)",
            ylim=(-0.02, 1.02),
        )
        self.ax_.legend()
        return self
