"""What displays of maps share: an image and a map of its pixels, beside or over each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from sk_hyperimage.inspection._drawing import (
    axes_for,
    check_size,
    draw_image,
    shown_image,
    styled,
    without_colour,
)
from sk_hyperimage.utils._sklearn import check_matplotlib_support


class MapDisplay:
    """A map of numbers of an image's size, with the image.

    A subclass says what the numbers are (`_label`), how they become colours (`_style`) and how
    far they hide an image under them (`_opacity`).
    """

    _label: str

    def __init__(self, map_: Any, image: Any):
        self._map = np.asarray(map_, dtype=np.float64)
        self._shown = None if image is None else shown_image(image)
        if self._map.ndim != 2:
            raise ValueError(f"a map has 2 dimensions, n_rows and n_cols, not {self._map.ndim}")
        if self._shown is not None:
            check_size(self._shown, self._map.shape, "the map")

    def _style(self) -> dict[str, Any]:
        """Defaults of `imshow` for the map."""
        return {"interpolation": "nearest"}  # matplotlib's own default blurs

    def _opacity(self) -> float | np.ndarray:
        """Opacity of the map where it lies over the image."""
        raise NotImplementedError

    def _plot(self, ax: Any, colorbar: bool, imshow_kwargs: dict[str, Any] | None) -> None:
        check_matplotlib_support(f"{type(self).__name__}.plot")
        from matplotlib.image import AxesImage

        beside = self._shown is not None and (ax is None or np.size(ax) == 2)
        self.axes_ = axes_for(ax, 2 if beside else 1)
        self.figure_ = self.axes_[0].figure
        self.image_ = None
        style = self._style()
        if self._shown is not None:
            shown = self._shown if beside else without_colour(self._shown)
            self.image_ = draw_image(self.axes_[0], shown)
            style |= {} if beside else {"alpha": self._opacity()}
        on = self.axes_[-1]
        on.set(xticks=[], yticks=[])
        self.map_ = on.imshow(self._map, **styled(AxesImage, style, imshow_kwargs))
        self.colorbar_ = None
        if colorbar:
            # An inset is as tall as the picture, whatever its sides.
            place = on.inset_axes((1.03, 0, 0.05, 1))
            self.colorbar_ = self.figure_.colorbar(self.map_, cax=place, label=self._label)
