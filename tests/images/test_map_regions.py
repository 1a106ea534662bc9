"""Regions of maps: boxes, scores and areas."""

import numpy as np
import pytest
from skimage.measure import label, regionprops

from sk_hyperimage.images import regions_from_map


def test_regions_are_those_of_scikit_image(rng):
    map_ = rng.random((40, 50))
    map_[10:20, 10:30] += 1
    regions = regions_from_map(map_, threshold=0.8, min_area=3)
    labels = label(map_ > 0.8, connectivity=2)
    expected = {
        (*found.bbox, found.area, round(float(found.intensity_mean), 9))
        for found in regionprops(labels, map_)
        if found.area >= 3
    }
    columns = [regions[name] for name in ("row0", "col0", "row1", "col1", "area", "score")]
    ours = {(*map(int, row[:5]), round(float(row[5]), 9)) for row in zip(*columns, strict=True)}
    assert ours == expected and len(expected) > 5
    assert (np.diff(regions["score"]) <= 0).all() and set(regions["label"]) == {0}


def test_classes_make_regions_of_their_own_and_the_background_none():
    map_ = np.zeros((10, 10, 3))
    map_[..., 0] = 0.6
    map_[2:5, 2:5] = [0.1, 0.8, 0.1]
    map_[2:5, 5:8] = [0.0, 0.0, 1.0]
    map_[8, 8] = [0.3, 0.4, 0.3]  # less than the threshold
    map_[9, 0] = np.nan
    regions = regions_from_map(map_, background=0)
    table = np.column_stack(list(regions.values()))
    np.testing.assert_allclose(table, [[2, 5, 5, 8, 2, 1, 9], [2, 2, 5, 5, 1, 0.8, 9]])


def test_a_map_without_regions_has_an_empty_table():
    for map_ in (np.zeros((4, 4)), np.full((4, 4), np.nan)):
        assert {len(column) for column in regions_from_map(map_).values()} == {0}
    for map_, said in (
        (np.zeros(4), r"got shape \(4,\)"),
        (np.full((2, 2), np.inf), "infinity"),
        ([["a"]], "numbers"),
    ):
        with pytest.raises(ValueError, match=said):
            regions_from_map(map_)
