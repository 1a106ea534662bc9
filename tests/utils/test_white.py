"""Floats in [0, 255] where [0, 1] is meant: said once, of what a user gives."""

import warnings

import numpy as np
import pytest

from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import BrisqueFeatures, PatchExtractor
from sk_hyperimage.preprocessing import ColorConverter, LocalContrastNormalizer

LEVELS = np.random.default_rng(0).integers(0, 256, size=(8, 64, 64))
FLOATS = LEVELS.astype(np.float64)


@pytest.mark.parametrize("X", [FLOATS, list(FLOATS)], ids=["array", "list"])
@pytest.mark.parametrize(
    "step", [BrisqueFeatures(), PatchExtractor(32), ColorConverter(), LocalContrastNormalizer()]
)
def test_gray_levels_as_floats_are_noticed(step, X):
    with pytest.warns(UserWarning, match=r"X\[0\] holds floats up to 255, but white is 1"):
        step.fit_transform(X)


def test_the_default_says_it_once_in_fit_and_once_in_predict():
    model = HyperImageRegressor(random_state=0)
    for use in (lambda: model.fit(FLOATS, np.arange(8)), lambda: model.predict(FLOATS)):
        with pytest.warns(UserWarning, match="white is 1") as said:
            use()
        assert len(said) == 1


@pytest.mark.parametrize(
    ("step", "X"),
    [
        (BrisqueFeatures(), LEVELS.astype(np.uint8)),
        (BrisqueFeatures(), FLOATS / 255),
        (LocalContrastNormalizer(data_range=255.0), FLOATS),
        (PatchExtractor(32), FLOATS - 128),  # whatever it is, it is no image any more
    ],
)
def test_nothing_is_said_of_other_ranges(step, X):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        step.fit_transform(X)
