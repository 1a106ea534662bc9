"""The network of residual co-occurrences: a training step, and its maps.

The network by hand is the paper's, as one writes it first: two convolutions, a softmax over
channels and a mean, on the image and on its transpose, with weights in the same units.
"""

import numpy as np
import torch
from _measure import faster, in_turns, share, show
from torch import nn

from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.images import PatchSequence
from sk_hyperimage.neural_network import CNNClassifier, CooccurrenceNetwork

BATCH_SIZE, N_BATCHES, SIDE = 36, 2, 64
MAP_SIDE, MAP_PATCH, MAP_STRIDE = 512, 128, 8
N_ALONE = 49  # patches that are predicted one by one, of 49 * 49


class ByHand(nn.Module):
    """The paper's network (Section III-B) with a softmax over maps."""

    def __init__(self):
        super().__init__()
        given = CooccurrenceNetwork()(input_shape=(SIDE, SIDE, 1), n_outputs=1)
        for name in ("across", "along"):
            half = given.halves[name]
            self.add_module(f"{name}1", half.conv1)
            self.add_module(f"{name}2", half.conv2)
        self.readout = given.readout
        self.alpha = 255**2

    def half(self, batch, name):
        """Shares of words in images (n, 1, H, W) and their transposes."""
        sums, n_places = 0, 0
        for images in (batch, batch.transpose(2, 3)):
            scores = getattr(self, f"{name}2")(getattr(self, f"{name}1")(images))
            assigned = torch.softmax(self.alpha * scores, dim=1)
            sums = sums + assigned.sum(dim=(2, 3))
            n_places += assigned[0, 0].numel()
        return sums / n_places

    def forward(self, batch):
        """Logits (n, 1) of pixels (n, H, W, 1)."""
        images = batch.permute(0, 3, 1, 2)
        return self.readout(
            torch.cat([self.half(images, "across"), self.half(images, "along")], 1)
        )


def train_by_hand(module, samples, target):
    """An epoch as the paper trains."""
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-6)
    for rows in torch.randperm(len(samples)).split(BATCH_SIZE):
        optimizer.zero_grad()
        logits = module(samples[rows])[:, 0]
        nn.functional.binary_cross_entropy_with_logits(logits, target[rows]).backward()
        optimizer.step()


def training_step(rng):
    """Ours beside the network by hand."""
    images = rng.random((BATCH_SIZE * N_BATCHES, SIDE, SIDE, 1), dtype=np.float32)
    y = np.arange(len(images)) % 2
    network = CNNClassifier(
        CooccurrenceNetwork(),
        solver="adam",
        learning_rate_init=1e-6,
        batch_size=BATCH_SIZE,
        max_epochs=1,
        early_stopping=False,
        random_state=0,
    )
    module, tensor, target = ByHand(), torch.from_numpy(images), torch.from_numpy(y).float()
    seconds = in_turns(
        {
            "fit": lambda: network.fit(images, y),
            "the same network by hand": lambda: train_by_hand(module, tensor, target),
        },
        repeats=3,
    )
    name = f"{N_BATCHES} steps of the residual CNN, {BATCH_SIZE} patches of {SIDE} x {SIDE}"
    return share(name, seconds, "fit", "the same network by hand", "<= 1.1")


def dense_map(rng):
    """Windows of one image that share their computation beside patches by themselves."""
    image = rng.integers(0, 256, (1, MAP_SIDE, MAP_SIDE), dtype=np.uint8)
    overlap = 1 - MAP_STRIDE / MAP_PATCH
    patches = PatchSequence(PatchExtractor(MAP_PATCH, overlap=overlap).fit_transform(image))
    some = patches[:N_ALONE]
    network = CNNClassifier(
        CooccurrenceNetwork(), max_epochs=0, early_stopping=False, random_state=0
    ).fit(some, np.arange(N_ALONE) % 2)
    ours, other = f"{len(patches)} windows", "patches by themselves"
    seconds = in_turns(
        {
            ours: lambda: network.decision_function(patches),
            other: lambda: network.decision_function(some),
        },
        repeats=2,
    )
    seconds[other] *= len(patches) / N_ALONE
    name = f"residual CNN, a window every {MAP_STRIDE} pixels of {MAP_SIDE} x {MAP_SIDE}"
    return faster(name, seconds, ours, other, ">= 6")


def compare():
    rng = np.random.default_rng(0)
    return [training_step(rng), dense_map(rng)]


if __name__ == "__main__":
    show(compare())
