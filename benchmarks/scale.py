"""How time and peak memory of fit and predict grow with what there is to do.

The exponents are the slopes of logarithms over the number of images, the cells of the patch grid
(the same images, patches that overlap more), the depth of the hyper-images, and for time the side
of the images. Work grows at most in proportion to images, patches and depth; less is fixed cost,
and what overlapping patches share. Peak memory is that above imports, each in a process of its
own; its models have a small first stage, so that hyper-images take most of it.
"""

import json
import subprocess
import sys
from functools import cache

import numpy as np
from _measure import Comparison, in_turns, show
from memory import peak_bytes

from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor

# Overlaps of patches a quarter as long as the image, by the number of cells.
OVERLAPS = {49: 0.5, 169: 0.75, 625: 0.875}
FEW = 8  # images of which a model learns that is only to predict
WORK = {"images": 1, "side": 2.2, "cells": 1, "depth": 1}  # (side / 16 - 1) ** 2 patches
# The first sizes of all quantities go together; one of them grows at a time.
TIME = {"images": (8, 32), "side": (128, 256), "cells": (49, 169), "depth": (800, 1600)}
MEMORY = {"images": (64, 256), "cells": (169, 625), "depth": (800, 3200)}


def model(cells, patch_size, first_layers):
    once = {"max_epochs": 1, "early_stopping": False}
    return HyperImageRegressor(
        "passthrough",
        PatchExtractor(patch_size, overlap=OVERLAPS[cells]),
        CNNRegressor(first_layers, **once),
        CNNRegressor("C(16) MP(2) FC(32) FC(1,linear)", **once),
        early_stopping=False,
        random_state=0,
    )


def data(n_images, side):
    images = np.random.default_rng(0).random((n_images, side, side, 3), dtype=np.float32)
    return images, np.arange(float(n_images))


@cache
def times(images, side, cells, depth):
    """Median seconds of fit and predict."""
    layers = f"C(50,7,1,linear,valid) MinMaxPool(26) FC(800) FC({depth}) FC(1,linear)"
    trained, (X, y) = model(cells, 32, layers), data(images, side)
    functions = {"fit": lambda: trained.fit(X, y), "predict": lambda: trained.predict(X)}
    return in_turns(functions, repeats=2)


def peak(name, images, cells, depth):
    """Bytes at their peak in this process, of fit, or of predict after a fit on few images."""
    start = peak_bytes()
    trained = model(cells, 8, f"C(4,3,1,linear,valid) MP(6) FC({depth}) FC(1,linear)")
    X, y = data(images, 32)
    if name == "fit":
        trained.fit(X, y)
    else:
        trained.fit(X[:FEW], y[:FEW]).predict(X)
    return peak_bytes() - start


@cache
def peaks(**sizes):
    """Bytes at their peak of fit and predict, in processes of their own."""
    found = {}
    for name in ("fit", "predict"):
        command = [sys.executable, __file__, name, json.dumps(sizes)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[name] = json.loads(done.stdout)
    return found


def growth(what, measure, grid):
    """Slopes of log value over log size, beside those of the work."""
    for quantity, sizes in grid.items():
        first = {name: values[0] for name, values in grid.items()}
        found = [measure(**(first | {quantity: size})) for size in sizes]
        for name in ("fit", "predict"):
            values = [values[name] for values in found]
            exponent = np.polyfit(np.log(sizes), np.log(values), 1)[0]
            yield Comparison(
                f"{what} of {name} over {quantity}",
                f"{quantity} {sizes[0]} to {sizes[-1]}: exponent {exponent:.2f}",
                f"work: exponent {WORK[quantity]}",
                exponent / WORK[quantity],
                "of it",
                "<= 1.1",
            )


def compare():
    return [*growth("time", times, TIME), *growth("peak memory", peaks, MEMORY)]


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(peak(sys.argv[1], **json.loads(sys.argv[2])))
    else:
        show(compare())
