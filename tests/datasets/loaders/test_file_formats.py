import numpy as np
import pytest
from casia2 import save

from sk_hyperimage.datasets import FileFormatWarning, format_accuracy
from sk_hyperimage.datasets.loaders._file_formats import warn_of_formats


def test_each_format_is_given_its_most_frequent_label():
    names = ["a.jpg", "b.jpeg", "c.JPG", "d.bmp", "e.tif", "f.tiff"]
    assert format_accuracy(names, [0, 0, 1, 0, 1, 1]) == pytest.approx(5 / 6)
    assert format_accuracy(names, ["fake", "fake", "real", "fake", "real", "real"]) > 0.8
    assert format_accuracy(["a.png"] * 4, [0, 0, 0, 1]) == 0.75


def test_headers_count_rather_than_names(tmp_path):
    pixels = np.zeros((8, 8), dtype=np.uint8)
    save(tmp_path / "a.png", pixels)
    save(tmp_path / "b.jpg", pixels)
    (tmp_path / "b.jpg").rename(tmp_path / "b.png")
    assert format_accuracy([tmp_path / "a.png", tmp_path / "b.png"], [0, 1]) == 1


def test_as_many_labels_as_images_are_needed():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        format_accuracy(["a.jpg"], [0, 1])


@pytest.mark.parametrize("tampered", [["TIFF"], ["TIFF"] * 15 + ["JPEG"] * 85, ["TIFF"] * 500])
def test_formats_of_one_class_alone_are_warned_of(tampered):
    formats = ["JPEG"] * 99 + tampered
    with pytest.warns(FileFormatWarning, match=f"JPEG 99:.*TIFF 0:{tampered.count('TIFF')}"):
        warn_of_formats(formats, [0] * 99 + [1] * len(tampered))


def test_formats_that_both_classes_come_in_are_not():
    warn_of_formats(["JPEG"] * 5, [0, 1, 1, 1, 1])
    warn_of_formats(["JPEG", "TIFF"] * 50, [0] * 50 + [1] * 50)
    warn_of_formats(["JPEG"] * 50 + ["TIFF"] * 50, ([0] * 30 + [1] * 20) + ([0] * 28 + [1] * 22))
