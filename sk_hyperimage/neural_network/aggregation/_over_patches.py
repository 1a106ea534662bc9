"""Networks that are trained on whole images through the patches in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Bools, Floats, Ints
from sk_hyperimage.images import ArraySamples, PatchGrids, PatchSequence, Samples, Windows
from sk_hyperimage.neural_network.aggregation._dense import (
    can_share,
    described_by,
    embed_windows,
    shares_layers,
)
from sk_hyperimage.neural_network.layers import LayeredNet
from sk_hyperimage.neural_network.training._device_patches import as_tensor
from sk_hyperimage.neural_network.training._devices import computes_in_tf32
from sk_hyperimage.neural_network.training._net import history_of
from sk_hyperimage.neural_network.training._reproducible import reproducible
from sk_hyperimage.utils._validation import check_weights

if TYPE_CHECKING:
    from sk_hyperimage.neural_network._base import BaseCNN


class ByImage(torch.nn.Module):
    """A network over patches that is given images, or grids of patches.

    The network is shared, not copied: training this one trains it.

    Parameters
    ----------
    net : torch.nn.Module
    windows : Windows or None
        Where patches lie, for batches of whole images; None for batches of patch grids.
    """

    def __init__(self, net: torch.nn.Module, windows: Windows | None):
        super().__init__()
        self.net = net
        self.windows = windows

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Outputs (n * U * V, n_outputs) for grids (n, U, V, rows, columns, C) or images."""
        if self.windows is None:
            return self.net(batch.flatten(0, 2))
        return embed_windows(self.net, batch, self.windows, layer=-1)


class AfterFrozen(torch.nn.Module):
    """The layers of a network that learn, for batches of `DescribedGrids`; shared, not copied."""

    def __init__(self, net: LayeredNet, layer: int):
        super().__init__()
        self.net = net
        self.start = net.depth(layer)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Outputs (n * U * V, n_outputs) for descriptions (n, U, V, D)."""
        return self.net.run(batch.flatten(0, 2), self.start, len(self.net.layers))


class DescribedGrids(Samples):
    """Patch grids as a layer that learns nothing describes them, each when it is asked for.

    Patches of an image share what is ahead of the layer, whether images are alike in size or not.
    """

    in_memory = True  # all cores compute one after the other, better than threads of one core

    sample_shape: tuple[int, ...]

    def __init__(self, net: LayeredNet, grids: PatchGrids, layer: int):
        self.net = net
        self.grids = grids
        self.layer = layer
        self.dtype = grids.dtype
        self.sample_shape = (*grids.shape[1:3], *net.shapes[net.depth(layer)])

    def __len__(self) -> int:
        return len(self.grids)

    def item(self, index: int) -> Floats:
        """Descriptions of one image, (U, V, D)."""
        image = self.grids.image(index)
        windows = self.grids.grid.windows(image.shape[:2])
        weights = next(self.net.parameters())
        with torch.no_grad():
            batch = as_tensor(image)[None].to(weights)
            described = embed_windows(self.net, batch, windows, self.layer)
        return described.reshape(self.sample_shape).cpu().numpy()

    def subset(self, indices: Ints) -> DescribedGrids:
        """The images at `indices`, still lazy."""
        return DescribedGrids(self.net, self.grids.subset(indices), self.layer)

    def content(self) -> tuple[object, ...]:
        """The grids; what describes them is no part of the data."""
        return self.grids.content()


class TwoStage(torch.nn.Module):
    """Both stages in one (Eq. 1 of the hyper-image paper): patch grids in, outputs out.

    It describes every patch with `first`, tiles the descriptions, and reads them with `second`.
    The modules are shared, not copied: training this one trains them.

    Parameters
    ----------
    first, second : torch.nn.Module
    layer : int
        The layer of `first` that describes a patch.
    windows : Windows, default=None
        Where patches lie, for batches of whole images; None for batches of patch grids.
    n_drawn : int, default=None
        Patches of a grid, drawn anew for every batch, that training sees; None for all of them.
    """

    def __init__(
        self,
        first: torch.nn.Module,
        second: torch.nn.Module,
        layer: int,
        windows: Windows | None = None,
        n_drawn: int | None = None,
    ):
        super().__init__()
        self.first = first
        self.second = second
        self.layer = layer
        self.windows = windows
        self.n_drawn = n_drawn

    def train(self, mode: bool = True) -> TwoStage:
        """Switch the second stage only: the first describes patches as it does in prediction.

        Its dropout would disturb the hyper-images, which the second stage was fitted on without.
        """
        super().train(mode)
        self.first.eval()
        return self

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Outputs (n, n_outputs) for grids (n, U, V, rows, columns, C) or images (n, H, W, C)."""
        if self.windows is None:
            if self.training and self.n_drawn is not None:
                batch = drawn(batch, self.n_drawn)
            grid_shape = batch.shape[1:3]
            described = self.first.embed(batch.flatten(0, 2), self.layer)  # type: ignore[operator]
        else:
            grid_shape = torch.Size([self.windows.rows.size, self.windows.cols.size])
            described = embed_windows(self.first, batch, self.windows, self.layer)
        return self.second(described.reshape(len(batch), *grid_shape, -1))


