"""How the times of fit and predict grow with the number of images and with their side.

The exponents are the slopes of logarithms. Work grows with the number of images (exponent 1) and
with the pixels (exponent 2 of the side); less is fixed cost.
"""

import numpy as np
from _measure import Comparison, in_turns, show

from sk_hyperimage import architectures as arch
from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor

COUNTS, SIDES = (8, 16, 32, 64), (128, 192, 256, 384)
FEW, SMALL = 8, 128


def model():
    once = {"max_epochs": 1, "early_stopping": False}
    return HyperImageRegressor(
        "passthrough",
        PatchExtractor(patch_size=32, overlap=0.5),
        CNNRegressor(arch.KANG2014, **once),
        CNNRegressor("C(16) MP(2) FC(32) FC(1,linear)", **once),
        early_stopping=False,
        random_state=0,
    )


def seconds_of(n_images, side):
    """Median times of fit and predict."""
    images = np.random.default_rng(0).random((n_images, side, side, 3), dtype=np.float32)
    target = np.arange(float(n_images))
    fitted = model().fit(images, target)
    functions = {
        "fit": lambda: model().fit(images, target),
        "predict": lambda: fitted.predict(images),
    }
    return in_turns(functions, repeats=3)


def exponents(sizes, times):
    """Slopes of log time over log size, by function."""
    return {
        name: np.polyfit(np.log(sizes), np.log([t[name] for t in times]), 1)[0]
        for name in times[0]
    }


def compare():
    growing = {
        "images": (COUNTS, [seconds_of(count, SMALL) for count in COUNTS], 1),
        "side": (SIDES, [seconds_of(FEW, side) for side in SIDES], 2),
    }
    return [
        Comparison(
            f"time of {name} over {quantity}",
            f"{quantity} {sizes[0]} to {sizes[-1]}: exponent {exponent:.2f}",
            f"work: exponent {work}",
            exponent / work,
            "of it",
        )
        for quantity, (sizes, times, work) in growing.items()
        for name, exponent in exponents(sizes, times).items()
    ]


if __name__ == "__main__":
    show(compare())
