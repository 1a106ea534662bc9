"""Images of TID2013 made again from its photographs, with the scores of the originals.

TID2013 states the strength of its distortions by PSNR: levels 1 to 5 have 33, 30, 27, 24 and 21
dB. Where the recipe of a kind is certain, an image made of the same photograph in the same way and
of the same PSNR looks like the one that was scored. Its photographs are the centers of Kodak's.
"""

from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.ndimage import gaussian_filter
from scipy.optimize import brentq
from skimage.io import imread

from sk_hyperimage.distortions import KINDS
from sk_hyperimage.metrics import psnr

DECIBEL = (33, 30, 27, 24, 21)
LEVELS = (1, 2, 3, 4, 5)
SHAPE = (384, 512)


def high_frequency_noise(image, sigma, rng):
    """Gaussian noise without its low frequencies."""
    white = rng.normal(size=image.shape)
    sharp = white - gaussian_filter(white, (1, 1, 0))
    return image + sigma * sharp / sharp.std()


# Number and name in TID2013: what makes it, and the range of strengths to search.
RECIPES = {
    (1, "additive noise"): (KINDS["additive noise"].operation, 1, 90),
    (5, "high frequency noise"): (high_frequency_noise, 1, 90),
    (6, "impulse noise"): (KINDS["impulse noise"].operation, 1e-4, 0.5),
    (8, "blur"): (KINDS["blur"].operation, 0.2, 40),
    (10, "jpeg"): (KINDS["jpeg"].operation, 95, 1),
    (11, "jpeg2000"): (KINDS["jpeg2000"].operation, 2, 2000),
    (14, "pattern"): (KINDS["pattern"].operation, 1e-3, 20),
}


def resynthesized(photographs, scores, kinds, levels=LEVELS):
    """Images (n, 384, 512, 3), mean opinion scores, photographs and kinds.

    Parameters
    ----------
    photographs : path
        Folder of Kodak's 24 photographs, in their order by name: ``kodim01.png`` or ``01.png``.
    scores : path
        ``mos_with_names.txt`` of TID2013.
    kinds : sequence of int
        Numbers; those without a certain recipe are left out.
    levels : sequence of int
        From 1, faint, to 5.
    """
    opinions = _opinions(scores)
    paths = sorted(Path(photographs).glob("*.png"))
    if len(paths) != 24:
        raise FileNotFoundError(f"{str(photographs)!r} holds {len(paths)} PNG files, not 24")
    cuts = [_center(path) for path in paths]
    made = [
        (reference, number, name, level)
        for reference in range(24)
        for number, name in RECIPES
        if number in kinds
        for level in levels
    ]
    images = Parallel(-1)(
        delayed(of_psnr)(
            cuts[reference], *RECIPES[number, name], DECIBEL[level - 1], (reference, number)
        )
        for reference, number, name, level in made
    )
    target = [opinions[reference + 1, number, level] for reference, number, _, level in made]
    groups, _, kinds, _ = map(np.array, zip(*made, strict=True))
    return np.stack(images), np.array(target), groups, kinds


def _opinions(path):
    """Score by reference, kind and level, from lines like ``5.51429 I01_01_1.bmp``."""
    scores = {}
    for line in Path(path).read_text().splitlines():
        score, name = line.split()
        reference, kind, level = name[1:].split(".")[0].split("_")
        scores[int(reference), int(kind), int(level)] = float(score)
    return scores


def _center(path):
    photograph = imread(path)
    top, left = ((side - n) // 2 for side, n in zip(photograph.shape, SHAPE, strict=False))
    return photograph[top : top + SHAPE[0], left : left + SHAPE[1]]


def of_psnr(photograph, operation, faint, strong, decibel, seed):
    """The photograph, damaged as strongly as the PSNR says; the same noise at every level."""

    def damaged(log_strength):
        rng = np.random.RandomState(seed)
        image = operation(photograph.astype(float), np.exp(log_strength), rng)
        return np.clip(np.rint(image), 0, 255).astype(np.uint8)

    def excess(log_strength):
        found = psnr(photograph, damaged(log_strength), data_range=255)
        return min(found, 99) - decibel  # infinite where nothing changes

    ends = np.log([faint, strong])
    if excess(ends[1]) >= 0:  # it cannot become as bad, nearly
        return damaged(ends[1])
    return damaged(brentq(excess, *sorted(ends), xtol=0.005, maxiter=60))
