"""Labels that can be told from how files were saved."""

import warnings

import numpy as np
import pytest
from PIL import Image
from sklearn.pipeline import make_pipeline

from sk_hyperimage.datasets import FileFormatWarning
from sk_hyperimage.ensemble import HyperImageClassifier
from sk_hyperimage.neural_network import CNNClassifier
from sk_hyperimage.preprocessing import JPEGReencoder, LocalContrastNormalizer

LABELS = np.arange(30) % 2


def files(folder, name_of, rng, **saving):
    """Noise, saved under a name and with options that depend on the index of the image."""
    folder.mkdir()
    paths = []
    for index in range(len(LABELS)):
        paths.append(folder / name_of(index))
        pixels = rng.integers(0, 256, size=(32, 32, 3), dtype=np.uint8)
        options = {key: value(index) for key, value in saving.items()}
        Image.fromarray(pixels).save(paths[-1], **options)
    return np.array(paths)


def fit(paths, **parts):
    network = CNNClassifier("C(4) MP(8) FC(6) FC(1,sigmoid)", max_epochs=1)
    return HyperImageClassifier(patch_estimator=network, random_state=0, **parts).fit(
        paths, LABELS
    )


def told(caught):
    return [warning for warning in caught if warning.category is FileFormatWarning]


@pytest.fixture
def by_quality(tmp_path, rng):
    return files(
        tmp_path / "quality", "{}.jpg".format, rng, quality=lambda k: 75 if LABELS[k] else 90
    )


def test_tables_of_jpeg_that_tell_labels_are_warned_of_where_fit_is_called(by_quality):
    with pytest.warns(
        FileFormatWarning, match=r"tell 100.0% of the labels \(50.0% have"
    ) as caught:
        fit(by_quality)
    assert told(caught)[0].filename == __file__


def test_formats_that_tell_labels_are_warned_of(tmp_path, rng):
    paths = files(tmp_path / "format", lambda k: f"{k}.{'png' if LABELS[k] else 'jpg'}", rng)
    with pytest.warns(FileFormatWarning, match="JPEGReencoder"):
        fit(paths)


@pytest.mark.parametrize(
    "first", [JPEGReencoder(), make_pipeline(JPEGReencoder(), LocalContrastNormalizer())]
)
def test_files_that_are_encoded_alike_before_training_are_not(by_quality, first):
    with warnings.catch_warnings():
        warnings.simplefilter("error", FileFormatWarning)
        fit(by_quality, normalizer=first)


def test_files_of_both_classes_that_were_saved_alike_are_not(tmp_path, rng):
    paths = files(
        tmp_path / "mixed", "{}.jpg".format, rng, quality=lambda k: 90 - 5 * (k // 2 % 3)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", FileFormatWarning)
        fit(paths)


def test_files_of_a_kind_each_tell_nothing(tmp_path, rng):
    """A table that no other file has says nothing of the files to come."""
    paths = files(tmp_path / "each", "{}.jpg".format, rng, quality=lambda k: 60 + k)
    with warnings.catch_warnings():
        warnings.simplefilter("error", FileFormatWarning)
        fit(paths)
