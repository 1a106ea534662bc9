"""Descriptions of overlapping patches that share their convolutions, where that is exact.

A layer that adds no border computes on a patch what it computes there on the whole image, as long
as its stride meets every patch alike. Such layers run once per image; a pooling layer that leaves
one value of each patch, or the first layer of another kind, ends the sharing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import torch

from sk_hyperimage.images import PatchGrids, Windows
from sk_hyperimage.neural_network.layers import LayeredNet
from sk_hyperimage.neural_network.training._device_patches import as_tensor, made_ahead

if TYPE_CHECKING:
    from sk_hyperimage.neural_network._fitted import FittedCNN

# Floats of the maps of one strip of an image: so few stay in a cache, and in memory that is used
# again, where larger ones would be fetched from the operating system page by page.
STRIP_FLOATS = 2**22


def embed_grids(
    estimator: FittedCNN,
    grids: PatchGrids,
    layer: int | None = None,
    *,
    temp_folder: str | None = None,
) -> np.ndarray:
    """Activations of one layer for all patches, the layers that they share computed once.

    Parameters
    ----------
    estimator : CNNRegressor or CNNClassifier
        Fitted, and such that patches share layers, as `first_stage` says.
    grids : PatchGrids
    layer : int, default=None
        Layer with weights that describes a patch; None is the estimator's own description.
    temp_folder : str, default=None
        Where a file holds the activations. None: they are held in memory.

    Returns
    -------
    activations : ndarray of shape (n_images * U * V, ...)
        As ``estimator.embed`` gives for all patches in one row, up to rounding.
    """
    layer = described_by(estimator, layer)
    estimator._check_sample_shape(grids.shape[3:])

    def compute(net: torch.nn.Module, image: torch.Tensor) -> torch.Tensor:
        rows, cols = image.shape[1:3]
        return embed_windows(net, image, grids.grid.windows((rows, cols)), layer)

    def image(index: int) -> torch.Tensor:
        return as_tensor(grids.image(index))[None]

    images = made_ahead(image, range(len(grids)), grids, estimator.net_.device)
    return estimator._results(images, int(np.prod(grids.shape[:3])), compute, temp_folder)


def described_by(estimator: Any, layer: int | None) -> int:
    """The layer that describes a patch."""
    return estimator.description_layer if layer is None else layer


@runtime_checkable
class SharesByItself(Protocol):
    """A network of another kind that knows what windows can share in it."""

    def shares_windows(self, windows: Windows) -> bool:
        """Whether there is a gain, and none of the windows has an own border."""
        ...

    def embed_windows(self, images: torch.Tensor, windows: Windows, layer: int) -> torch.Tensor:
        """As `embed` for every window of images (n, H, W, C), (n * U * V, ...)."""
        ...


def shares_layers(net: torch.nn.Module, grids: PatchGrids, layer: int) -> bool:
    """Whether patches of these grids can share modules of those up to a layer."""
    return can_share(net, grids.grid.windows(grids.grid.max_shape), layer)


def can_share(net: torch.nn.Module, windows: Windows, layer: int) -> bool:
    """Whether windows can share modules of those up to a layer."""
    if isinstance(net, SharesByItself):
        return net.shares_windows(windows)
    return n_shared(net, windows, layer) > 0


def n_shared(net: torch.nn.Module, windows: Windows, layer: int) -> int:
    """Number of leading modules that can run once for all patches, of those up to a layer."""
    if not isinstance(net, LayeredNet):
        return 0
    depth = net.depth(layer)
    for index in range(depth):
        kind = net.kinds[index]
        step = kind.step(net.shapes[index])
        if step is None:
            return index
        if kind.pools and windows.n_steps(*step) == (1, 1):
            return index + 1
        if not windows.meet_alike(step[1]):
            return index
        windows = windows.after(*step)
    return depth


def embed_windows(
    net: torch.nn.Module, images: torch.Tensor, windows: Windows, layer: int
) -> torch.Tensor:
    """Activations of a layer for every window of images, on whole images as far as that is exact.

    Parameters
    ----------
    net : LayeredNet, or another that `can_share`
        In evaluation mode.
    images : tensor of shape (n, n_rows, n_cols, n_channels)
    windows : Windows
        A lattice of U x V windows.
    layer : int

    Returns
    -------
    activations : tensor of shape (n * U * V, ...)
    """
    if isinstance(net, SharesByItself):
        return net.embed_windows(images, windows, layer)
    assert isinstance(net, LayeredNet)
    maps = images.permute(0, 3, 1, 2)
    shared = n_shared(net, windows, layer)
    n_filters = [
        kind.output_shape(shape)[-1]
        for kind, shape in zip(net.kinds[:shared], net.shapes, strict=False)
        if kind.has_weights
    ]
    n_floats = maps[:, 0].numel() * max(n_filters, default=1)
    n_samples = len(maps) * net.n_paths[shared - 1]
    patches = [
        run_shared(net, shared, maps, strip).unflatten(0, (n_samples, -1))
        for strip in windows.strips(-(-n_floats // STRIP_FLOATS))
    ]
    together = torch.cat(patches, dim=1).flatten(0, 1)
    return net.activations(together, shared, layer)


def run_shared(
    net: LayeredNet, n_shared: int, maps: torch.Tensor, windows: Windows
) -> torch.Tensor:
    """All windows of maps (n, channels, H, W) after the shared modules, (n * U * V, ...)."""
    for index in range(n_shared):
        kind = net.kinds[index]
        size, stride = kind.step(net.shapes[index])  # type: ignore[misc]
        if kind.pools and windows.n_steps(size, stride) == (1, 1):
            return kind.reduce(maps, windows)[:, :, None, None]
        maps, windows = crop(maps, windows), windows.after(size, stride)
        if index + 1 < n_shared and net.pools_at_once(index, maps, windows.shape):
            return net.pooled_convolution(index, maps, windows)
        maps = net.layers[index](maps)
    return cut(maps, windows)


def crop(maps: torch.Tensor, windows: Windows) -> torch.Tensor:
    """Maps (n, channels, H, W) from the first window to the last."""
    rows, cols = (
        slice(int(starts.flat[0]), int(starts.flat[-1]) + side)
        for starts, side in zip((windows.rows, windows.cols), windows.shape, strict=True)
    )
    return maps[:, :, rows, cols]


def cut(maps: torch.Tensor, windows: Windows) -> torch.Tensor:
    """All windows of maps (n, channels, H, W), (n * U * V, channels, n_rows, n_cols)."""
    rows, cols = torch.tensor(windows.rows), torch.tensor(windows.cols)
    if torch.onnx.is_in_onnx_export():  # whose unfold needs sizes, which normalization loses
        rows, cols = (
            starts.reshape(-1, 1) + torch.arange(side)
            for starts, side in zip((rows, cols), windows.shape, strict=True)
        )
        return maps[:, :, rows][..., cols].permute(0, 2, 4, 1, 3, 5).flatten(0, 2)
    patches = maps.unfold(2, windows.shape[0], 1).unfold(3, windows.shape[1], 1)
    return patches[:, :, rows, cols].permute(0, 2, 3, 1, 4, 5).flatten(0, 2)
