"""Scores of models side by side (Kim et al. 2017, Figure 6)."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sk_hyperimage.inspection._drawing import AxesLike, axes_for, styled
from sk_hyperimage.model_selection import QualityResult
from sk_hyperimage.utils._sklearn import check_matplotlib_support

if TYPE_CHECKING:
    from matplotlib.container import BarContainer

Rows = Sequence[Mapping[str, Any]]
LABELS = {"srocc": "SROCC", "plcc": "PLCC", "krocc": "KROCC", "rmse": "RMSE"}


class ScoreBarsDisplay:
    """Bars of the scores of several models, from tables of results.

    Parameters
    ----------
    results : dict of str to QualityResult, table, file or scores
        By the name of the model: a result of
        :func:`~sk_hyperimage.model_selection.cross_validate_quality`, its `table`, the CSV file
        that its `to_csv` writes, or published scores, a dict such as ``{"srocc": 0.94}``. A result
        of several methods is several models.

    Attributes
    ----------
    bars_ : dict of str to matplotlib BarContainer
        By metric, one bar a model.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    ScoreScatterDisplay : Predictions over scores, of one model.

    References
    ----------
    J. Kim, H. Zeng, D. Ghadiyaram, S. Lee, L. Zhang and A. C. Bovik, "Deep convolutional neural
    models for picture-quality prediction", IEEE Signal Processing Magazine 34(6), 2017, Figure 6.

    Examples
    --------
    >>> from sk_hyperimage.inspection import ScoreBarsDisplay
    >>> table = [
    ...     {"method": "ours", "kind": "all", "metric": metric, "mean": mean, "std": 0.01}
    ...     for metric, mean in [("srocc", 0.95), ("plcc", 0.96)]
    ... ]
    >>> published = {"srocc": 0.939, "plcc": 0.942}
    >>> display = ScoreBarsDisplay({"Ours": table, "BRISQUE": published}).plot()
    >>> display.bars_["srocc"].datavalues.tolist()
    [0.95, 0.939]
    """

    def __init__(
        self,
        results: Mapping[str, QualityResult | Rows | str | os.PathLike | Mapping[str, float]],
    ):
        self.results = results

    def plot(
        self,
        ax: AxesLike = None,
        *,
        metrics: Sequence[str] = ("srocc", "plcc"),
        statistic: str = "mean",
        kind: str = "all",
        bar_kwargs: dict[str, Any] | None = None,
    ) -> ScoreBarsDisplay:
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None: that of a new figure.
        metrics : sequence of str, default=("srocc", "plcc")
            Columns of bars, as the tables name them.
        statistic : {"mean", "median"}, default="mean"
            Height of a bar, over the splits. Lines show the standard deviation to both sides,
            where it is known.
        kind : str, default="all"
            The kind of damage.
        bar_kwargs : dict, default=None
            Keyword arguments of ``bar``.

        Returns
        -------
        display : ScoreBarsDisplay

        Raises
        ------
        ValueError
            If there are no models, `statistic` is none of these, or no table has a metric of the
            kind.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        from matplotlib.patches import Rectangle

        if statistic not in ("mean", "median"):
            raise ValueError(f"statistic must be 'mean' or 'median', got {statistic!r}")
        models = {
            name: row
            for title, result in self.results.items()
            for name, row in _by_model(title, result, kind, statistic).items()
        }
        if not models:
            raise ValueError("results holds no model")
        (self.ax_,) = axes_for(ax, 1)
        self.figure_ = self.ax_.figure
        self.bars_: dict[str, BarContainer] = {}
        width = 0.8 / len(metrics)
        places = np.arange(len(models))
        for index, metric in enumerate(metrics):
            found = [row.get(metric, (np.nan, np.nan)) for row in models.values()]
            heights, deviations = np.array(found, dtype=np.float64).T
            if np.isnan(heights).all():
                raise ValueError(f"no table has the metric {metric!r} of the kind {kind!r}")
            style = {"label": LABELS.get(metric, metric), "width": width}
            self.bars_[metric] = self.ax_.bar(
                places + (index - (len(metrics) - 1) / 2) * width,
                heights,
                yerr=None if np.isnan(deviations).all() else deviations,
                **styled(Rectangle, style, bar_kwargs),
            )
        self.ax_.set_xticks(places, list(models), rotation=30, ha="right")
        self.ax_.set(ylabel=statistic)
        self.ax_.legend()
        return self


def _by_model(
    title: str, result: Any, kind: str, statistic: str
) -> dict[str, dict[str, tuple[float, float]]]:
    """Statistic and standard deviation of every metric, by model."""
    if isinstance(result, Mapping):
        return {title: {metric: (value, np.nan) for metric, value in result.items()}}
    rows: Rows
    if isinstance(result, QualityResult):
        rows = result.table()
    elif isinstance(result, (str, os.PathLike)):
        with open(result, newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        rows = result
    methods = list(dict.fromkeys(row["method"] for row in rows))
    return {
        title if len(methods) == 1 else f"{title}, {method}": {
            str(row["metric"]): (float(row[statistic]), float(row.get("std", np.nan)))
            for row in rows
            if row["method"] == method and row["kind"] == kind
        }
        for method in methods
    }
