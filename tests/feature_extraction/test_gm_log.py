import numpy as np
import pytest
from skimage.data import astronaut, camera, cat, coffee, rocket

from sk_hyperimage.feature_extraction import GmLogFeatures

# Of the authors' formulas in Octave, with MATLAB's Laplacian window (Octave's own is another): the
# first bins of gradients and Laplacians, the fifth and the eighth given the other.
# fmt: off
OCTAVE = [
    (astronaut, [0.1954127658, 0.2583118916, 0.1543005338, 0.0374893858]),
    (camera, [0.1725695951, 0.1861437473, 0.1354370460, 0.0726973461]),
    (cat, [0.0662373783, 0.2077211440, 0.2016436734, 0.0352607186]),
    (coffee, [0.1128694665, 0.1765049827, 0.1545023752, 0.0498907335]),
    (rocket, [0.3361137131, 0.2611178019, 0.1230722203, 0.0682127730]),
]
# fmt: on


@pytest.mark.parametrize(("photo", "expected"), OCTAVE, ids=lambda of: getattr(of, "__name__", ""))
def test_features_are_those_of_the_formulas_of_the_release_in_octave(photo, expected):
    features = GmLogFeatures().fit_transform(photo()[np.newaxis])[0]
    np.testing.assert_allclose(features[[0, 10, 24, 37]], expected, atol=1e-9)


@pytest.mark.parametrize("shape", [(1, 1), (3, 9), (4, 4), (5, 40)])
def test_every_ten_features_are_shares_of_images_of_any_size(shape, rng):
    features = GmLogFeatures().fit_transform(rng.random((1, *shape)))[0]
    assert (features >= 0).all()
    np.testing.assert_allclose(features.reshape(4, 10).sum(axis=1), 1)


def test_flat_images_are_of_the_first_level():
    features = GmLogFeatures().fit_transform(np.full((1, 9, 9), 0.5))[0].reshape(4, 10)
    np.testing.assert_array_equal(features.argmax(axis=1), 0)
    np.testing.assert_allclose(features.max(axis=1), 1)
