"""What the patch stage of a model says, and where."""

from __future__ import annotations

from typing import Any

from sk_hyperimage.feature_extraction._stages import take_apart
from sk_hyperimage.inspection._map_display import MapDisplay
from sk_hyperimage.utils._sklearn import check_matplotlib_support


class PatchMapDisplay(MapDisplay):
    """Picture of what the patch stage says of each part of an image.

    Parameters
    ----------
    patch_map : array-like of shape (n_rows, n_cols)
        Of each pixel the mean of what is said of its patches; NaN where there is none.
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
    InfluenceMapDisplay : What the second stage makes of it.
    sk_hyperimage.inspection.tampering_maps : The maps of forgeries as arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.inspection import PatchMapDisplay
    >>> display = PatchMapDisplay(np.eye(8), image=np.zeros((8, 8))).plot()
    >>> display.axes_.shape, display.map_.get_array().shape
    ((2,), (8, 8))
    """

    _label = "prediction of the patch stage"

    def __init__(self, patch_map: Any, image: Any = None):
        super().__init__(patch_map, image)
        self.patch_map = patch_map
        self.image = image

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        image: Any,
        *,
        ax: Any = None,
        colorbar: bool = True,
        imshow_kwargs: dict[str, Any] | None = None,
    ) -> PatchMapDisplay:
        """Draw what the patch stage of a fitted model says of an image.

        Parameters
        ----------
        model : fitted estimator
            A ``HyperImageRegressor`` or ``HyperImageClassifier``, a ``ForgeryEncoder``, or a
            Pipeline that holds one of them, or a ``PatchExtractor`` followed by an encoder or a
            pooling predictor. Of a regressor on patches its predictions are shown; of a
            classifier of two classes the probability of the greater label; of a ranker the
            logistic function of its scores.
        image : array-like of shape (n_rows, n_cols[, n_channels]) or path
        ax, colorbar, imshow_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : PatchMapDisplay

        Raises
        ------
        ValueError
            If no step of the model judges patches, or it tells more than two classes apart.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        stages = take_apart(model, [image])
        (scores,) = stages.patch_scores()
        map_ = stages.grids.grid.paint(scores, stages.grids.rows_and_cols(0))
        return cls(map_, image).plot(ax, colorbar=colorbar, imshow_kwargs=imshow_kwargs)

    def plot(
        self,
        ax: Any = None,
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
        self._plot(ax, colorbar, imshow_kwargs)
        return self

    def _opacity(self) -> float:
        return 0.6
