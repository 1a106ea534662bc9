"""Predicted scores against subjective ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length, column_or_1d

from sk_hyperimage._typing import ImagesLike, Predictor
from sk_hyperimage.inspection._drawing import AxesLike, axes_for, styled, with_direction
from sk_hyperimage.metrics import plcc_score, srocc_score
from sk_hyperimage.metrics._correlation import check_scores
from sk_hyperimage.metrics._logistic import logistic4_curve
from sk_hyperimage.utils._scores import direction_of
from sk_hyperimage.utils._sklearn import check_matplotlib_support


class ScoreScatterDisplay:
    """Scatter of predicted against subjective scores, with SROCC and PLCC.

    The curve is the 4-parameter logistic mapping fitted on the scores that are shown, if it can be
    fitted. The PLCC is that of the scores without mapping.

    Parameters
    ----------
    y_true : array-like of shape (n_images,)
        Subjective scores.
    y_pred : array-like of shape (n_images,)
        Predicted scores.
    labels : array-like of shape (n_images,), default=None
        Labels to color the images by, such as their kinds of distortion.
    higher_is_better : bool, default=None
        Direction of the predicted scores, said on their axis. None says nothing;
        :meth:`from_estimator` asks the model.

    Attributes
    ----------
    scatter_ : matplotlib PathCollection
        The images; its offsets are (predicted, subjective).
    line_ : matplotlib Line2D or None
        The logistic curve; None if it cannot be fitted.
    legend_ : matplotlib Legend
        Its title holds SROCC and PLCC.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    sk_hyperimage.metrics.plcc_logistic4_score : PLCC after the mapping.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.inspection import ScoreScatterDisplay
    >>> y_pred = np.linspace(-3, 3, 50)
    >>> display = ScoreScatterDisplay.from_predictions(100 / (1 + np.exp(-y_pred)), y_pred)
    >>> display.legend_.get_title().get_text()
    'SROCC 1.000, PLCC 0.991'
    """

    def __init__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        labels: ArrayLike | None = None,
        *,
        higher_is_better: bool | None = None,
    ):
        self.y_true = y_true
        self.y_pred = y_pred
        self.labels = labels
        self.higher_is_better = higher_is_better

    @classmethod
    def from_estimator(
        cls,
        estimator: Predictor,
        X: ImagesLike,
        y: ArrayLike,
        *,
        labels: ArrayLike | None = None,
        ax: AxesLike = None,
        scatter_kwargs: dict[str, Any] | None = None,
        line_kwargs: dict[str, Any] | None = None,
    ) -> ScoreScatterDisplay:
        """Draw the predictions of a fitted regressor against subjective scores.

        Parameters
        ----------
        estimator : fitted regressor
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths
            Preferably of references that the regressor has not seen.
        y : array-like of shape (n_images,)
            Subjective scores.
        labels
            As in :class:`ScoreScatterDisplay`.
        ax, scatter_kwargs, line_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : ScoreScatterDisplay
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        return cls.from_predictions(
            y,
            estimator.predict(X),
            labels=labels,
            higher_is_better=direction_of(estimator),
            ax=ax,
            scatter_kwargs=scatter_kwargs,
            line_kwargs=line_kwargs,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        labels: ArrayLike | None = None,
        higher_is_better: bool | None = None,
        ax: AxesLike = None,
        scatter_kwargs: dict[str, Any] | None = None,
        line_kwargs: dict[str, Any] | None = None,
    ) -> ScoreScatterDisplay:
        """Draw predicted against subjective scores.

        Parameters
        ----------
        y_true, y_pred, labels, higher_is_better
            As in :class:`ScoreScatterDisplay`.
        ax, scatter_kwargs, line_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : ScoreScatterDisplay
        """
        display = cls(y_true, y_pred, labels, higher_is_better=higher_is_better)
        return display.plot(ax, scatter_kwargs=scatter_kwargs, line_kwargs=line_kwargs)

    def plot(
        self,
        ax: AxesLike = None,
        *,
        scatter_kwargs: dict[str, Any] | None = None,
        line_kwargs: dict[str, Any] | None = None,
    ) -> ScoreScatterDisplay:
        """Draw the scatter.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None: those of a new figure.
        scatter_kwargs : dict, default=None
            Keyword arguments of ``scatter``.
        line_kwargs : dict, default=None
            Keyword arguments of ``plot`` for the curve.

        Returns
        -------
        display : ScoreScatterDisplay

        Raises
        ------
        ValueError
            If lengths differ, there are fewer than two scores, or one is NaN or infinite.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        from matplotlib.collections import PathCollection
        from matplotlib.lines import Line2D

        y_true, y_pred = check_scores(self.y_true, self.y_pred)
        title = f"SROCC {srocc_score(y_true, y_pred):.3f}, PLCC {plcc_score(y_true, y_pred):.3f}"
        kinds: np.ndarray | tuple = ()
        style: dict[str, Any] = {"s": 24, "alpha": 0.75, "linewidths": 0}
        if self.labels is not None:
            check_consistent_length(y_true, self.labels)
            kinds, codes = np.unique(column_or_1d(self.labels), return_inverse=True)
            style |= {"c": codes, "cmap": _colors(len(kinds)), "vmin": -0.5}
            style["vmax"] = style["cmap"].N - 0.5
        (self.ax_,) = axes_for(ax, 1)
        self.figure_ = self.ax_.figure
        self.scatter_ = self.ax_.scatter(
            y_pred, y_true, **styled(PathCollection, style, scatter_kwargs)
        )
        self.line_ = None
        curve = logistic4_curve(y_true, y_pred)
        if curve is not None:
            x = np.linspace(y_pred.min(), y_pred.max(), 200)
            line = {"color": "black", "linewidth": 1.2, "label": "logistic curve"}
            (self.line_,) = self.ax_.plot(x, curve(x), **styled(Line2D, line, line_kwargs))
        predicted = with_direction("predicted score", self.higher_is_better)
        self.ax_.set(xlabel=predicted, ylabel="subjective score")
        self._add_legend(title, kinds)
        return self

    def _add_legend(self, title: str, kinds: np.ndarray | tuple) -> None:
        handles, names = [], []
        if len(kinds):
            handles, _ = self.scatter_.legend_elements(num=None, alpha=1)
            names = [str(kind) for kind in kinds]
        if self.line_ is not None:
            handles, names = [*handles, self.line_], [*names, self.line_.get_label()]
        place: dict[str, Any] = {}
        if len(names) > 8:  # they would hide the scores
            place = {"loc": "upper left", "bbox_to_anchor": (1, 1), "ncols": -(-len(names) // 15)}
        self.legend_ = self.ax_.legend(handles, names, title=title, **place)


def _colors(n_kinds: int) -> Any:
    """A color map with as many colors as kinds."""
    from matplotlib import colormaps

    if n_kinds <= 20:
        return colormaps["tab10" if n_kinds <= 10 else "tab20"]
    return colormaps["turbo"].resampled(n_kinds)
