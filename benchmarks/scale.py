"""How time and peak memory of fit and predict grow with what there is to do.

The exponents are the slopes of logarithms over the number of images, the cells of the patch grid
(the same images, patches that overlap more), the depth of the hyper-images, and for time the side
of the images. Work grows at most in proportion to images, cells, depth and pixels; less is fixed
cost, and what overlapping patches share. Peak memory is that above a process which has only
imported the package; its models have a small first stage, so that hyper-images take most of it.
"""

from multiprocessing import get_context

import numpy as np
from _measure import Comparison, in_turns, show
from memory import peak_bytes

from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor

# Overlaps of patches a quarter as long as the image, by the number of cells.
OVERLAPS = {16: 0, 49: 0.5, 169: 0.75, 625: 0.875}
FEW = 8
WORK = {"images": 1, "side": 2, "cells": 1, "depth": 1}
TIME = {
    "images": (8, 16, 32),
    "side": (128, 192, 256),
    "cells": (16, 49, 169),
    "depth": (400, 800, 1600),
}
MEMORY = {"images": (64, 128, 256), "cells": (49, 169, 625), "depth": (800, 1600, 3200)}


def model(overlap, patch_size, first_layers):
    once = {"max_epochs": 1, "early_stopping": False}
    return HyperImageRegressor(
        "passthrough",
        PatchExtractor(patch_size, overlap=overlap),
        CNNRegressor(first_layers, **once),
        CNNRegressor("C(16) MP(2) FC(32) FC(1,linear)", **once),
        early_stopping=False,
        random_state=0,
    )


def data(n_images, side):
    images = np.random.default_rng(0).random((n_images, side, side, 3), dtype=np.float32)
    return images, np.arange(float(n_images))


def times(images=FEW, side=128, cells=49, depth=800):
    """Median seconds of fit and predict."""
    layers = f"C(50,7,1,linear,valid) MinMaxPool(26) FC(800) FC({depth}) FC(1,linear)"
    unfitted, (X, y) = model(OVERLAPS[cells], 32, layers), data(images, side)
    fitted = model(OVERLAPS[cells], 32, layers).fit(X, y)
    functions = {"fit": lambda: unfitted.fit(X, y), "predict": lambda: fitted.predict(X)}
    return in_turns(functions, repeats=3)


def peak(name, images=64, cells=169, depth=800):
    """Bytes at their peak in this process, of fit, or of predict after a fit on few images."""
    start = peak_bytes()
    unfitted = model(OVERLAPS[cells], 8, f"C(4,3,1,linear,valid) MP(6) FC({depth}) FC(1,linear)")
    X, y = data(images, 32)
    if name == "fit":
        unfitted.fit(X, y)
    else:
        unfitted.fit(X[:FEW], y[:FEW]).predict(X)
    return peak_bytes() - start


def growth(what, quantity, sizes, values):
    """Slope of log value over log size, beside that of the work."""
    exponent, work = np.polyfit(np.log(sizes), np.log(values), 1)[0], WORK[quantity]
    ours = f"{quantity} {sizes[0]} to {sizes[-1]}: exponent {exponent:.2f}"
    name = f"{what} over {quantity}"
    return Comparison(name, ours, f"work: exponent {work}", exponent / work, "of it", "<= 1.1")


def compare():
    # Each process is a copy of one that has only imported this file: memory that was freed before,
    # and would be used again, is in none.
    processes = get_context("forkserver")
    processes.set_forkserver_preload(["scale"])
    comparisons = []
    with processes.Pool(1, maxtasksperchild=1) as pool:
        for quantity, sizes in TIME.items():
            found = [pool.apply(times, kwds={quantity: size}) for size in sizes]
            for name in found[0]:
                seconds = [medians[name] for medians in found]
                comparisons.append(growth(f"time of {name}", quantity, sizes, seconds))
        for quantity, sizes in MEMORY.items():
            for name in ("fit", "predict"):
                peaks = [pool.apply(peak, [name], {quantity: size}) for size in sizes]
                comparisons.append(growth(f"memory of {name}", quantity, sizes, peaks))
    return comparisons


if __name__ == "__main__":
    show(compare())
