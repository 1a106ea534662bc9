"""One photograph of 12 megapixels at its own resolution, from a file, tile by tile.

The networks are the paper's, with their first weights, which do not change the time. The limit is
that of `encode`: a product of matrices with as many operations as the first stage needs for all
pixels and patches. Memory is that of a process of its own at its peak, less what it held before
and the pixels of the image: as bytes and as floats where it is decoded, as floats and two values a
pixel where a map is made.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from _measure import Comparison, in_turns, share, show, status_bytes
from encode import SIDE, n_operations
from memory import peak_bytes
from sklearn.frozen import FrozenEstimator

from sk_hyperimage import architectures as arch
from sk_hyperimage.ensemble import HyperImageRegressor, TiledRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.inspection import patch_maps
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.preprocessing import LocalContrastNormalizer

TILE = (384, 512)
SHAPES = {"12 megapixels": (3000, 4000, 3), "50 megapixels": (6120, 8160, 3)}
LIMIT_GB = 1.0


def tiled_model():
    """The paper's networks around tiles of TID2013's size."""
    images = np.random.default_rng(0).integers(0, 256, (4, *TILE, 3), dtype=np.uint8)
    untrained = {"max_epochs": 0, "early_stopping": False}
    model = HyperImageRegressor(
        LocalContrastNormalizer(),
        PatchExtractor(patch_size=32, overlap=0.5),
        CNNRegressor(arch.KANG2014, **untrained),
        CNNRegressor(arch.TID_STAGE2, **untrained),
        early_stopping=False,
        random_state=0,
    ).fit(images, np.arange(4.0))
    return TiledRegressor(FrozenEstimator(model), TILE).fit(images)


def write_photograph(folder, shape):
    """A PNG file of random pixels in blocks, which decodes as fast as photographs do."""
    from skimage.io import imsave

    path = Path(folder) / f"{shape[0]}.png"
    coarse = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    pixels = np.tile(coarse, (-(-shape[0] // 8), -(-shape[1] // 8), 1))[: shape[0], : shape[1]]
    imsave(path, pixels, check_contrast=False)
    return path


def peak_above_image(path, n_pixels):
    """Bytes of a prediction and of a map at their peak, less those of the pixels."""
    model = tiled_model()
    model.predict(np.zeros((1, *TILE, 3), dtype=np.uint8))
    before = status_bytes("VmRSS")
    model.predict([path])
    predicting = peak_bytes() - before - n_pixels * 3 * (1 + 4)
    patch_maps(model, [path])
    return predicting, peak_bytes() - before - n_pixels * (3 * 4 + 2 * 4)


def compare():
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: write_photograph(folder, shape) for name, shape in SHAPES.items()}
        peaks = {}
        for name, path in paths.items():
            command = [sys.executable, __file__, path, str(np.prod(SHAPES[name][:2]))]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            peaks[name] = max(json.loads(done.stdout))
        twelve, fifty = SHAPES
        model, square = tiled_model(), torch.rand(SIDE, SIDE)
        ours = "TiledRegressor, from a file"
        with torch.inference_mode():
            seconds = in_turns(
                {
                    ours: lambda: model.predict([paths[twelve]]),
                    "matrix product": lambda: square @ square,
                },
                repeats=3,
            )
    rows, cols = SHAPES[twelve][:2]
    n_patches = -(-rows // TILE[0]) * -(-cols // TILE[1]) * 23 * 31
    product = seconds.pop("matrix product") / (2 * SIDE**3)
    limit = "matrix product of the same operations"
    seconds[limit] = product * n_operations(n_patches, SHAPES[twelve])
    name = "score 3000 x 4000 x 3"
    memory = "memory above the pixels of one photograph"

    def said(count):
        return f"{count}: {peaks[count] / 1e9:.2f} GB"

    return [
        share(name, seconds, ours, limit),
        Comparison(memory, said(fifty), said(twelve), peaks[fifty] / peaks[twelve], "x", "<= 1.5"),
        Comparison(
            memory,
            said(fifty),
            f"limit: {LIMIT_GB} GB",
            peaks[fifty] / 1e9 / LIMIT_GB,
            "x",
            "<= 1",
        ),
    ]


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(peak_above_image(sys.argv[1], int(sys.argv[2]))))
    else:
        show(compare())
