"""Displays of maps: an image and the values of its pixels, side by side or overlaid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Estimator, Floats, ImageLike
from sk_hyperimage.inspection._drawing import (
    AxesLike,
    axes_for,
    check_size,
    draw_image,
    shown_image,
    styled,
    with_direction,
    without_color,
)
from sk_hyperimage.inspection._flat_areas import flat_areas
from sk_hyperimage.inspection._influence import influence_maps
from sk_hyperimage.inspection._patch_models import patch_maps
from sk_hyperimage.utils._scores import direction_of
from sk_hyperimage.utils._sklearn import check_matplotlib_support


class _MapDisplay:
    """A map with its image; a subclass gives the label and the style of the values."""

    _label: str

    def __init__(self, values: ArrayLike, image: ImageLike | None = None):
        self.values = values
        self.image = image

    def _style(self, values: Floats) -> dict[str, Any]:
        """Defaults of `imshow` for the map; its "alpha" is used if the map overlays the image."""
        raise NotImplementedError

    def plot(
        self,
        ax: AxesLike = None,
        *,
        colorbar: bool = True,
        imshow_kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Draw the map.

        Parameters
        ----------
        ax : matplotlib Axes, array of two of them or None, default=None
            Two: image and map side by side. One: the map over the image in gray. None: two in a
            new figure, or one if there is no image.
        colorbar : bool, default=True
        imshow_kwargs : dict, default=None
            Keyword arguments of the ``imshow`` that draws the map: with the same "vmin" and
            "vmax", maps can be compared.

        Returns
        -------
        display : object
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        from matplotlib.image import AxesImage

        values = np.asarray(self.values, dtype=np.float64)
        shown = None if self.image is None else shown_image(self.image)
        if values.ndim != 2:
            raise ValueError(f"a map has 2 dimensions, n_rows and n_cols, not {values.ndim}")
        if shown is not None:
            check_size(shown, values.shape, "the map")
        n_given = 2 if ax is None else np.asarray(ax, dtype=object).size
        beside = shown is not None and n_given == 2
        self.axes_ = axes_for(ax, 2 if beside else 1)
        self.figure_ = self.axes_[0].figure
        self.image_ = None
        style = {"interpolation": "nearest", **self._style(values)}  # matplotlib's default blurs
        if shown is None or beside:
            del style["alpha"]
        if shown is not None:
            self.image_ = draw_image(self.axes_[0], shown if beside else without_color(shown))
        on = self.axes_[-1]
        on.set(xticks=[], yticks=[])
        if (hidden := np.isnan(values)).any() and min(values.shape) > 1:
            on.contourf(hidden, levels=[0.5, 1.5], colors="none", hatches=["////"])
        self.map_ = on.imshow(values, **styled(AxesImage, style, imshow_kwargs))
        self.colorbar_ = None
        if colorbar:
            # An inset is as tall as the picture, whatever its sides.
            place = on.inset_axes((1.03, 0, 0.05, 1))
            self.colorbar_ = self.figure_.colorbar(self.map_, cax=place, label=self._label)
        return self


class PatchMapDisplay(_MapDisplay):
    """Picture of the first stage's prediction for each part of an image.

    Parameters
    ----------
    values : array-like of shape (n_rows, n_cols)
        A map of :func:`patch_maps`; pixels that are NaN are hatched.
    image : array-like of shape (n_rows, n_cols[, n_channels]) or path, default=None
        Shown beside or under the map.

    Attributes
    ----------
    map_ : matplotlib AxesImage
        The map.
    image_ : matplotlib AxesImage or None
        The image.
    colorbar_ : matplotlib Colorbar or None
    axes_ : ndarray of one or two matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    patch_maps : The numbers.
    InfluenceMapDisplay : The influence of each part on the prediction for the whole image.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.inspection import PatchMapDisplay
    >>> display = PatchMapDisplay(np.eye(8), image=np.zeros((8, 8))).plot()
    >>> display.axes_.shape, display.map_.get_array().shape
    ((2,), (8, 8))
    """

    _label = "prediction of the first stage"

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        image: ImageLike,
        *,
        stride: int | None = None,
        hide_flat: bool = False,
        ax: AxesLike = None,
        colorbar: bool = True,
        imshow_kwargs: dict[str, Any] | None = None,
    ) -> PatchMapDisplay:
        """Draw the predictions of the first stage of a fitted model for an image.

        Parameters
        ----------
        estimator, stride
            As in :func:`patch_maps`.
        image : array-like of shape (n_rows, n_cols[, n_channels]) or path
        hide_flat : bool, default=False
            Whether to hatch :func:`flat_areas`, where a forensic model has nothing to judge.
        ax, colorbar, imshow_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : PatchMapDisplay

        Raises
        ------
        ValueError
            As :func:`patch_maps`, and with `hide_flat` as :func:`flat_areas`.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        (map_,) = patch_maps(estimator, [image], stride=stride)
        if hide_flat:
            (area,) = flat_areas(estimator, [image], stride=stride)
            map_ = np.where(area, np.nan, map_)
        display = cls(map_, image)
        display._label = with_direction(cls._label, direction_of(estimator))
        return display.plot(ax, colorbar=colorbar, imshow_kwargs=imshow_kwargs)

    def _style(self, values: Floats) -> dict[str, Any]:
        return {"alpha": 0.6}


class InfluenceMapDisplay(_MapDisplay):
    """Picture of the influence of each part of an image on the prediction.

    Red raised the prediction and blue lowered it, whichever of them is good. The colors are
    symmetric about zero; over the image the opacity of the map is proportional to its strength.

    Parameters
    ----------
    values : array-like of shape (n_rows, n_cols)
        A map of :func:`influence_maps`.
    image
        As in :class:`PatchMapDisplay`.

    Attributes
    ----------
    map_, image_, colorbar_, axes_, figure_
        As in :class:`PatchMapDisplay`.

    See Also
    --------
    influence_maps : The numbers.
    PatchMapDisplay : Predictions of the first stage by itself.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.inspection import InfluenceMapDisplay
    >>> display = InfluenceMapDisplay([[0.5, 0], [0, -2]], image=np.zeros((2, 2))).plot()
    >>> display.map_.get_clim()
    (-2.0, 2.0)
    """

    _label = "influence on the prediction"

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        image: ImageLike,
        *,
        method: str = "gradient",
        baseline: ArrayLike | None = None,
        ax: AxesLike = None,
        colorbar: bool = True,
        imshow_kwargs: dict[str, Any] | None = None,
    ) -> InfluenceMapDisplay:
        """Draw the influence of each part of an image on the prediction of a fitted model.

        Parameters
        ----------
        estimator, method, baseline
            As in :func:`influence_grids`.
        image : array-like of shape (n_rows, n_cols[, n_channels]) or path
        ax, colorbar, imshow_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : InfluenceMapDisplay

        Raises
        ------
        ValueError
            As :func:`influence_grids`.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        (map_,) = influence_maps(estimator, [image], method=method, baseline=baseline)
        return cls(map_, image).plot(ax, colorbar=colorbar, imshow_kwargs=imshow_kwargs)

    def _style(self, values: Floats) -> dict[str, Any]:
        strength = np.abs(np.nan_to_num(values))
        strongest = float(strength.max(initial=0))
        opacity = 0.9 * strength / (strongest or 1)
        return {"cmap": "RdBu_r", "vmin": -strongest, "vmax": strongest, "alpha": opacity}
