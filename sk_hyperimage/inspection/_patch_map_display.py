"""Maps of the first stage's predictions, drawn."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from sk_hyperimage._typing import Estimator, ImageLike
from sk_hyperimage.inspection._drawing import AxesLike
from sk_hyperimage.inspection._map_display import MapDisplay
from sk_hyperimage.inspection._patch_models import patch_maps
from sk_hyperimage.utils._sklearn import check_matplotlib_support


class PatchMapDisplay(MapDisplay):
    """Picture of the first stage's prediction for each part of an image.

    Parameters
    ----------
    patch_map : array-like of shape (n_rows, n_cols)
        As :func:`patch_maps` gives it.
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
    patch_maps : The numbers.
    InfluenceMapDisplay : The influence of each part on the prediction for the whole image.

    Examples
    --------
    >>> import numpy as np
    from numpy.typing import ArrayLike
    >>> from sk_hyperimage.inspection import PatchMapDisplay
    >>> display = PatchMapDisplay(np.eye(8), image=np.zeros((8, 8))).plot()
    >>> display.axes_.shape, display.map_.get_array().shape
    ((2,), (8, 8))
    """

    _label = "prediction of the first stage"

    def __init__(self, patch_map: ArrayLike, image: ImageLike | None = None):
        self.patch_map = patch_map
        self.image = image

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        image: ImageLike,
        *,
        ax: AxesLike = None,
        colorbar: bool = True,
        imshow_kwargs: dict[str, Any] | None = None,
    ) -> PatchMapDisplay:
        """Draw the predictions of the first stage of a fitted model for an image.

        Parameters
        ----------
        estimator : fitted estimator
            As in :func:`patch_maps`.
        image : array-like of shape (n_rows, n_cols[, n_channels]) or path
        ax, colorbar, imshow_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : PatchMapDisplay

        Raises
        ------
        ValueError
            As :func:`patch_maps`.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        (map_,) = patch_maps(estimator, [image])
        return cls(map_, image).plot(ax, colorbar=colorbar, imshow_kwargs=imshow_kwargs)

    def plot(
        self,
        ax: AxesLike = None,
        *,
        colorbar: bool = True,
        imshow_kwargs: dict[str, Any] | None = None,
    ) -> PatchMapDisplay:
        """Draw the map.

        Parameters
        ----------
        ax : matplotlib Axes, array of two of them or None, default=None
            Two: image and map side by side. One: the map over the image in gray. None: two in a
            new figure; one without an image.
        colorbar : bool, default=True
        imshow_kwargs : dict, default=None
            Keyword arguments of the ``imshow`` that draws the map: with the same "vmin" and
            "vmax", maps can be compared.

        Returns
        -------
        display : PatchMapDisplay
        """
        self._plot(self.patch_map, ax, colorbar, {}, 0.6, imshow_kwargs)
        return self
