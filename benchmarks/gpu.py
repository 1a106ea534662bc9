"""Both stages on a GPU: patches a second, the time it idles, and 100 splits of TID2013.

Images have TID2013's size and come from PNG files. An epoch's time is the median of all but the
first, in which files are decoded. The card idles while neither kernels nor copies run: their time
is the profiler's, of a second epoch alone, and the time that they are held against is that of a
run without it.
"""

import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch
from _measure import Comparison, show
from memory import write_images
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from sk_hyperimage import architectures as arch
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.images import PatchSequence
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.preprocessing import LocalContrastNormalizer

PRECISIONS = ("full", "tf32", "bfloat16")
N_EPOCHS = 3
N_TRAINED, N_ENCODED, N_HYPER_IMAGES = 8, 100, 400
# TID2013 has 3,000 images, of which a split trains on 80 %, validation included.
N_IMAGES, TRAINING_SHARE, N_SPLITS = 3000, 0.8, 100
EPOCHS_ONE, EPOCHS_TWO = 80, 200


def network(layers, precision, device, max_epochs=N_EPOCHS):
    return CNNRegressor(
        layers,
        max_epochs=max_epochs,
        early_stopping=False,
        precision=precision,
        device=device,
        random_state=0,
    )


def seconds_of(function):
    """Seconds that a function takes the second time."""
    function()
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def busy_seconds(function):
    """Seconds of all kernels and copies on the card; without one, none."""
    kinds = torch.profiler.ProfilerActivity
    kind = kinds.CUDA if torch.cuda.is_available() else kinds.CPU
    with torch.profiler.profile(activities=[kind]) as found:
        function()
    return sum(event.self_device_time_total for event in found.key_averages()) / 1e6


def idle(name, precision, seconds, busy, n_items, unit):
    """How long the card waits during some work."""
    return Comparison(
        name,
        f"{precision}: {n_items / seconds:,.0f} {unit} a second",
        f"kernels and copies alone: {n_items / max(busy, 1e-9):,.0f}",
        1 - busy / seconds,
        "of the time idle",
    )


def epoch(layers, samples, precision, device):
    """Seconds of the first epoch, of a later one, and of its kernels."""
    target = np.random.default_rng(0).random(len(samples))
    fitted = network(layers, precision, device).fit(samples, target)
    first, *later = fitted.net_.history[:, "dur"]
    once, twice = (
        busy_seconds(lambda n=n: network(layers, precision, device, n).fit(samples, target))
        for n in (1, 2)
    )
    return first, median(later), twice - once


def measure(files, hyper_images, precision, device, n_trained):
    """Lines on one precision."""
    cut = make_pipeline(LocalContrastNormalizer(), PatchExtractor(patch_size=32, overlap=0.5))
    grids = cut.fit_transform(files)
    n_patches = int(np.prod(grids.shape[1:3]))
    patches = PatchSequence(grids[:n_trained])
    first, one, busy_one = epoch(arch.KANG2014, patches, precision, device)
    _, two, busy_two = epoch(arch.TID_STAGE2, hyper_images, precision, device)

    few = patches.subset(np.arange(100))
    stage_one = network(arch.KANG2014, precision, device, 1).fit(few, np.arange(100.0))
    encoder = HyperImageEncoder(FrozenEstimator(stage_one)).fit(grids, np.zeros(len(grids)))
    decoded = PatchExtractor(patch_size=32, overlap=0.5).fit_transform(
        np.stack([grids.images.item(index) for index in range(len(grids))])
    )
    from_files, from_memory = (
        seconds_of(lambda some=some: encoder.transform(some)) for some in (grids, decoded)
    )
    busy_encoding = busy_seconds(lambda: encoder.transform(grids))

    n_training = N_IMAGES * TRAINING_SHARE
    decoding = (first - one) * n_training / n_trained
    stages = {
        "stage one": decoding + EPOCHS_ONE * one * n_training / n_trained,
        "encoding": from_files * N_IMAGES / len(grids),
        "stage two": EPOCHS_TWO * two * n_training / len(hyper_images),
    }
    hours = {name: N_SPLITS * seconds / 3600 for name, seconds in stages.items()}
    of_stages = ", ".join(f"{name} {value:.1f} h" for name, value in hours.items())
    return [
        idle("stage one on a GPU", precision, one, busy_one, len(patches), "patches"),
        idle("stage two on a GPU", precision, two, busy_two, len(hyper_images), "hyper-images"),
        idle(
            "encode files on a GPU",
            precision,
            from_files,
            busy_encoding,
            len(grids) * n_patches,
            "patches",
        ),
        Comparison(
            "encode files on a GPU",
            f"{precision}: {1e3 * from_files / len(grids):.1f} ms an image",
            f"of decoded images: {1e3 * from_memory / len(grids):.1f} ms",
            from_files / from_memory,
            "x the time",
            "<= 1.1",
        ),
        Comparison(
            f"{N_SPLITS} splits of TID2013 on a GPU, extrapolated",
            f"{precision}: {sum(hours.values()):.1f} h",
            of_stages,
        ),
    ]


def compare():
    if not torch.cuda.is_available():
        return [Comparison("both stages on a GPU", "no GPU here", "")]
    hyper_images = np.random.default_rng(0).random((N_HYPER_IMAGES, 23, 31, 800), dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        write_images(folder)
        files = sorted(Path(folder).glob("*.png"))[:N_ENCODED]
        return [
            line
            for precision in PRECISIONS
            for line in measure(files, hyper_images, precision, "cuda", N_TRAINED)
        ]


if __name__ == "__main__":
    show(compare())
