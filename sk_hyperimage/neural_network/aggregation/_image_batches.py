"""Training on patches in mini-batches of whole images, whose patches share what they can."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from sk_hyperimage.images import ArraySamples, Samples, Windows
from sk_hyperimage.neural_network.aggregation._dense import embed_windows, n_shared_blocks


class OnImages(torch.nn.Module):
    """A network on patches that is given images, or grids of patches.

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
        return embed_windows(self.net, batch, self.windows, layer=-1)  # type: ignore[arg-type]


def on_images(net: torch.nn.Module, patches: Samples) -> tuple[OnImages, Samples]:
    """A network for images in place of one for patches, and the images or patch grids."""
    grids = getattr(patches, "grids", None)
    if grids is None:  # cut patches: the shape of the grid does not matter
        n_images = len(np.unique(patches.sources))
        array = patches[:].array.reshape(n_images, -1, 1, *patches.shape[1:])
        return OnImages(net, None), ArraySamples(array)
    images, windows = whole_images(grids)
    if windows is None or n_shared_blocks(net, windows, layer=-1) == 0:
        return OnImages(net, None), grids
    return OnImages(net, windows), images


def whole_images(grids: Any) -> tuple[Samples, Windows | None]:
    """Images with their windows, where they are of one shape and cut as they are; else grids."""
    images = getattr(grids, "images_as_cut", None)
    if images is None:
        return grids, None
    return images, grids.grid.windows(images.sample_shape[:2])
