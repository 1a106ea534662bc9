"""Scoring one image with a fitted two-stage model beside two metrics of pyiqa, where installed.

Weights are random everywhere: they do not change the time.
"""

import importlib.util

import numpy as np
import torch
from _measure import Comparison, faster, in_turns, show, with_time

from sk_hyperimage import architectures as arch
from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.preprocessing import LocalContrastNormalizer


def peers(image):
    """Metrics of pyiqa by name, each applied to the image."""
    if not importlib.util.find_spec("pyiqa"):
        print("pyiqa is not installed and is left out: pip install pyiqa")
        return {}
    from pyiqa.archs.brisque_arch import brisque
    from pyiqa.archs.cnniqa_arch import CNNIQA

    batch = torch.from_numpy(image).permute(2, 0, 1)[None]
    cnniqa = CNNIQA(pretrained=None).eval()
    vectors, coefficients = torch.rand(774, 36), torch.rand(774, 1)
    return {
        "pyiqa brisque": lambda: brisque(batch, sv=vectors, sv_coef=coefficients),
        "pyiqa cnniqa": lambda: cnniqa(batch),
    }


def compare():
    images = np.random.default_rng(0).random((4, 384, 512, 3), dtype=np.float32)
    once = {"max_epochs": 1, "early_stopping": False}
    model = HyperImageRegressor(
        LocalContrastNormalizer(),
        PatchExtractor(patch_size=32, overlap=0.5),
        CNNRegressor(arch.KANG2014, **once),
        CNNRegressor(arch.TID_STAGE2, **once),
        early_stopping=False,
        random_state=0,
    ).fit(images, np.arange(4.0))
    name, ours = "score 384 x 512 x 3", "HyperImageRegressor"
    functions = {ours: lambda: model.predict(images[:1])} | peers(images[0])
    with torch.inference_mode():
        seconds = in_turns(functions, repeats=15)
    others = [other for other in functions if other != ours]
    if not others:
        return [Comparison(name, with_time(ours, seconds), "nothing installed")]
    return [faster(name, seconds, ours, other) for other in others]


if __name__ == "__main__":
    show(compare())
