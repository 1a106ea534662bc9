"""Scoring one image from its file with a fitted two-stage model, beside BRISQUE.

BRISQUE is the package's own, with a support vector regression, and where it is installed that of
pyiqa, which is given the image in memory. Scores are random everywhere: they do not change the
time. Where the time of the two-stage model goes is told part by part, each as its own estimator
takes it; the rest, if any, is what is no arithmetic.
"""

import importlib.util
import tempfile
from pathlib import Path

import numpy as np
import torch
from _measure import faster, in_turns, share, show
from skimage.io import imread, imsave
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVR

from sk_hyperimage import architectures as arch
from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import BrisqueFeatures, PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.preprocessing import LocalContrastNormalizer

OURS, BRISQUE = "HyperImageRegressor, from a file", "BRISQUE and SVR, from a file"


def pyiqa_metrics(image):
    """Metrics of pyiqa by name, each applied to the image."""
    if not importlib.util.find_spec("pyiqa"):
        print("pyiqa is not installed and is left out: pip install pyiqa")
        return {}
    from pyiqa.archs.brisque_arch import brisque
    from pyiqa.archs.cnniqa_arch import CNNIQA

    batch = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    cnniqa = CNNIQA(pretrained=None).eval()
    vectors, coefficients = torch.rand(774, 36), torch.rand(774, 1)
    return {
        "pyiqa brisque": lambda: brisque(batch, sv=vectors, sv_coef=coefficients),
        "pyiqa cnniqa": lambda: cnniqa(batch),
    }


def parts_of(model, file):
    """What a fitted two-stage model does to one file, part by part, by name."""
    image = imread(file)[np.newaxis]
    normalized = model.normalizer_.transform(image)
    patches = model.extractor_.transform(normalized)
    hyper_image = model.encoder_.transform(patches)
    return {
        "decoding": lambda: imread(file),
        "normalization": lambda: model.normalizer_.transform(image),
        "encoding": lambda: model.encoder_.transform(patches),
        "the second stage": lambda: model.final_estimator_.predict(hyper_image),
    }


def compare():
    images = np.random.default_rng(0).integers(0, 256, (4, 384, 512, 3), dtype=np.uint8)
    target = np.arange(4.0)
    once = {"max_epochs": 1, "early_stopping": False}
    model = HyperImageRegressor(
        LocalContrastNormalizer(),
        PatchExtractor(patch_size=32, overlap=0.5),
        CNNRegressor(arch.KANG2014, **once),
        CNNRegressor(arch.TID_STAGE2, **once),
        early_stopping=False,
        random_state=0,
    ).fit(images, target)
    brisque = make_pipeline(BrisqueFeatures(), MinMaxScaler((-1, 1)), SVR()).fit(images, target)
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        file = Path(folder) / "image.png"
        imsave(file, images[0], check_contrast=False)
        functions = {
            OURS: lambda: model.predict([file]),
            BRISQUE: lambda: brisque.predict([file]),
            **pyiqa_metrics(images[0]),
        }
        parts = parts_of(model, file)
        seconds = in_turns(functions | parts, repeats=15)
    name = "score 384 x 512 x 3"
    seconds["all its parts"] = sum(seconds[part] for part in parts)
    return [
        *(faster(name, seconds, OURS, other) for other in functions if other != OURS),
        *(share(name, seconds, part, OURS, means="of it") for part in [*parts, "all its parts"]),
    ]


if __name__ == "__main__":
    show(compare())
