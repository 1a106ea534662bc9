"""Where in an image lies what moved the prediction of its score."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Estimator, ImageLike
from sk_hyperimage.inspection._drawing import AxesLike
from sk_hyperimage.inspection._influence import influence_maps
from sk_hyperimage.inspection._map_display import MapDisplay
from sk_hyperimage.utils._sklearn import check_matplotlib_support


class InfluenceMapDisplay(MapDisplay):
    """Picture of how much each part of an image moved the prediction.

    Red raised the prediction and blue lowered it, whichever of them is good. The colours are
    symmetric about zero.

    Parameters
    ----------
    influence_map : array-like of shape (n_rows, n_cols)
        As :func:`influence_maps` gives it.
    image : array-like of shape (n_rows, n_cols[, n_channels]) or path, default=None
        Shown beside the map or under it.

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

    def __init__(self, influence_map: ArrayLike, image: ImageLike | None = None):
        self.influence_map = influence_map
        self.image = image

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
        """Draw how much each part of an image moved the prediction of a fitted model.

        Parameters
        ----------
        estimator : fitted estimator
            As in :func:`influence_grids`.
        image : array-like of shape (n_rows, n_cols[, n_channels]) or path
        method, baseline
            As in :func:`influence_grids`.
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

    def plot(
        self,
        ax: AxesLike = None,
        *,
        colorbar: bool = True,
        imshow_kwargs: dict[str, Any] | None = None,
    ) -> InfluenceMapDisplay:
        """Draw the map.

        Parameters
        ----------
        ax : matplotlib Axes, array of two of them or None, default=None
            Two: image and map side by side. One: the map over the image in gray, as opaque as it
            is strong. None: two in a new figure; one without an image.
        colorbar : bool, default=True
        imshow_kwargs : dict, default=None
            Keyword arguments of the ``imshow`` that draws the map: with the same "vmin" and
            "vmax", maps can be compared.

        Returns
        -------
        display : InfluenceMapDisplay
        """
        strength = np.abs(np.nan_to_num(np.asarray(self.influence_map, dtype=np.float64)))
        strongest = float(strength.max(initial=0))
        style = {"cmap": "RdBu_r", "vmin": -strongest, "vmax": strongest}
        opacity = 0.9 * strength / (strongest or 1)
        self._plot(self.influence_map, ax, colorbar, style, opacity, imshow_kwargs)
        return self
