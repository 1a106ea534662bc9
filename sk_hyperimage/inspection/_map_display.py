"""What displays of maps share: an image and a map of its pixels, beside or over each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import ImageLike
from sk_hyperimage.inspection._drawing import (
    AxesLike,
    axes_for,
    check_size,
    draw_image,
    shown_image,
    styled,
    without_color,
)
from sk_hyperimage.utils._sklearn import check_matplotlib_support


class MapDisplay:
    """A map of numbers of an image's size, with the image; a subclass names the numbers."""

    _label: str
    image: ImageLike | None

    def _plot(
        self,
        map_: ArrayLike,
        ax: AxesLike,
        colorbar: bool,
        style: dict[str, Any],
        opacity: float | np.ndarray,
        imshow_kwargs: dict[str, Any] | None,
    ) -> None:
        """Draw a map, as opaque as `opacity` says where it lies over the image."""
        check_matplotlib_support(f"{type(self).__name__}.plot")
        from matplotlib.image import AxesImage

        map_ = np.asarray(map_, dtype=np.float64)
        shown = None if self.image is None else shown_image(self.image)
        if map_.ndim != 2:
            raise ValueError(f"a map has 2 dimensions, n_rows and n_cols, not {map_.ndim}")
        if shown is not None:
            check_size(shown, map_.shape, "the map")
        beside = shown is not None and (
            ax is None or len(np.atleast_1d(np.asarray(ax, dtype=object))) == 2
        )
        self.axes_ = axes_for(ax, 2 if beside else 1)
        self.figure_ = self.axes_[0].figure
        self.image_ = None
        style = {"interpolation": "nearest", **style}  # matplotlib's own default blurs
        if shown is not None:
            self.image_ = draw_image(self.axes_[0], shown if beside else without_color(shown))
            style |= {} if beside else {"alpha": opacity}
        on = self.axes_[-1]
        on.set(xticks=[], yticks=[])
        self.map_ = on.imshow(map_, **styled(AxesImage, style, imshow_kwargs))
        self.colorbar_ = None
        if colorbar:
            # An inset is as tall as the picture, whatever its sides.
            place = on.inset_axes((1.03, 0, 0.05, 1))
            self.colorbar_ = self.figure_.colorbar(self.map_, cax=place, label=self._label)
