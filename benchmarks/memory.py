"""Peak memory of encoding many images of TID2013's size from files: flat, beside the result.

Every count of images runs in a process of its own, which says its peak resident memory; the
hyper-images themselves are taken off.
"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from _measure import STATUS, Comparison, show, status_bytes

COUNTS = (100, 400, 1600)
N_FILES = 100
LIMIT_GB = 1.5


def write_images(folder):
    """PNG files of 384 x 512 colour pixels."""
    from skimage.io import imsave

    rng = np.random.default_rng(0)
    for index in range(N_FILES):
        levels = rng.integers(0, 256, (384, 512, 3), dtype=np.uint8)
        imsave(Path(folder) / f"{index:03}.png", levels, check_contrast=False)


def peak_above_result(folder, n_images):
    """Bytes of resident memory at their peak, less those of the hyper-images."""
    from sklearn.frozen import FrozenEstimator
    from sklearn.pipeline import make_pipeline

    from sk_hyperimage import architectures as arch
    from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
    from sk_hyperimage.neural_network import CNNRegressor
    from sk_hyperimage.preprocessing import LocalContrastNormalizer

    files = sorted(Path(folder).glob("*.png")) * (n_images // N_FILES)
    cut = make_pipeline(LocalContrastNormalizer(), PatchExtractor(patch_size=32, overlap=0.5))
    grids = cut.fit_transform(files)
    patches = np.random.default_rng(0).random((50, 32, 32, 3), dtype=np.float32)
    stage_one = CNNRegressor(arch.KANG2014, max_epochs=1, early_stopping=False, random_state=0)
    frozen = FrozenEstimator(stage_one.fit(patches, np.arange(50.0)))
    hyper_images = HyperImageEncoder(frozen).fit(grids, np.zeros(n_images)).transform(grids)
    return peak_bytes() - hyper_images.nbytes


def peak_bytes():
    """The highest resident memory of this process so far."""
    if STATUS.exists():  # getrusage would count that of the process that started this one
        return status_bytes("VmHWM")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024)


def compare():
    with tempfile.TemporaryDirectory() as folder:
        write_images(folder)
        peaks = {}
        for count in COUNTS:
            command = [sys.executable, __file__, folder, str(count)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            peaks[count] = json.loads(done.stdout)
    first, *_, last = COUNTS
    name = "memory above the hyper-images, from files"

    def said(count):
        return f"{count} images: {peaks[count] / 1e9:.2f} GB"

    return [
        Comparison(name, said(last), said(first), peaks[last] / peaks[first], "x", "<= 1.1"),
        Comparison(
            name, said(last), f"limit: {LIMIT_GB} GB", peaks[last] / 1e9 / LIMIT_GB, "x", "<= 1"
        ),
    ]


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(peak_above_result(sys.argv[1], int(sys.argv[2]))))
    else:
        show(compare())
