"""Losses of a model over the epochs of its training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Estimator, PatchModel
from sk_hyperimage.inspection._drawing import AxesLike, axes_for, styled
from sk_hyperimage.inspection._patch_models import steps_of
from sk_hyperimage.utils._sklearn import check_matplotlib_support

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class LossCurveDisplay:
    """Losses of every epoch, of each stage of a model.

    Parameters
    ----------
    histories : dict of str to list of dict
        Training histories by title, as ``history_`` of a network: for every epoch "train_loss"
        and, if there was validation, "valid_loss".

    Attributes
    ----------
    lines_ : list of list of matplotlib Line2D
        For each stage the training losses, and the validation losses if any.
    axes_ : ndarray of matplotlib Axes
        One per stage.
    figure_ : matplotlib Figure

    See Also
    --------
    sklearn.model_selection.LearningCurveDisplay : Scores over the number of training samples.

    Examples
    --------
    >>> from sk_hyperimage.inspection import LossCurveDisplay
    >>> history = [{"train_loss": 1.0, "valid_loss": 1.2}, {"train_loss": 0.7, "valid_loss": 0.9}]
    >>> display = LossCurveDisplay({"Second stage": history}).plot()
    >>> display.lines_[0][1].get_ydata()
    array([1.2, 0.9])
    """

    def __init__(self, histories: dict[str, list[dict[str, float]]]):
        self.histories = histories

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        *,
        ax: AxesLike = None,
        line_kwargs: dict[str, Any] | None = None,
    ) -> LossCurveDisplay:
        """Draw the training history of a fitted model.

        Parameters
        ----------
        estimator : fitted estimator
            A network, a model that holds one or both stages, or a Pipeline of such steps.
        ax, line_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : LossCurveDisplay

        Raises
        ------
        ValueError
            If no part of the model has a training history.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        histories = training_histories(estimator)
        if not histories:
            raise ValueError(f"no part of {type(estimator).__name__} has a training history")
        return cls(histories).plot(ax, line_kwargs=line_kwargs)

    def plot(
        self, ax: AxesLike = None, *, line_kwargs: dict[str, Any] | None = None
    ) -> LossCurveDisplay:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, array of as many as there are stages or None, default=None
            None: those of a new figure. Each stage has its own, since losses may differ.
        line_kwargs : dict, default=None
            Keyword arguments of ``plot`` for all curves.

        Returns
        -------
        display : LossCurveDisplay
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        self.axes_ = axes_for(ax, len(self.histories))
        self.figure_ = self.axes_[0].figure
        self.lines_ = [
            _draw_stage(on, title, history, line_kwargs)
            for on, (title, history) in zip(self.axes_, self.histories.items(), strict=True)
        ]
        return self


def _draw_stage(
    ax: Axes, title: str, history: list[dict[str, float]], line_kwargs: dict[str, Any] | None
) -> list[Any]:
    """Curves of one stage; the epoch of the lowest validation loss is marked."""
    from matplotlib.lines import Line2D
    from matplotlib.ticker import MaxNLocator

    lines: list[Line2D] = []
    for name, label in (("train_loss", "training"), ("valid_loss", "validation")):
        losses = np.array([epoch[name] for epoch in history if name in epoch])
        if not len(losses):
            continue
        epochs = np.arange(1, len(losses) + 1)
        style: dict[str, Any] = {"label": label}
        if name == "valid_loss":
            best = int(losses.argmin())
            style |= {"marker": "o", "markevery": [best], "label": f"{label}, best: {best + 1}"}
        lines += ax.plot(epochs, losses, **styled(Line2D, style, line_kwargs))
    ax.set(xlabel="epoch", ylabel="loss", title=title)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend()
    return lines


def training_histories(estimator: Estimator) -> dict[str, list[dict[str, float]]]:
    """Histories of a fitted model by stage, in the order of training; empty if there are none."""
    histories: dict[str, list[dict[str, float]]] = {}
    for step in steps_of(estimator):
        if isinstance(step, PatchModel):
            histories |= step.histories()
        elif hasattr(step, "history_"):
            histories["Second stage" if histories else "First stage"] = step.history_
    if len(histories) == 1:
        return {"": next(iter(histories.values()))}
    return histories
