import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.data import astronaut, camera

from sk_hyperimage.feature_extraction import PatchExtractor, ResidualCooccurrences
from sk_hyperimage.images import PatchSequence


def described(image, **parameters):
    return ResidualCooccurrences(**parameters).fit_transform(np.asarray(image)[np.newaxis])[0]


def by_name(image, **parameters):
    features = ResidualCooccurrences(**parameters)
    values = features.fit_transform(np.asarray(image)[np.newaxis])[0]
    return dict(zip(features.get_feature_names_out(), values, strict=True))


def features_by_loops(levels, taps=(1, -3, 3, -1), step=4.5, n_levels=3, n_pixels=4):
    """The definitions of Section II written out, for whole gray levels."""
    most = n_levels // 2

    def digit(residual):
        rounded = int(abs(residual) / step + 0.5)  # halves outwards
        return min(rounded, most) * (1 if residual > 0 else -1)

    words = list(itertools.product(range(-most, most + 1), repeat=n_pixels))
    counts = {"across": dict.fromkeys(words, 0), "along": dict.fromkeys(words, 0)}
    for image in (levels.tolist(), levels.T.tolist()):
        n_rows, n_cols = len(image), len(image[0]) - len(taps) + 1
        digits = [
            [digit(sum(t * row[j + k] for k, t in enumerate(taps))) for j in range(n_cols)]
            for row in image
        ]
        for i in range(n_rows):
            for j in range(n_cols):
                if i + n_pixels <= n_rows:
                    counts["across"][tuple(digits[i + n][j] for n in range(n_pixels))] += 1
                if j + n_pixels <= n_cols:
                    counts["along"][tuple(digits[i][j + n] for n in range(n_pixels))] += 1
    return {
        f"{half}_{'_'.join(map(str, word))}": count / sum(of_half.values())
        for half, of_half in counts.items()
        for word, count in of_half.items()
    }


LEVELS_8BIT = st.tuples(st.integers(7, 12), st.integers(7, 12)).flatmap(
    lambda shape: arrays(np.uint8, shape)
)


@settings(max_examples=25)
@given(LEVELS_8BIT, st.sampled_from([3, 4.5, 6]))
def test_features_equal_the_definitions_written_as_loops(levels, step):
    assert by_name(levels, step=step) == features_by_loops(levels.astype(int), step=step)


@pytest.mark.parametrize("step", [3, 4.5, 6])
def test_features_of_a_photograph_equal_the_loops(step):
    # Of a third to a seventh of these residuals, halves of an even step decide.
    levels = camera()[200:248, 180:212]
    assert by_name(levels, step=step) == features_by_loops(levels.astype(int), step=step)
