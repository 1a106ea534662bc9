"""Networks on pairs of an image and its reference: a training step beside a loop by hand.

By hand is full-reference DIQaM as one writes it first: the trunk called on the patches and on
their references, the descriptions and their difference side by side, a head, and a plain loop.
"""

import numpy as np
import torch
from _measure import in_turns, share, show
from torch import nn

from sk_hyperimage import architectures
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.neural_network.layers import build_module

BATCH_SIZE, N_BATCHES, SIDE = 32, 4, 32
RATE = 1e-4


class ByHand(nn.Module):
    """The trunk twice, and a head."""

    def __init__(self):
        super().__init__()
        trunk = build_module(architectures.DIQAM, (SIDE, SIDE, 3))
        self.trunk = nn.Sequential(*trunk.layers[:-3])
        self.head = nn.Sequential(
            nn.Linear(3 * 512, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 1)
        )

    def forward(self, batch):
        """Scores (n, 1) of pairs (n, H, W, 6)."""
        image, reference = (self.trunk(half) for half in batch.permute(0, 3, 1, 2).chunk(2, 1))
        return self.head(torch.cat([image, reference, reference - image], dim=1))


def train_by_hand(module, samples, target):
    """An epoch."""
    optimizer = torch.optim.Adam(module.parameters(), lr=RATE, fused=True)
    for rows in torch.randperm(len(samples)).split(BATCH_SIZE):
        optimizer.zero_grad()
        nn.functional.l1_loss(module(samples[rows])[:, 0], target[rows]).backward()
        optimizer.step()


def compare():
    rng = np.random.default_rng(0)
    pairs = rng.random((BATCH_SIZE * N_BATCHES, SIDE, SIDE, 6), dtype=np.float32)
    y = np.linspace(-1, 1, len(pairs))
    network = CNNRegressor(
        architectures.DIQAM_FR,
        solver="adam",
        learning_rate_init=RATE,
        batch_size=BATCH_SIZE,
        max_epochs=1,
        early_stopping=False,
        random_state=0,
    )
    module, tensor, target = ByHand(), torch.from_numpy(pairs), torch.from_numpy(y).float()
    seconds = in_turns(
        {
            "fit": lambda: network.fit(pairs, y),
            "the same network by hand": lambda: train_by_hand(module, tensor, target),
        },
        repeats=3,
    )
    name = f"{N_BATCHES} steps of full-reference DIQaM, {BATCH_SIZE} pairs of {SIDE} x {SIDE}"
    return [share(name, seconds, "fit", "the same network by hand", "<= 1.1")]


if __name__ == "__main__":
    show(compare())
