"""A `fit` that fails leaves the estimator as it was, whatever the reason and the estimator."""

import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage.images import ImageCollection
from sk_hyperimage.neural_network import CNNRegressor

sys.path.insert(0, str(Path(__file__).parent))
from common import ESTIMATORS  # noqa: E402

EVERY_ESTIMATOR = pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
OUTPUTS = ("predict", "predict_proba", "decision_function", "embed", "transform")


class Breaking(ImageCollection):
    """Images of which the last raises what it is told."""

    def __init__(self, source, error):
        super().__init__(source)
        self.error = error

    def subset(self, indices):
        return self

    def item(self, index):
        if index == len(self) - 1:
            raise self.error
        return super().item(index)


def outputs(estimator, X):
    said = {name: getattr(estimator, name)(X) for name in OUTPUTS if hasattr(estimator, name)}
    return {name: np.asarray(values) for name, values in said.items()}


def grids_of(images):
    """What estimators on patch grids take: every image one patch."""
    from sk_hyperimage.feature_extraction import PatchExtractor

    return PatchExtractor(images[0].shape[:2], 0).fit_transform(images)


def failures(estimator, rng, tmp_path):
    """X and y of fits that fail early and late, with more channels than X of the good fit had."""
    from skimage.io import imsave

    shape = (12, 6, 6, 3)
    images = rng.integers(0, 256, size=shape, dtype=np.uint8)
    y = np.arange(12) % 2
    paths = [tmp_path / f"{index}.png" for index in range(12)]
    for path, image in zip(paths, images, strict=True):
        imsave(path, image, check_contrast=False)
    paths[-1].write_bytes(paths[-1].read_bytes()[:60])
    for X in (
        paths,
        Breaking(list(images), MemoryError()),
        Breaking(list(images), KeyboardInterrupt()),
    ):
        yield X, y
    yield list(images), [0, 1] * 5 + [0, np.nan]
    yield list(images), y[:5]
    yield np.full(shape, np.nan), y


@EVERY_ESTIMATOR
def test_a_failed_fit_changes_nothing(estimator, rng, tmp_path):
    X = rng.random((20, 4))
    fitted = clone(estimator).fit(X, np.arange(20) % 2)
    expected, state = outputs(fitted, X), dict(vars(fitted))
    new = clone(estimator)
    parameters = dict(vars(new))
    n_failed = 0
    for images, y in failures(estimator, rng, tmp_path):
        for wrap in (lambda images: images, grids_of):
            for one, before in ((fitted, state), (new, parameters)):
                try:
                    clone(one).fit(wrap(images), y)
                except (Exception, KeyboardInterrupt) as error:
                    kind = type(error)
                else:
                    continue  # this fit has no use for what is broken
                with pytest.raises(kind):
                    one.fit(wrap(images), y)
                n_failed += 1
                assert list(vars(one)) == list(before)
                assert all(value is before[name] for name, value in vars(one).items())
    assert n_failed >= 4
    for name, values in outputs(fitted, X).items():
        np.testing.assert_array_equal(values, expected[name])
    if estimator.__sklearn_tags__().requires_fit:
        with pytest.raises(NotFittedError):
            check_is_fitted(new)


def test_mistakes_in_parameters_change_nothing(rng):
    X, y = rng.random((20, 4, 4)), rng.random(20)
    model = CNNRegressor("FC(1,linear)", max_epochs=2, random_state=0).fit(X, y)
    expected, state = model.predict(X), set(vars(model))
    wrong = [{"layers": "FC(1"}, {"layers": "C(1,9,valid) FC(1)"}, {"layers": lambda **_: 1 / 0}]
    wrong += [{"device": "nowhere"}, {"solver": "none"}, {"augmentation": "symmetries"}]
    wrong += [{"loss": "squared_error", "learning_rate_init": 1e300}, {"callbacks": [3]}]
    for parameters in wrong:
        kept = model.get_params()
        with pytest.raises(Exception), np.errstate(all="ignore"):  # noqa: B017
            model.set_params(**parameters).fit(X[:, :3, :], -y)
        model.set_params(**kept)
        assert set(vars(model)) == state
        np.testing.assert_array_equal(model.predict(X), expected)
