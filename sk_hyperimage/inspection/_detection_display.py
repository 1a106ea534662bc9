"""Boxes over an image: the true ones, and those that a detector finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Floats, ImageLike, Predictor
from sk_hyperimage.inspection._drawing import AxesLike, axes_for, draw_image, shown_image, styled
from sk_hyperimage.utils._boxes import (
    N_FOUND,
    N_TRUE,
    check_boxes,
    check_detections,
    is_box,
)
from sk_hyperimage.utils._sklearn import check_matplotlib_support


class DetectionDisplay:
    """Picture of the boxes in an image, a color for each label.

    True boxes are dashed. Boxes that were found are solid, with label and score.

    Parameters
    ----------
    image : array-like of shape (n_rows, n_cols[, n_channels]) or path
    y_true : array-like of shape (max_boxes, 5), default=None
        The image's true boxes, ``row0, col0, row1, col1, label``.
    y_pred : array-like of shape (max_detections, 6), default=None
        Its detections, the same and a score.
    target_names : sequence of str, default=None
        Name of each label. None: the labels themselves.
    score_threshold : float, default=0.5
        Detections of less are not drawn.

    Attributes
    ----------
    image_ : matplotlib AxesImage
    true_boxes_, found_boxes_ : list of matplotlib Rectangle
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    DetectionCurveDisplay : Precision and recall of many images.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.inspection import DetectionDisplay
    >>> display = DetectionDisplay(
    ...     np.zeros((20, 20)), [[2, 3, 9, 9, 1]], [[2, 3, 9, 10, 1, 0.8], [0, 0, 4, 4, 1, 0.1]]
    ... ).plot()
    >>> len(display.true_boxes_), len(display.found_boxes_)
    (1, 1)
    """

    def __init__(
        self,
        image: ImageLike,
        y_true: ArrayLike | None = None,
        y_pred: ArrayLike | None = None,
        *,
        target_names: Sequence[str] | None = None,
        score_threshold: float = 0.5,
    ):
        self.image = image
        self.y_true = y_true
        self.y_pred = y_pred
        self.target_names = target_names
        self.score_threshold = score_threshold

    @classmethod
    def from_estimator(
        cls,
        estimator: Predictor,
        image: ImageLike,
        y_true: ArrayLike | None = None,
        *,
        target_names: Sequence[str] | None = None,
        score_threshold: float = 0.5,
        ax: AxesLike = None,
        box_kwargs: dict[str, Any] | None = None,
    ) -> DetectionDisplay:
        """Draw what a fitted detector finds in an image.

        Parameters
        ----------
        estimator : fitted detector
        image : array-like of shape (n_rows, n_cols[, n_channels]) or path
        y_true, target_names, score_threshold
            As of the class.
        ax, box_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : DetectionDisplay
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        (y_pred,) = estimator.predict([image])
        display = cls(
            image, y_true, y_pred, target_names=target_names, score_threshold=score_threshold
        )
        return display.plot(ax, box_kwargs=box_kwargs)

    def plot(
        self, ax: AxesLike = None, *, box_kwargs: dict[str, Any] | None = None
    ) -> DetectionDisplay:
        """Draw image and boxes.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None: those of a new figure.
        box_kwargs : dict, default=None
            Keyword arguments of the ``Rectangle`` of each box.

        Returns
        -------
        display : DetectionDisplay

        Raises
        ------
        ValueError
            If boxes are none, or a label has no name.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        true = _boxes(self.y_true, check_boxes, "y_true")
        found = _boxes(self.y_pred, check_detections, "y_pred")
        found = found[found[:, 5:].ravel() >= self.score_threshold]
        (self.ax_,) = axes_for(ax, 1)
        self.figure_ = self.ax_.figure
        self.image_ = draw_image(self.ax_, shown_image(self.image))
        self.true_boxes_ = [self._drawn(row, "--", box_kwargs) for row in true]
        self.found_boxes_ = [self._drawn(row, "-", box_kwargs) for row in found]
        return self

    def _drawn(self, row: Floats, linestyle: str, box_kwargs: dict[str, Any] | None) -> Any:
        from matplotlib.patches import Rectangle

        row0, col0, row1, col1, label, *score = row.tolist()
        color = f"C{int(label) % 10}"
        defaults = {"fill": False, "edgecolor": color, "linestyle": linestyle, "linewidth": 2}
        # The middle of the first pixel is at 0.
        corner, sides = (col0 - 0.5, row0 - 0.5), (col1 - col0, row1 - row0)
        box = Rectangle(corner, *sides, **styled(Rectangle, defaults, box_kwargs))
        said = self._name(int(label)) + "".join(f" {value:.2f}" for value in score)
        if score or self.y_pred is None:
            self.ax_.text(
                *corner, said, color="white", fontsize="small", va="top", clip_on=True,
                bbox={"facecolor": color, "edgecolor": "none", "pad": 1},
            )  # fmt: skip
        return self.ax_.add_patch(box)

    def _name(self, label: int) -> str:
        if self.target_names is None:
            return str(label)
        if not 0 <= label < len(self.target_names):
            raise ValueError(
                f"target_names has {len(self.target_names)} names, none for label {label}"
            )
        return str(self.target_names[label])


def _boxes(given: ArrayLike | None, check: Callable, name: str) -> Floats:
    """The boxes of one image without rows of NaN, (n_boxes, 5 or 6)."""
    n_columns = N_TRUE if check is check_boxes else N_FOUND
    if given is None or not len(given):  # type: ignore[arg-type]
        return np.empty((0, n_columns))
    (boxes,) = check([given] if isinstance(given, dict) else np.asarray(given)[None], name=name)
    return boxes[is_box(boxes)]
