"""Pictures of hyper-images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Estimator, HyperImageModel, ImageLike
from sk_hyperimage.inspection._drawing import AxesLike, axes_for
from sk_hyperimage.inspection._patch_models import find_patch_model
from sk_hyperimage.utils._sklearn import check_matplotlib_support


class HyperImageDisplay:
    """Picture of a hyper-image: of its principal components as colors, or of its channels.

    Parameters
    ----------
    hyper_image : array-like of shape (U, V, D)

    Attributes
    ----------
    images_ : list of matplotlib AxesImage
        One for the principal components, or one per channel.
    axes_ : ndarray of matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    sk_hyperimage.feature_extraction.HyperImageEncoder : Makes hyper-images.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.inspection import HyperImageDisplay
    >>> hyper_image = np.random.default_rng(0).random((5, 6, 10))
    >>> HyperImageDisplay(hyper_image).plot().images_[0].get_array().shape
    (5, 6, 3)
    >>> len(HyperImageDisplay(hyper_image).plot(channels=[0, 7]).images_)
    2
    """

    def __init__(self, hyper_image: ArrayLike):
        self.hyper_image = hyper_image

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        image: ImageLike,
        *,
        channels: Any = None,
        ax: AxesLike = None,
        imshow_kwargs: dict[str, Any] | None = None,
    ) -> HyperImageDisplay:
        """Draw the hyper-image that a fitted model makes of an image.

        Parameters
        ----------
        estimator : fitted estimator
            A ``HyperImageRegressor`` or ``HyperImageClassifier``, or a Pipeline that holds one of
            them or a ``HyperImageEncoder``.
        image : array-like of shape (n_rows, n_cols[, n_channels]) or path
        channels, ax, imshow_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : HyperImageDisplay

        Raises
        ------
        ValueError
            If no step of the model makes hyper-images.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        model, X, _ = find_patch_model(estimator, [image])
        if not isinstance(model, HyperImageModel):
            raise ValueError(
                f"{type(estimator).__name__} pools patches and makes no hyper-images; give a "
                f"model with an encoder"
            )
        (hyper_image,) = model.encode(X)
        return cls(hyper_image).plot(ax, channels=channels, imshow_kwargs=imshow_kwargs)

    def plot(
        self,
        ax: AxesLike = None,
        *,
        channels: Any = None,
        imshow_kwargs: dict[str, Any] | None = None,
    ) -> HyperImageDisplay:
        """Draw the hyper-image, one square per position.

        Parameters
        ----------
        ax : matplotlib Axes, array of as many as there are channels or None, default=None
            None: those of a new figure.
        channels : int, sequence of int or None, default=None
            Channels to draw, in gray on a common scale. None: the first three principal
            components over the positions of this hyper-image as red, green and blue, each scaled
            to its range. Positions of similar color have similar descriptions; colors of different
            hyper-images cannot be compared.
        imshow_kwargs : dict, default=None
            Keyword arguments of ``imshow``.

        Returns
        -------
        display : HyperImageDisplay

        Raises
        ------
        ValueError
            If the hyper-image does not have three dimensions, or there is no such channel.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        hyper_image = np.asarray(self.hyper_image)
        if hyper_image.ndim != 3:
            raise ValueError(f"a hyper-image has 3 dimensions, (U, V, D), not {hyper_image.ndim}")
        style: dict[str, Any] = {"interpolation": "nearest"}  # matplotlib's own default blurs
        if channels is None:
            pictures, titles = [principal_colors(hyper_image)], [""]
        else:
            chosen = np.atleast_1d(channels)
            n_channels = hyper_image.shape[2]
            if not ((chosen >= -n_channels) & (chosen < n_channels)).all():
                raise ValueError(f"channels={channels} is out of range: there are {n_channels}")
            pictures = list(np.moveaxis(hyper_image[..., chosen], -1, 0))
            titles = [f"channel {channel}" for channel in chosen]
            style |= {"cmap": "gray", "vmin": np.min(pictures), "vmax": np.max(pictures)}
        self.axes_ = axes_for(ax, len(pictures), n_cols=4)
        self.figure_ = self.axes_[0].figure
        self.images_ = []
        for on, picture, title in zip(self.axes_, pictures, titles, strict=True):
            self.images_.append(on.imshow(picture, **(style | (imshow_kwargs or {}))))
            on.set(xticks=[], yticks=[], title=title)
        return self


def principal_colors(hyper_image: np.ndarray) -> np.ndarray:
    """The first three principal components of the positions, each in [0, 1], (U, V, 3).

    A component's greatest weight is positive, so that the colors do not depend on the machine;
    one that does not vary is 0.5.
    """
    n_rows, n_cols, n_channels = hyper_image.shape
    positions = hyper_image.reshape(-1, n_channels).astype(np.float64)
    positions -= positions.mean(axis=0)
    _, _, directions = np.linalg.svd(positions, full_matrices=False)
    directions = directions[:3]
    greatest = directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)]
    components = np.zeros((len(positions), 3))
    components[:, : len(directions)] = positions @ (directions * np.sign(greatest)[:, None]).T
    low, span = components.min(axis=0), np.ptp(components, axis=0)
    varies = span > 1e-9 * span.max()
    scaled = np.full(components.shape, 0.5)
    scaled[:, varies] = (components - low)[:, varies] / span[varies]
    return scaled.reshape(n_rows, n_cols, 3)
