"""One epoch of each stage beside a loop written by hand in PyTorch, with the same arithmetic.

The loop has all its samples in memory as one tensor; ours cuts the patches of stage one from
images while it trains.
"""

from functools import partial
from itertools import chain

import numpy as np
import torch
from _measure import faster, in_turns, share, show

from sk_hyperimage import architectures as arch
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.images import PatchSequence
from sk_hyperimage.neural_network import CNNRegressor

BATCH_SIZE = 50
N_EPOCHS = 3  # of one fit, whose checks belong to all of them
N_IMAGES, N_HYPER_IMAGES = 8, 200
BEST, PLAIN = "the best loop by hand", "a plain loop by hand"


class Kang(torch.nn.Module):
    """The first stage, pooled in the fastest way known."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 50, 7).to(memory_format=torch.channels_last)
        self.dense = torch.nn.Sequential(
            torch.nn.Linear(100, 800),
            torch.nn.ReLU(),
            torch.nn.Linear(800, 800),
            torch.nn.ReLU(),
            torch.nn.Dropout(0.5),
            torch.nn.Linear(800, 1),
        )

    def forward(self, patches):
        """Scores (n, 1) of patches (n, 32, 32, 3)."""
        pixels = self.conv(patches.permute(0, 3, 1, 2)).permute(0, 2, 3, 1).flatten(1, 2)
        return self.dense(torch.cat([pixels.min(1).values, pixels.max(1).values], dim=1))


class PlainKang(Kang):
    """The same as one writes it first."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 50, 7)

    def forward(self, patches):
        """Scores (n, 1) of patches (n, 32, 32, 3)."""
        maps = self.conv(patches.permute(0, 3, 1, 2).contiguous())
        pool = torch.nn.functional.max_pool2d
        return self.dense(torch.cat([-pool(-maps, 26), pool(maps, 26)], dim=1).flatten(1))


def by_hand(module, samples, target, fused=True):
    """Epochs of stochastic gradient descent as the paper trains."""
    optimizer = torch.optim.SGD(
        module.parameters(), lr=0.005, momentum=0.9, nesterov=True, fused=fused
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda update: 1 / (1 + 1e-5 * update))
    module.train()
    orders = [torch.randperm(len(samples)).split(BATCH_SIZE) for _ in range(N_EPOCHS)]
    for rows in chain.from_iterable(orders):
        optimizer.zero_grad()
        loss = (module(samples[rows])[:, 0] - target[rows]).abs().mean()
        loss.backward()
        optimizer.step()
        schedule.step()
        loss.item()


def epoch(samples, target, layers, module, plain_module):
    """Seconds of an epoch of ours, and of both loops by hand."""
    network = CNNRegressor(
        layers, batch_size=BATCH_SIZE, max_epochs=N_EPOCHS, early_stopping=False, random_state=0
    )
    tensor, numbers = torch.from_numpy(np.asarray(samples)), torch.from_numpy(target).float()
    functions = {
        "fit": lambda: network.fit(samples, target),
        BEST: lambda: by_hand(module, tensor, numbers),
    }
    if plain_module is not None:
        functions[PLAIN] = lambda: by_hand(plain_module, tensor, numbers, fused=False)
    seconds = in_turns(functions, repeats=3)
    return {name: of_fit / N_EPOCHS for name, of_fit in seconds.items()}


def compare():
    rng = np.random.default_rng(0)
    images = rng.random((N_IMAGES, 384, 512, 3), dtype=np.float32)
    patches = PatchSequence(PatchExtractor(patch_size=32, overlap=0.5).fit_transform(images))
    hyper_images = rng.random((N_HYPER_IMAGES, 23, 31, 800), dtype=np.float32)
    probe = CNNRegressor(arch.TID_STAGE2, max_epochs=1, early_stopping=False, random_state=0)
    second = probe.fit(hyper_images[:2], [0.0, 1.0]).net_.module_
    stages = {
        f"an epoch of stage one, {len(patches)} patches": (
            patches,
            arch.KANG2014,
            Kang(),
            PlainKang(),
        ),
        f"an epoch of stage two, {N_HYPER_IMAGES} hyper-images": (
            hyper_images,
            arch.TID_STAGE2,
            second,
            None,
        ),
    }
    comparisons = []
    for name, (samples, *networks) in stages.items():
        seconds = epoch(samples, rng.random(len(samples)), *networks)
        comparisons.append(share(name, seconds, "fit", BEST, "<= 1.1"))
        if PLAIN in seconds:
            comparisons.append(faster(name, seconds, "fit", PLAIN, ">= 3"))
    return [*comparisons, sharing(patches, rng.random(len(patches)))]


def sharing(patches, target):
    """Stage one on patches of whole images beside stage one on patches drawn at random."""
    networks = {
        unit: CNNRegressor(
            arch.KANG2014,
            batch_by=unit,
            batch_size=len(patches) // N_IMAGES,
            max_epochs=N_EPOCHS,
            early_stopping=False,
            random_state=0,
        )
        for unit in ("image", "sample")
    }
    functions = {
        f"batches by {unit}": partial(n.fit, patches, target) for unit, n in networks.items()
    }
    seconds = in_turns(functions, repeats=3)
    ours, peer = functions
    name = f"{N_EPOCHS} epochs of stage one, {len(patches)} patches"
    return faster(name, seconds, ours, peer)


if __name__ == "__main__":
    show(compare())
