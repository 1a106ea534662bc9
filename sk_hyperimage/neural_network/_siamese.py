"""Two channels with shared weights that compare patches (Fig. 3 of the hyper-image paper)."""

from __future__ import annotations

import torch
from torch import nn

from sk_hyperimage.neural_network._own_modules import described


class Siamese(nn.Module):
    """Difference in authenticity of the patches of a pair, from descriptions by one channel.

    ``d(C1, C2) = w2 . relu(W1 (C1 - C2))`` is high where the first patch is authentic. Neither
    layer has a bias, so a patch equals itself: ``d(C, C) = 0``. The paper gives no width for the
    first one; it is that of C here.

    Parameters
    ----------
    channel : torch.nn.Module
        Describes a batch of patches.
    mean : tensor of shape (n_rows, n_cols, n_channels)
        Subtracted from every patch.
    """

    mean: torch.Tensor

    def __init__(self, channel: nn.Module, mean: torch.Tensor):
        super().__init__()
        self.channel = channel
        self.register_buffer("mean", mean, persistent=False)
        parameter = next(channel.parameters())
        with torch.no_grad():
            one = channel.eval()(torch.zeros_like(mean)[None].to(parameter))
        width = one.flatten(1).shape[1]
        self.w1 = nn.Linear(width, width, bias=False)
        self.w2 = nn.Linear(width, 1, bias=False)
        for layer in (self.w1, self.w2):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    def forward(self, pairs: torch.Tensor) -> torch.Tensor:
        """Differences d of shape (n, 1) for pairs (n, 2, n_rows, n_cols, n_channels)."""
        described = self._describe(pairs.flatten(0, 1))
        return self.w2(torch.relu(self.w1(described[0::2] - described[1::2])))

    def rank(self, patches: torch.Tensor) -> torch.Tensor:
        """Rank of single patches, (n, 1); higher is more authentic.

        As relu(z) - relu(-z) = z, the difference of two ranks is the mean of d over both orders
        of the pair: ``rank(a) - rank(b) = (d(a, b) - d(b, a)) / 2``, exactly.
        """
        return self.w2(self.w1(self._describe(patches))) / 2

    def embed(self, patches: torch.Tensor, layer: int) -> torch.Tensor:
        """Activations of a layer of the channel."""
        return described(self.channel, patches - self.mean, layer)

    def _describe(self, patches: torch.Tensor) -> torch.Tensor:
        return self.channel(patches - self.mean).flatten(1)