def drawn(grids: torch.Tensor, n_patches: int) -> torch.Tensor:
    """Patches of each grid (n, U, V, ...) drawn at random, (n, n_patches, 1, ...)."""
    patches = grids.flatten(1, 2)
    order = torch.rand(patches.shape[:2], device=patches.device).argsort(dim=1)[:, :n_patches]
    return patches[torch.arange(len(patches), device=patches.device)[:, None], order][:, :, None]


def whole_images(grids: Samples) -> tuple[Samples, Windows | None]:
    """Images with their windows, where they are of one shape and cut as they are; else grids."""
    if isinstance(grids, PatchGrids) and (images := grids.images_as_cut) is not None:
        return images, grids.grid.windows(images.sample_shape[:2])  # type: ignore[index, arg-type]
    return grids, None


def by_image(
    net: torch.nn.Module, patches: Samples, y: np.ndarray, weight: Floats, held_out: Bools
) -> tuple[torch.nn.Module, Samples, np.ndarray, Floats, Bools]:
    """Arrange training on patches as training on all patches of an image at a time.

    Parameters
    ----------
    net : torch.nn.Module
        Over patches.
    patches : Samples of shape (n_images * n_patches, n_rows, n_cols, n_channels)
    y, weight, held_out : ndarray of shape (n_images * n_patches, ...)

    Returns
    -------
    net : torch.nn.Module
        Over images; patches share layers of it where they can.
    images : Samples of shape (n_images, ...)
        Images, patch grids, or what layers that learn nothing make of these.
    y, weight : ndarray of shape (n_images, n_patches, ...)
    held_out : ndarray of bool of shape (n_images,)

    Raises
    ------
    ValueError
        If only some of the patches of an image are held out.
    """
    n_images = len(np.unique(np.asarray(patches.sources)))
    y = y.reshape(n_images, -1, *y.shape[1:])
    weight, held_out = weight.reshape(n_images, -1), held_out.reshape(n_images, -1)
    if (held_out != held_out[:, :1]).any():
        raise ValueError(
            "validation_mask must hold back all patches of an image or none of them for "
            "batch_by='image'"
        )
    images: Samples
    if isinstance(patches, PatchSequence):
        images, windows = whole_images(patches.grids)
        if windows is None and isinstance(net, LayeredNet):
            layer = net.frozen_description
            if layer is not None and shares_layers(net, patches.grids, layer):
                described = DescribedGrids(net, patches.grids, layer)
                return AfterFrozen(net, layer), described, y, weight, held_out[:, 0]
        if windows is None or not can_share(net, windows, layer=-1):
            images, windows = patches.grids, None
    else:  # cut patches: the shape of the grid does not matter
        array = patches[:].array.reshape(n_images, -1, 1, *patches.shape[1:])
        images, windows = ArraySamples(array), None
    return ByImage(net, windows), images, y, weight, held_out[:, 0]


def fine_tune(
    first: BaseCNN,
    second: BaseCNN,
    grids: Samples,
    y: np.ndarray,
    *,
    layer: int | None,
    dense: bool,
    sample_weight: ArrayLike | None,
    validation_mask: Bools | None,
    max_epochs: int,
    learning_rate_init: float,
    seed: int,
    n_patches: int | None = None,
) -> list[dict[str, Any]]:
    """Train two fitted stages as one network, in place, and keep the best weights.

    The solver, the schedule, the batch size and the augmentation are those of `second`. The
    weights that the stages came with compete, so the validation error never gets worse.

    Parameters
    ----------
    first, second : CNNRegressor or CNNClassifier
        Fitted on patches, and on the hyper-images that `first` makes of `grids`.
    grids : Samples of shape (n_images, U, V, patch rows, patch columns, n_channels)
    y : ndarray of shape (n_images,)
    layer : int or None
        The layer of `first` that describes a patch; None is its own description.
    dense : bool
        Whether patches share layers of `first`, which then runs over whole images if they are of
        one shape.
    sample_weight : array-like of shape (n_images,) or None
    validation_mask : ndarray of bool of shape (n_images,) or None
        None trains on all images and keeps the last weights.
    max_epochs : int
    learning_rate_init : float
    seed : int
    n_patches : int, default=None
        Patches of an image, drawn anew for every update, that training sees. None: all of them.

    Returns
    -------
    history : list of dict
        Losses of every epoch.
    """
    # What overlapping patches share is no gain where few of them are drawn.
    samples, windows = whole_images(grids) if dense and n_patches is None else (grids, None)
    held_out = np.zeros(len(grids), bool) if validation_mask is None else validation_mask
    plan = second._plan(samples)._replace(
        max_epochs=max_epochs, learning_rate_init=learning_rate_init
    )
    modules = first.net_.module_, second.net_.module_
    with reproducible(seed, tf32=computes_in_tf32(second.precision, second.device)):
        net = second._train(
            TwoStage(*modules, described_by(first, layer), windows, n_patches),
            samples,
            y,
            check_weights(sample_weight, grids),
            held_out,
            seed,
            plan,
            from_start=True,
        )
    return history_of(net)
