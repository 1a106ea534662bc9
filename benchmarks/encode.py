"""Encoding one image of TID2013's size with Kang's network, beside a peer and beside a limit.

Run as ``python benchmarks/encode.py``. The peer is the same network, with the same weights, run
patch by patch in plain PyTorch; the limit is the time in which this machine multiplies matrices
with as many operations as the shared convolution and the dense layers need. All are timed in
turns, in one run, and their medians are compared.
"""

import time
from statistics import median

import numpy as np
import torch
from sklearn.frozen import FrozenEstimator

from sk_hyperimage import architectures as arch
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor

IMAGE_SHAPE = (384, 512, 3)
REPEATS = 15


class PlainNetwork(torch.nn.Module):
    """Kang's network up to its last layer but one, as one writes it by hand."""

    def __init__(self, weights):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 50, 7)
        self.dense = torch.nn.Sequential(
            torch.nn.Linear(100, 800), torch.nn.ReLU(), torch.nn.Linear(800, 800), torch.nn.ReLU()
        )
        tensors = [torch.tensor(array) for array in weights.values()]
        with torch.no_grad():
            for parameter, tensor in zip(self.parameters(), tensors, strict=False):
                parameter.copy_(tensor)

    def forward(self, patches):
        """Descriptions (n, 800) of patches (n, 3, 32, 32)."""
        maps = self.conv(patches)
        return self.dense(torch.cat([maps.amin((2, 3)), maps.amax((2, 3))], dim=1))


def n_operations(n_patches):
    """Multiplications and additions of the shared convolution and of the dense layers."""
    convolution = (IMAGE_SHAPE[0] - 6) * (IMAGE_SHAPE[1] - 6) * 50 * 7 * 7 * 3
    dense = n_patches * (100 * 800 + 800 * 800)
    return 2 * (convolution + dense)


def contestants():
    """Functions without arguments, by name."""
    images = np.random.default_rng(0).random((1, *IMAGE_SHAPE), dtype=np.float32)
    grids = PatchExtractor(patch_size=32, overlap=0.5).fit_transform(images)
    few = PatchExtractor(patch_size=32, overlap=0).fit_transform(images[:, :64, :64])
    stage_one = CNNRegressor(arch.KANG2014, max_epochs=1, early_stopping=False, random_state=0)
    fitted = HyperImageEncoder(stage_one).fit(few, [0.0]).estimator_

    plain = PlainNetwork(fitted.weights_).eval()
    patches = torch.from_numpy(np.asarray(grids)[0].reshape(-1, 32, 32, 3).transpose(0, 3, 1, 2))
    patches = patches.contiguous()
    dense = HyperImageEncoder(FrozenEstimator(fitted), encoding="dense").fit(grids, [0.0])
    batched = HyperImageEncoder(FrozenEstimator(fitted), encoding="patches").fit(grids, [0.0])
    np.testing.assert_allclose(
        dense.transform(grids).reshape(len(patches), -1), plain(patches).detach(), atol=1e-4
    )
    square = torch.rand(2048, 2048)
    share = n_operations(len(patches)) / (2 * 2048**3)

    def limit():
        started = time.perf_counter()
        square @ square
        return share * (time.perf_counter() - started)

    return {
        "patch by patch, plain PyTorch": timed(lambda: plain(patches)),
        "patches, in batches": timed(lambda: batched.transform(grids)),
        "dense": timed(lambda: dense.transform(grids)),
        "matrix multiplication alone": limit,
    }


def timed(function):
    """A function that gives the seconds that `function` takes."""

    def seconds():
        started = time.perf_counter()
        function()
        return time.perf_counter() - started

    return seconds


def main():
    functions = contestants()
    seconds = {name: [] for name in functions}
    with torch.inference_mode():
        for _ in range(REPEATS):
            for name, function in functions.items():
                seconds[name].append(function())
    peer, _, _, limit = (median(values) for values in seconds.values())
    for name, values in seconds.items():
        value = median(values)
        print(
            f"{name:30}{1e3 * value:8.1f} ms, {peer / value:5.2f} x as fast as patch by patch, "
            f"{value / limit:5.2f} x the limit"
        )


if __name__ == "__main__":
    main()
