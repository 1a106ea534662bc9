"""Local contrast normalization of one image beside scipy's and OpenCV's Gaussian filters."""

import importlib.util
from functools import partial

import numpy as np
from _measure import faster, in_turns, show
from scipy.ndimage import gaussian_filter

from sk_hyperimage.preprocessing import LocalContrastNormalizer

SIGMA, EPS = 7 / 6, 1 / 255


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
    functions["LocalContrastNormalizer"] = partial(normalizer.transform, image[np.newaxis])
    seconds = in_turns(functions, repeats=100)
    return [
        faster("normalize 384 x 512 x 3", seconds, "LocalContrastNormalizer", name, target)
        for name, (_, target) in blurs.items()
    ]


if __name__ == "__main__":
    show(compare())
