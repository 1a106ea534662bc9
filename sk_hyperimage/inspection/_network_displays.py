"""What a network has learned to see: its first kernels, and the maps of an image."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Estimator, Floats, ImageLike, PatchModel
from sk_hyperimage.inspection._drawing import AxesLike, axes_for
from sk_hyperimage.inspection._patch_models import steps_of
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor, PatchRanker
from sk_hyperimage.neural_network._own_modules import described
from sk_hyperimage.neural_network.training._reproducible import reproducible
from sk_hyperimage.utils._sklearn import check_matplotlib_support
from sk_hyperimage.utils._validation import check_images

NETWORKS = (CNNClassifier, CNNRegressor, PatchRanker)


class KernelDisplay:
    """Picture of the kernels of a network's first convolution, side by side.

    Parameters
    ----------
    kernels : array-like of shape (n_filters, n_rows, n_cols, n_channels)

    Attributes
    ----------
    image_ : matplotlib AxesImage
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    FeatureMapDisplay : What they, or later layers, make of an image.

    References
    ----------
    J. Kim, H. Zeng, D. Ghadiyaram, S. Lee, L. Zhang and A. C. Bovik, "Deep convolutional neural
    models for picture-quality prediction", IEEE Signal Processing Magazine 34(6), 2017, Figure 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.inspection import KernelDisplay
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> images = np.random.default_rng(0).random((40, 8, 8), dtype=np.float32)
    >>> model = CNNRegressor("C(6,5) MP(8) FC(8) FC(1,linear)", max_epochs=1, random_state=0)
    >>> display = KernelDisplay.from_estimator(model.fit(images, images.mean(axis=(1, 2))))
    >>> display.kernels.shape
    (6, 5, 5, 1)
    """

    def __init__(self, kernels: ArrayLike):
        self.kernels = kernels

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        *,
        ax: AxesLike = None,
        imshow_kwargs: dict[str, Any] | None = None,
    ) -> KernelDisplay:
        """Draw the kernels of a fitted model.

        Parameters
        ----------
        estimator : fitted estimator
            A network, a model that describes patches by one, features of a pretrained one, or a
            Pipeline with one of these.
        ax, imshow_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : KernelDisplay

        Raises
        ------
        ValueError
            If no step of the model is a network with a convolution.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        return cls(first_kernels(estimator)).plot(ax, imshow_kwargs=imshow_kwargs)

    def plot(
        self, ax: AxesLike = None, *, imshow_kwargs: dict[str, Any] | None = None
    ) -> KernelDisplay:
        """Draw the kernels, in rows.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None: that of a new figure.
        imshow_kwargs : dict, default=None
            Keyword arguments of ``imshow``.

        Returns
        -------
        display : KernelDisplay
            Gray is a weight of 0; each kernel is scaled to its largest weight. Those of three
            channels are colors, of others the mean of the channels is drawn.

        Raises
        ------
        ValueError
            If the kernels do not have four dimensions.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        kernels = np.asarray(self.kernels)
        if kernels.ndim != 4:
            raise ValueError(
                f"kernels have 4 dimensions, (n_filters, n_rows, n_cols, n_channels), not "
                f"{kernels.ndim}"
            )
        if kernels.shape[3] != 3:
            kernels = kernels.mean(axis=3, keepdims=True)
        largest = np.abs(kernels).max(axis=(1, 2, 3), keepdims=True)
        tiles = 0.5 + kernels / (2 * np.where(largest > 0, largest, 1))
        return _draw(self, tiles, ax, imshow_kwargs)


class FeatureMapDisplay:
    """Picture of the maps that a layer of a network makes of an image, side by side.

    Parameters
    ----------
    maps : array-like of shape (n_rows, n_cols, n_filters)

    Attributes
    ----------
    image_ : matplotlib AxesImage
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    KernelDisplay : Kernels of the first layer.
    PatchMapDisplay : Predictions of patches, drawn over the image.

    References
    ----------
    As of :class:`KernelDisplay`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.inspection import FeatureMapDisplay
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> images = np.random.default_rng(0).random((40, 8, 8), dtype=np.float32)
    >>> model = CNNRegressor("C(6,5) MP(8) FC(8) FC(1,linear)", max_epochs=1, random_state=0)
    >>> model = model.fit(images, images.mean(axis=(1, 2)))
    >>> FeatureMapDisplay.from_estimator(model, images[0]).maps.shape
    (8, 8, 6)
    """

    def __init__(self, maps: ArrayLike):
        self.maps = maps

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        image: ImageLike,
        *,
        layer: int = 0,
        ax: AxesLike = None,
        imshow_kwargs: dict[str, Any] | None = None,
    ) -> FeatureMapDisplay:
        """Draw the maps that a fitted model makes of an image.

        Parameters
        ----------
        estimator : fitted estimator
            A network, a model that describes patches by one, or a Pipeline with one of these.
        image : array-like of shape (n_rows, n_cols[, n_channels]) or path
            Earlier steps are applied to it. Maps are those of the whole image, also where the
            network was fitted on patches.
        layer : int, default=0
            Which layer with weights, as in ``embed``. The first convolution is 0.
        ax, imshow_kwargs
            As in :meth:`plot`.

        Returns
        -------
        display : FeatureMapDisplay

        Raises
        ------
        ValueError
            If no step of the model is a network, or the layer makes no maps.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        return cls(feature_maps(estimator, image, layer)).plot(ax, imshow_kwargs=imshow_kwargs)

    def plot(
        self, ax: AxesLike = None, *, imshow_kwargs: dict[str, Any] | None = None
    ) -> FeatureMapDisplay:
        """Draw the maps, in rows.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None: that of a new figure.
        imshow_kwargs : dict, default=None
            Keyword arguments of ``imshow``.

        Returns
        -------
        display : FeatureMapDisplay
            All maps have one scale, from their least value, black, to their greatest, white.

        Raises
        ------
        ValueError
            If the maps do not have three dimensions.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        maps = np.asarray(self.maps)
        if maps.ndim != 3:
            raise ValueError(
                f"maps have 3 dimensions, (n_rows, n_cols, n_filters), not {maps.ndim}"
            )
        scaled = (maps - maps.min()) / (np.ptp(maps) or 1)
        return _draw(self, np.moveaxis(scaled, 2, 0)[..., np.newaxis], ax, imshow_kwargs)


def first_kernels(estimator: Estimator) -> Floats:
    """Kernels of the first convolution, (n_filters, n_rows, n_cols, n_channels)."""
    check_is_fitted(estimator)
    for step in steps_of(estimator):
        network = _network_in(step)
        if network is not None:
            weights = [getattr(part, "weight", None) for part in network.net_.module_.modules()]
        else:
            weights = list(getattr(step, "weights_", {}).values())
        for weight in weights:
            if weight is not None and weight.ndim == 4:
                kernels = weight.detach().cpu().numpy() if network is not None else weight
                return np.moveaxis(kernels, 1, 3)
    raise ValueError(f"no step of {type(estimator).__name__} is a network with a convolution")


def feature_maps(estimator: Estimator, image: ImageLike, layer: int) -> Floats:
    """Maps of a layer for one image, (n_rows, n_cols, n_filters)."""
    check_is_fitted(estimator)
    X: Any = [image]
    for step in steps_of(estimator):
        network = _network_in(step)
        if network is not None:
            if isinstance(step, PatchModel):
                seen = step.patch_grids(X).image(0)
            else:
                seen = check_images(X, network, reset=False).item(0)
            return _maps_of(network, seen, layer)
        if not hasattr(step, "transform"):
            break
        X = step.transform(X)
    raise ValueError(f"no step of {type(estimator).__name__} is a network of images or patches")


def _maps_of(network: Any, image: Floats, layer: int) -> Floats:
    module = network.net_.module_.eval()
    weight = next(module.parameters())
    with reproducible(), torch.inference_mode():
        found = described(module, torch.tensor(image[np.newaxis]).to(weight), layer)
    if found.ndim != 4:
        raise ValueError(f"layer={layer} makes units, not maps; give a convolution, such as 0")
    return found[0].cpu().numpy()


def _network_in(step: Any) -> Any:
    """The network that a step is, or describes patches by; None without one."""
    fitted = vars(step)
    for name in ("patch_estimator_", "tuned_patch_estimator_"):
        step = fitted.get(name, step)
    (network,) = steps_of(step)[-1:]
    return network if isinstance(network, NETWORKS) else None


def _draw(display: Any, tiles: Floats, ax: AxesLike, imshow_kwargs: dict[str, Any] | None) -> Any:
    """Tiles (n, h, w, 1 or 3) in [0, 1] as one picture, nearly square, with white gaps."""
    n_tiles, n_rows, n_cols, n_channels = tiles.shape
    across = max(1, math.ceil(math.sqrt(n_tiles * n_rows / n_cols)))
    down = -(-n_tiles // across)
    picture = np.ones((down * (n_rows + 1) - 1, across * (n_cols + 1) - 1, n_channels))
    for index, tile in enumerate(tiles):
        row, col = (
            i * (side + 1) for i, side in zip(divmod(index, across), tile.shape, strict=False)
        )
        picture[row : row + n_rows, col : col + n_cols] = tile
    (display.ax_,) = axes_for(ax, 1)
    display.figure_ = display.ax_.figure
    style = {"cmap": "gray", "vmin": 0, "vmax": 1, "interpolation": "nearest"}
    shown = picture if n_channels == 3 else picture[..., 0]
    display.image_ = display.ax_.imshow(shown, **(style | (imshow_kwargs or {})))
    display.ax_.set(xticks=[], yticks=[])
    return display
