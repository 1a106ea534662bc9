"""Local contrast normalization of one image beside scipy's and OpenCV's filters, and a limit.

The limit is the time of as many multiplications and additions of whole arrays as its formula
needs: flat regions become exactly zero only if differences from the center are squared, which
takes more of them than the two filters of the common formula.
"""

import importlib.util
from functools import partial

import numpy as np
import torch
from _measure import faster, in_turns, share, show
from scipy.ndimage import gaussian_filter

from sk_hyperimage.preprocessing import LocalContrastNormalizer
from sk_hyperimage.preprocessing._local_contrast import BAND_VALUES

SIGMA, EPS = 7 / 6, 1 / 255

# Operations of the formula on whole arrays: 19 along rows, 25 along columns, 6 around them.
N_OPERATIONS = 50
OURS = "LocalContrastNormalizer"
OPERATIONS = f"{N_OPERATIONS} sums of arrays in the cache"


def by_blurs(image, blur):
    """Eq. 4 by two filters, as it is commonly written."""
    mean = blur(image)
    deviation = np.sqrt(np.abs(blur(image * image) - mean * mean))
    return (image - mean) / (deviation + EPS)


def scipy_blur(image):
    return gaussian_filter(image, SIGMA, axes=(0, 1), radius=3, mode="constant")


def opencv_blur(image):
    import cv2

    return cv2.GaussianBlur(image, (7, 7), SIGMA, borderType=cv2.BORDER_CONSTANT)


def operations_in_the_cache(n_values):
    """As many operations as the formula needs on bands of rows, with neither borders nor calls."""
    band, added = torch.zeros(BAND_VALUES), torch.ones(BAND_VALUES)
    for _ in range(-(-n_values // BAND_VALUES)):
        for _ in range(N_OPERATIONS):
            band.add_(added)


def compare():
    image = np.random.default_rng(0).random((384, 512, 3), dtype=np.float32)
    normalizer = LocalContrastNormalizer().fit(image[np.newaxis])
    blurs = {"scipy.ndimage": (scipy_blur, ">= 3")}
    if importlib.util.find_spec("cv2"):
        blurs["OpenCV"] = (opencv_blur, ">= 0.5")
    else:
        print("OpenCV is not installed and is left out: pip install opencv-python-headless")
    ours = normalizer.transform(image[np.newaxis])[0]
    for blur, _ in blurs.values():
        np.testing.assert_allclose(by_blurs(image, blur)[3:-3, 3:-3], ours[3:-3, 3:-3], atol=1e-2)
    functions = {name: partial(by_blurs, image, blur) for name, (blur, _) in blurs.items()}
    functions[OURS] = partial(normalizer.transform, image[np.newaxis])
    functions[OPERATIONS] = partial(operations_in_the_cache, image.size)
    seconds = in_turns(functions, repeats=100)
    name = "normalize 384 x 512 x 3"
    return [
        *(faster(name, seconds, OURS, blur, target) for blur, (_, target) in blurs.items()),
        share(name, seconds, OURS, OPERATIONS),
    ]


if __name__ == "__main__":
    show(compare())
