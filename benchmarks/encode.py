"""Encoding one image of TID2013's size with Kang's network, beside a peer and beside a limit.

The peer is the same network, with the same weights, run patch by patch in plain PyTorch; the
limit is the time in which this machine multiplies matrices with as many operations as the shared
convolution and the dense layers need.
"""

import numpy as np
import torch
from _measure import faster, in_turns, share, show
from sklearn.frozen import FrozenEstimator

from sk_hyperimage import architectures as arch
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor

IMAGE_SHAPE = (384, 512, 3)
SIDE = 2048


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


def n_operations(n_patches, shape=IMAGE_SHAPE):
    """Multiplications and additions of the shared convolution and of the dense layers."""
    convolution = (shape[0] - 6) * (shape[1] - 6) * 50 * 7 * 7 * shape[2]
    dense = n_patches * (100 * 800 + 800 * 800)
    return 2 * (convolution + dense)


def compare():
    images = np.random.default_rng(0).random((1, *IMAGE_SHAPE), dtype=np.float32)
    grids = PatchExtractor(patch_size=32, overlap=0.5).fit_transform(images)
    few = PatchExtractor(patch_size=32, overlap=0).fit_transform(images[:, :64, :64])
    stage_one = CNNRegressor(arch.KANG2014, max_epochs=1, early_stopping=False, random_state=0)
    fitted = HyperImageEncoder(stage_one).fit(few, [0.0]).patch_estimator_

    plain = PlainNetwork(fitted.weights_).eval()
    patches = torch.from_numpy(np.asarray(grids)[0].reshape(-1, 32, 32, 3).transpose(0, 3, 1, 2))
    patches = patches.contiguous()
    dense, batched = (
        HyperImageEncoder(FrozenEstimator(fitted), encoding=encoding).fit(grids, [0.0])
        for encoding in ("dense", "patches")
    )
    described = dense.transform(grids).reshape(len(patches), -1)
    np.testing.assert_allclose(described, plain(patches).detach(), atol=1e-4)
    square = torch.rand(SIDE, SIDE)
    with torch.inference_mode():
        seconds = in_turns(
            {
                "dense": lambda: dense.transform(grids),
                "patches in batches": lambda: batched.transform(grids),
                "plain PyTorch, patch by patch": lambda: [plain(p[None]) for p in patches],
                "plain PyTorch, all patches at once": lambda: plain(patches),
                "matrix product": lambda: square @ square,
            },
            repeats=15,
        )
    limit = "matrix product of the same operations"
    seconds[limit] = seconds.pop("matrix product") * n_operations(len(patches)) / (2 * SIDE**3)
    name = "encode 384 x 512 x 3"
    return [
        faster(name, seconds, "dense", "plain PyTorch, patch by patch", ">= 3.5"),
        faster(name, seconds, "dense", "plain PyTorch, all patches at once", ">= 3.5"),
        faster(name, seconds, "patches in batches", "plain PyTorch, all patches at once"),
        share(name, seconds, "dense", limit, "<= 1.7"),
    ]


if __name__ == "__main__":
    show(compare())
