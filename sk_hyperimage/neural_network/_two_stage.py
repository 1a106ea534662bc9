"""Both stages as one torch module: patch grids in, scores out (Eq. 1 of the hyper-image paper)."""

from __future__ import annotations

import torch


class TwoStage(torch.nn.Module):
    """Describe every patch with `first`, tile the descriptions, read them with `second`.

    The modules are shared, not copied: training this one trains them.
    """

    def __init__(self, first: torch.nn.Module, second: torch.nn.Module, layer: int):
        super().__init__()
        self.first = first
        self.second = second
        self.layer = layer

    def train(self, mode: bool = True) -> TwoStage:
        """Switch the second stage only: the first describes patches as it does in prediction.

        Its dropout would disturb the hyper-images, which the second stage was fitted on without.
        """
        super().train(mode)
        self.first.eval()
        return self

    def forward(self, grids: torch.Tensor) -> torch.Tensor:
        """Outputs of shape (n, n_outputs) for grids (n, U, V, patch rows, patch columns, C)."""
        described = self.first.embed(  # type: ignore[operator]
            grids.flatten(0, 2), self.layer
        )
        return self.second(described.reshape(*grids.shape[:3], -1))
