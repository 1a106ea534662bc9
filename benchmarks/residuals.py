"""Residual co-occurrences of an image, and of all windows of a map, beside loops and a limit.

The peers are loops: over all combinations of levels, each of which is looked for in the whole
image, as rich models are commonly written, and over windows that are cut out. The limit is the
time in which numpy counts as many numbers as the features are shares of.
"""

import itertools

import numpy as np
from _measure import faster, in_turns, share, show
from scipy.ndimage import gaussian_filter
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sk_hyperimage.ensemble import PatchPoolingClassifier
from sk_hyperimage.feature_extraction import PatchExtractor, ResidualCooccurrences
from sk_hyperimage.images import Windows
from sk_hyperimage.inspection import patch_maps

SIDE, WINDOW, STRIDE = 512, 128, 8
OURS = "ResidualCooccurrences"


def photograph():
    """Something as smooth and as noisy as a photograph, of 8 bits."""
    rng = np.random.default_rng(0)
    smooth = gaussian_filter(rng.normal(size=(SIDE, SIDE)), 8)
    noisy = 128 + 900 * smooth + rng.normal(scale=1.5, size=smooth.shape)
    return noisy.round().clip(0, 255).astype(np.uint8)


def by_combinations(image):
    """The features, one combination of levels after the other."""
    counts = np.zeros((2, 81))
    for levels in (image.astype(float), image.T.astype(float)):
        residual = levels[:, :-3] - 3 * levels[:, 1:-2] + 3 * levels[:, 2:-1] - levels[:, 3:]
        digits = np.round(residual / 4.5).clip(-1, 1)
        rows, cols = digits.shape
        for half, neighbors in enumerate(
            (
                [digits[n : rows - 3 + n] for n in range(4)],
                [digits[:, n : cols - 3 + n] for n in range(4)],
            )
        ):
            for k, (a, b, c, d) in enumerate(itertools.product((-1, 0, 1), repeat=4)):
                first, second, third, fourth = neighbors
                found = (first == a) & (second == b) & (third == c) & (fourth == d)
                counts[half, k] += np.count_nonzero(found)
    return (counts / counts.sum(axis=1, keepdims=True)).ravel()


def compare():
    image = photograph()
    images = image[np.newaxis]
    features = ResidualCooccurrences().fit(images)
    np.testing.assert_array_equal(features.transform(images)[0], by_combinations(image))
    codes = np.random.default_rng(0).integers(0, 81, size=4 * SIDE**2, dtype=np.intp)
    counted = "np.bincount of as many numbers"
    seconds = in_turns(
        {
            OURS: lambda: features.transform(images),
            "combinations in a loop": lambda: by_combinations(image),
            counted: lambda: np.bincount(codes, minlength=81),
        },
        repeats=15,
    )
    name = f"describe {SIDE} x {SIDE}"
    found = [
        faster(name, seconds, OURS, "combinations in a loop", ">= 10"),
        share(name, seconds, OURS, counted, "<= 8"),
    ]

    svm = make_pipeline(features, StandardScaler(), LinearSVC())
    model = make_pipeline(PatchExtractor(WINDOW), PatchPoolingClassifier(svm))
    model.fit(np.stack([image, gaussian_filter(image, 0.5)]), [0, 1])
    windows = Windows.every(STRIDE, image.shape, (WINDOW, WINDOW))
    stage = model[-1].patch_estimator_

    def cut_out():
        """Decisions of all windows, one after the other."""
        return [stage.decision_function(p[np.newaxis]) for r in windows.cut(image) for p in r]

    def cut_out_at_once():
        return stage.decision_function(windows.cut(image).reshape(-1, WINDOW, WINDOW))

    seconds = in_turns(
        {
            "patch_maps": lambda: patch_maps(model, images, stride=STRIDE),
            "windows cut out": cut_out,
            "windows cut out, in one call": cut_out_at_once,
        },
        repeats=3,
    )
    name = f"map {SIDE} x {SIDE}, windows {WINDOW}, stride {STRIDE}"
    return [
        *found,
        faster(name, seconds, "patch_maps", "windows cut out", ">= 6"),
        faster(name, seconds, "patch_maps", "windows cut out, in one call", ">= 6"),
    ]


if __name__ == "__main__":
    show(compare())
