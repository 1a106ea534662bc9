import os
from functools import partial

import numpy as np
import pytest
from sklearn.metrics import make_scorer

from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.images import ArraySamples, PatchSequence, pair_images
from sk_hyperimage.model_selection._fingerprint import describe, digest
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.preprocessing import ImageResizer, JPEGReencoder, LocalContrastNormalizer


def made(step, X):
    return step.fit(X).transform(X)


LAZY = {
    "paths": lambda paths: LocalContrastNormalizer().fit(paths).transform(paths).images,
    "eps": lambda paths: made(LocalContrastNormalizer(eps=0.1), paths),
    "other eps": lambda paths: made(LocalContrastNormalizer(eps=0.2), paths),
    "window": lambda paths: made(LocalContrastNormalizer(sigma=2.0, eps=0.1), paths),
    "quality": lambda paths: made(JPEGReencoder(quality=90), paths),
    "other quality": lambda paths: made(JPEGReencoder(quality=80), paths),
    "size": lambda paths: made(ImageResizer((16, 16)), paths),
    "other size": lambda paths: made(ImageResizer((16, 17)), paths),
    "one after the other": lambda paths: made(
        LocalContrastNormalizer(eps=0.1), made(JPEGReencoder(quality=90), paths)
    ),
    "pairs": lambda paths: pair_images(paths, paths),
    "grids": lambda paths: made(PatchExtractor(8), paths),
    "other grids": lambda paths: made(PatchExtractor(9), paths),
    "grids of normalized images": lambda paths: made(
        PatchExtractor(8), made(LocalContrastNormalizer(eps=0.1), paths)
    ),
    "patches": lambda paths: PatchSequence(made(PatchExtractor(8), paths)),
    "array": lambda _: ArraySamples(np.zeros((6, 4, 4, 1))),
    "other array": lambda _: ArraySamples(np.ones((6, 4, 4, 1))),
    "sources": lambda _: ArraySamples(np.zeros((6, 4, 4, 1)), sources=np.arange(6) // 2),
}


def test_lazy_images_are_told_apart_by_all_that_they_are_made_of(photo_files):
    digests = {name: digest(make(photo_files)) for name, make in LAZY.items()}
    assert len(set(digests.values())) == len(LAZY)
    assert digests == {name: digest(make(photo_files)) for name, make in LAZY.items()}


@pytest.mark.parametrize(
    "name", [name for name in LAZY if "array" not in name and name != "sources"]
)
def test_lazy_images_are_told_by_their_files_and_not_by_what_was_asked_of_them(name, photo_files):
    images = LAZY[name](photo_files)
    before = digest(images)
    assert len(images[0].shape) >= 3 and len(images.image_shapes) == len(images)
    assert digest(images) == before
    assert digest(images[:3]) != before
    os.utime(photo_files[5], (0, 0))
    assert digest(images) != before


def scaled(image, factor=1.0):
    return factor * image


def closure(factor):
    return lambda image: factor * image


class Scaling:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, image):
        return self.factor * image

    def scale(self, image):
        return self.factor * image


@pytest.mark.parametrize(
    "make",
    [
        lambda factor: partial(scaled, factor=factor),
        lambda factor: partial(partial(scaled, np.zeros(3)), np.full(3, factor)),
        lambda factor: Scaling(factor).scale,
        Scaling,
        closure,
        lambda factor: make_scorer(scaled, factor=factor),
        lambda factor: make_scorer(partial(scaled, factor=factor)),
    ],
)
def test_functions_are_told_apart_by_what_they_hold(make):
    assert describe(make(1.0)) == describe(make(1.0))
    assert describe(make(1.0)) != describe(make(2.0))
    images = ArraySamples(np.zeros((2, 4, 4, 1)))
    assert digest(images.map(make(1.0))) == digest(images.map(make(1.0)))
    assert digest(images.map(make(1.0))) != digest(images.map(make(2.0)))


def test_descriptions_name_public_classes():
    described = describe(PatchExtractor(8))
    assert described["class"] == "sk_hyperimage.feature_extraction.PatchExtractor"
    grid = describe(PatchExtractor(8).fit(np.zeros((2, 16, 16))).grid_)
    assert grid["class"] == "sk_hyperimage.images.Grid"


def test_files_beside_the_images_are_told_by_their_change(tmp_path):
    mask = tmp_path / "mask.png"
    mask.write_bytes(b"mask")
    names = [str(mask), None, "not a file"]
    before = digest(names)
    assert digest([*names]) == before
    os.utime(mask, (0, 0))
    assert digest(names) != before


def test_where_hyper_images_are_kept_does_not_matter():
    encoder = HyperImageEncoder(CNNRegressor("FC(2) FC(1)"))
    before = describe(encoder)
    assert describe(encoder.set_params(temp_folder="elsewhere")) == before
    assert describe(encoder.set_params(layer=0)) != before
