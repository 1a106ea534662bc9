"""Both stages as one torch module: patch grids in, scores out (Eq. 1 of the hyper-image paper)."""

from __future__ import annotations

import torch

from sk_hyperimage.images import Windows
from sk_hyperimage.neural_network.aggregation._dense import embed_windows


class TwoStage(torch.nn.Module):
    """Describe every patch with `first`, tile the descriptions, read them with `second`.

    The modules are shared, not copied: training this one trains them.

    Parameters
    ----------
    first, second : torch.nn.Module
    layer : int
        The layer of `first` that describes a patch.
    windows : Windows, default=None
        Where patches lie, for batches of whole images; None for batches of patch grids.
    """

    def __init__(
        self,
        first: torch.nn.Module,
        second: torch.nn.Module,
        layer: int,
        windows: Windows | None = None,
    ):
        super().__init__()
        self.first = first
        self.second = second
        self.layer = layer
        self.windows = windows

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
            grid_shape = batch.shape[1:3]
            described = self.first.embed(batch.flatten(0, 2), self.layer)  # type: ignore[operator]
        else:
            grid_shape = torch.Size([self.windows.rows.size, self.windows.cols.size])
            described = embed_windows(self.first, batch, self.windows, self.layer)  # type: ignore
        return self.second(described.reshape(len(batch), *grid_shape, -1))
