"""The grid of patches on an image, with those left out of training."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Estimator, ImageLike
from sk_hyperimage.images import Grid
from sk_hyperimage.inspection._drawing import (
    AxesLike,
    axes_for,
    check_size,
    draw_image,
    shown_image,
    styled,
)
from sk_hyperimage.inspection._patch_models import lay_grids
from sk_hyperimage.utils._sklearn import check_matplotlib_support


class PatchGridDisplay:
    """Picture of the grid of patches on an image.

    Parameters
    ----------
    grid : Grid
        Of a fitted ``PatchExtractor``.
    image : array-like of shape (n_rows, n_cols[, n_channels]) or path
    patch_targets : array-like of shape (U, V), default=None
        Targets of the patches of this image; patches with NaN are left out of training.

    Attributes
    ----------
    image_ : matplotlib AxesImage
    kept_ : matplotlib PolyCollection
        Outlines of the patches that are kept; the one nearest to the middle is thicker.
    left_out_ : matplotlib AxesImage or None
        A veil over the patches left out, if any: its opacity is proportional to the share of a
        pixel's patches that are.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    sk_hyperimage.feature_extraction.select_patches : Makes patch targets.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.inspection import PatchGridDisplay
    >>> image = np.zeros((16, 24))
    >>> extractor = PatchExtractor(patch_size=8, overlap=0).fit([image])
    >>> display = PatchGridDisplay.from_estimator(extractor, image)
    >>> len(display.kept_.get_paths())
    6
    """

    def __init__(self, grid: Grid, image: ImageLike, patch_targets: ArrayLike | None = None):
        self.grid = grid
        self.image = image
        self.patch_targets = patch_targets

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        image: ImageLike,
        *,
        patch_targets: ArrayLike | None = None,
        ax: AxesLike = None,
        line_kwargs: dict[str, Any] | None = None,
    ) -> PatchGridDisplay:
        """Draw the grid that a fitted extractor, or a model that holds one, lays over an image.

        Parameters
        ----------
        estimator : fitted estimator
            A ``PatchExtractor``, or a model that holds one.
        image, patch_targets
            As in :class:`PatchGridDisplay`.
        ax, line_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : PatchGridDisplay

        Raises
        ------
        ValueError
            If no step of the model cuts patches, or `patch_targets` does not fit its grid.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        grids = lay_grids(estimator, [image])
        check_size(shown_image(image), grids.rows_and_cols(0), "what is cut")
        return cls(grids.grid, image, patch_targets).plot(ax, line_kwargs=line_kwargs)

    def plot(
        self, ax: AxesLike = None, *, line_kwargs: dict[str, Any] | None = None
    ) -> PatchGridDisplay:
        """Draw the grid.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None: those of a new figure.
        line_kwargs : dict, default=None
            Keyword arguments of the ``PolyCollection`` of outlines.

        Returns
        -------
        display : PatchGridDisplay
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        from matplotlib.collections import PolyCollection

        kept = self._kept()
        shown = shown_image(self.image)
        (self.ax_,) = axes_for(ax, 1)
        self.figure_ = self.ax_.figure
        self.image_ = draw_image(self.ax_, shown)
        self.left_out_ = None
        if not kept.all():
            share = self.grid.paint(~kept, shown.shape[:2])
            self.left_out_ = draw_image(self.ax_, np.ones(shown.shape[:2]), alpha=0.75 * share)
        from_middle = np.abs(np.argwhere(kept) - np.array(kept.shape) // 2).sum(axis=1)
        widths = np.where(np.arange(len(from_middle)) == from_middle.argsort()[:1], 2.5, 0.8)
        style: dict[str, Any] = {
            "facecolor": "none",
            "edgecolor": "tab:orange",
            "linewidth": widths,
        }
        corners = patch_corners(self.grid, shown.shape[:2])[kept]
        style = styled(PolyCollection, style, line_kwargs)
        self.kept_ = PolyCollection(corners, clip_on=False, **style)
        self.ax_.add_collection(self.kept_)
        return self

    def _kept(self) -> np.ndarray:
        """Mask of the patches used in training, (U, V)."""
        if self.patch_targets is None:
            return np.ones(self.grid.grid_shape, dtype=bool)
        targets = np.asarray(self.patch_targets)
        if targets.shape != self.grid.grid_shape:
            raise ValueError(
                f"patch_targets has shape {targets.shape}; the grid of one image needs (U, V) = "
                f"{self.grid.grid_shape}"
            )
        return ~np.isnan(targets) if targets.dtype.kind == "f" else np.ones(targets.shape, bool)


def patch_corners(grid: Grid, image_shape: tuple[int, int]) -> np.ndarray:
    """Corners of all patches on the axes of ``imshow``, (U, V, 4, 2) as (x, y)."""
    scaled = grid.scaled_shape(image_shape)
    windows = grid.windows(scaled)
    edges = []
    for starts, length, n, n_scaled in zip(
        (windows.rows.ravel(), windows.cols.ravel()),
        grid.patch_shape,
        image_shape,
        scaled,
        strict=True,
    ):
        first = np.stack([starts, starts + length])
        edges.append(first * n / n_scaled - 0.5)  # pixel centers have integer coordinates
    (top, bottom), (left, right) = edges
    y = np.stack([top, top, bottom, bottom], axis=-1)[:, np.newaxis]
    x = np.stack([left, right, right, left], axis=-1)[np.newaxis]
    return np.stack(np.broadcast_arrays(x, y), axis=-1)
