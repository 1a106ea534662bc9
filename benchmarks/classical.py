"""Describing one image by each classical method, beside pyiqa where that has it.

Every method is fitted on small images before: what they learn does not change the time. pyiqa is
given random parameters, of the shapes of its files. Both start from the pixels in memory.
"""

import importlib.util

import numpy as np
import torch
from _measure import Comparison, faster, in_turns, show, with_time
from skimage.data import astronaut
from skimage.transform import resize

from sk_hyperimage.ensemble import classical_model
from sk_hyperimage.feature_extraction import IlNiqeDistance, NiqeDistance

SHAPE = (384, 512)
WITH_SCORES = ("BRISQUE", "GM-LOG", "BLIINDS-II", "CORNIA", "HOSA", "DIIVINE", "FRIQUEE-ALL")


def of_pyiqa(image):
    """Pyiqa's methods by name, each applied to the image."""
    if not importlib.util.find_spec("pyiqa"):
        print("pyiqa is not installed and is left out: pip install pyiqa")
        return {}
    from pyiqa.archs.brisque_arch import brisque
    from pyiqa.archs.niqe_arch import calculate_ilniqe, calculate_niqe

    batch = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    support = {"sv": torch.rand(774, 36), "sv_coef": torch.rand(774, 1)}
    niqe = {"mu_pris_param": torch.rand(36), "cov_pris_param": torch.eye(36)}
    ilniqe = {
        "mu_pris_param": torch.rand(430),
        "cov_pris_param": torch.eye(430),
        "principleVectors": torch.rand(468, 430),
        "meanOfSampleData": torch.rand(468),
    }
    return {
        "BRISQUE": lambda: brisque(batch, **support),
        "NIQE": lambda: calculate_niqe(batch, **niqe),
        "IL-NIQE": lambda: calculate_ilniqe(batch, **ilniqe),
    }


def compare():
    image = np.rint(255 * resize(astronaut(), SHAPE)).astype(np.uint8)
    methods = {name: classical_model(name)["features"] for name in WITH_SCORES}
    methods |= {"NIQE": NiqeDistance(), "IL-NIQE": IlNiqeDistance()}
    learned = [image[:128, :128], image[-128:, :128], image[:128, -128:], image[-128:, -128:]]
    fitted = {name: method.fit(np.stack(learned)) for name, method in methods.items()}
    peers = of_pyiqa(image)
    benchmark = f"classical, an image of {SHAPE[0]} x {SHAPE[1]} x 3"
    lines = []
    for name, method in fitted.items():
        functions = {name: lambda method=method: method.transform(image[np.newaxis])}
        if name in peers:
            functions[f"pyiqa's {name}"] = peers[name]
        seconds = in_turns(functions, repeats=3)
        if name in peers:
            lines.append(faster(benchmark, seconds, name, f"pyiqa's {name}"))
        else:
            lines.append(Comparison(benchmark, with_time(name, seconds), ""))
    return lines


if __name__ == "__main__":
    show(compare())
