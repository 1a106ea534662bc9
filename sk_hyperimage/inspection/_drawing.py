"""Axes, styles and pictures of images, for all displays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from sk_hyperimage._typing import ImageLike
from sk_hyperimage.images._gray import gray_levels
from sk_hyperimage.images._reading import load_image
from sk_hyperimage.utils._scores import in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

# Axes to draw on; None for those of a new figure.
AxesLike: TypeAlias = "Axes | Sequence[Axes] | np.ndarray | None"


def axes_for(ax: AxesLike, n_panels: int, n_cols: int | None = None) -> np.ndarray:
    """`n_panels` axes: those given, or those of a new figure with `n_cols` columns.

    Raises
    ------
    ValueError
        If other than `n_panels` axes are given.
    """
    if ax is None:
        import matplotlib.pyplot as plt

        n_cols = min(n_panels, n_cols or n_panels)
        n_rows = -(-n_panels // n_cols)
        size = (0.8 + 3.6 * n_cols, 3.6 * n_rows) if n_panels > 1 else None
        _, grid = plt.subplots(n_rows, n_cols, figsize=size, layout="constrained", squeeze=False)
        for unused in grid.flat[n_panels:]:
            unused.remove()
        return grid.flat[:n_panels]
    axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    if len(axes) != n_panels:
        raise ValueError(f"ax holds {len(axes)} axes; this display draws on {n_panels}")
    return axes


def styled(artist: type, defaults: dict[str, Any], given: dict[str, Any] | None) -> dict[str, Any]:
    """Keyword arguments of an artist; those of the user, under any alias, win over defaults."""
    from matplotlib import cbook

    return defaults | cbook.normalize_kwargs(given or {}, artist)


def with_direction(label: str, higher_is_better: bool | None) -> str:
    """What an axis shows, and which end of it is good where that is known."""
    return label if higher_is_better is None else f"{label} ({in_words(higher_is_better)})"


def shown_image(image: ImageLike) -> np.ndarray:
    """An image to be drawn, float in [0, 1], gray (n_rows, n_cols) or RGB.

    Values beyond [0, 1] are scaled to it; channels other than three become their mean.
    """
    shown = load_image(image)
    if shown.min() < 0 or shown.max() > 1:
        span = np.ptp(shown)
        shown = (shown - shown.min()) / (span or 1)
    return shown if shown.shape[2] == 3 else shown.mean(axis=2)


def check_size(shown: np.ndarray, shape: tuple[int, ...], what: str) -> None:
    """Raise ValueError unless a map or grid of shape `shape` fits a shown image."""
    if shown.shape[:2] != shape:
        raise ValueError(
            f"{what} has shape {shape}, the image {shown.shape[:2]} rows and columns; if a step "
            f"of the model resizes images, resize this one and give the steps that follow"
        )


def without_color(image: np.ndarray) -> np.ndarray:
    """Gray levels of a shown image, in [0, 1]."""
    return gray_levels(image) / 255 if image.ndim == 3 else image


def draw_image(ax: Axes, image: np.ndarray, **style: Any) -> AxesImage:
    """A shown image on axes without ticks."""
    ax.set(xticks=[], yticks=[])
    defaults: dict[str, Any] = {"cmap": "gray", "vmin": 0, "vmax": 1}
    return ax.imshow(image, **(defaults | style))
