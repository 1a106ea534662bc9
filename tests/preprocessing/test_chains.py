"""Steps on images in any order: lazy on lazy images, arrays of arrays, the same numbers."""

import pickle
import weakref
from itertools import permutations

import joblib
import numpy as np
import pytest
from skimage.io import imread
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from sk_hyperimage.images import ImageCollection, Samples
from sk_hyperimage.preprocessing import (
    ColorConverter,
    ImageResizer,
    JPEGReencoder,
    LocalContrastNormalizer,
)

STEPS = ImageResizer((16, 24)), LocalContrastNormalizer(), JPEGReencoder()
COLOR = ColorConverter("rgb")
CHAINS = pytest.mark.parametrize(
    "chain",
    [make_pipeline(*steps) for n in (1, 2, 3) for steps in permutations(STEPS, n)]
    + [make_pipeline(COLOR), make_pipeline(COLOR, *STEPS)],
    ids=lambda chain: "-".join(chain.named_steps),
)


class Counting(ImageCollection):
    """Images that count how often they are decoded, and how many are held at a time."""

    def __init__(self, source, indices=None, held=None):
        super().__init__(source, indices)
        self.held = [] if held is None else held
        self.n_decoded = self.most_held = 0

    def subset(self, indices):
        return Counting(self.source, self.indices[indices], self.held)

    def item(self, index):
        image = super().item(index)
        self.held.append(weakref.ref(image))
        self.n_decoded += 1
        self.most_held = max(self.most_held, sum(ref() is not None for ref in self.held))
        return image


@CHAINS
def test_nothing_is_decoded_before_an_image_is_asked_for(chain, photo_files):
    images = Counting(photo_files)
    made = chain.fit_transform(images)
    assert isinstance(made, Samples)
    assert images.n_decoded == 0
    made[3]
    assert images.n_decoded == 1


@CHAINS
def test_one_image_is_held_at_a_time(chain, photo_files):
    images = Counting(photo_files)
    made = chain.fit_transform(images)
    for index in range(len(made)):
        assert made[index].shape[2] == 3
    assert images.n_decoded == len(photo_files)
    assert images.most_held == 1


@CHAINS
def test_files_lists_and_arrays_give_the_same_numbers(chain, photo_files):
    from_files = chain.fit_transform(photo_files)
    in_list = chain.fit_transform([imread(path) for path in photo_files])
    for index, path in enumerate(photo_files):
        alone = chain.fit_transform(imread(path)[np.newaxis])
        assert isinstance(alone, np.ndarray)
        np.testing.assert_array_equal(from_files[index], alone[0])
        np.testing.assert_array_equal(in_list[index], alone[0])


@CHAINS
def test_selected_and_pickled_images_are_the_same(chain, photo_files):
    made = chain.fit_transform(photo_files)
    copied = pickle.loads(pickle.dumps(made))[[4, 1]]
    np.testing.assert_array_equal(copied[1], made[1])
    assert copied.name(1) == f"X[1] ({str(photo_files[1])!r})"


@CHAINS
def test_content_is_told_apart_by_hash(chain, photo_files):
    one, two = (joblib.hash(chain.fit_transform(photo_files)) for _ in range(2))
    assert one == two
    assert joblib.hash(chain.fit_transform(photo_files[1:])) != one


@CHAINS
def test_an_array_gives_an_array_of_its_rank(chain, rng):
    for shape in [(3, 9, 8), (3, 9, 8, 1), (3, 9, 8, 3)]:
        made = chain.fit_transform(rng.random(shape))
        assert isinstance(made, np.ndarray)
        assert made.ndim == (4 if "colorconverter" in chain.named_steps else len(shape))


@pytest.mark.parametrize(
    ("step", "n_columns"), [(ImageResizer((1, 6)), 6), (STEPS[1], 5), (STEPS[2], 5)]
)
def test_rows_of_two_dimensions_stay_rows(step, n_columns, rng):
    assert step.fit_transform(rng.random((4, 5))).shape == (4, n_columns)


@pytest.mark.parametrize("step", STEPS[1:], ids=str)
def test_columns_of_2d_input_keep_their_names(step, rng):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(rng.random((4, 5)), columns=list("abcde"))
    out = clone(step).set_output(transform="pandas").fit_transform(X)
    assert list(out.columns) == list("abcde")


def test_an_image_at_fault_is_named_once(photo_files):
    photo_files[2].write_bytes(photo_files[2].read_bytes()[:600])
    made = make_pipeline(*STEPS).fit_transform(photo_files)
    with pytest.raises(ValueError, match=r"^X\[2\] \(.*image2.png'\): the file .*") as error:
        made[2]
    assert str(error.value).count("X[2]") == 1
    images = [np.ones((9, 9)), np.full((9, 9), 1e300)]
    for chain in (make_pipeline(*STEPS[1:]), make_pipeline(LocalContrastNormalizer())):
        with pytest.raises(ValueError, match=r"^X\[1\]: the image holds values so large"):
            chain.fit_transform(images)[1]
        with pytest.raises(ValueError, match=r"^X\[1\]: the image holds values so large"):
            chain.fit_transform(np.array(images))
