import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.io import imsave
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    jaccard_score,
    matthews_corrcoef,
    roc_auc_score,
)

from sk_hyperimage.metrics import localization_scores

MASK = np.zeros((4, 6), dtype=bool)
MASK[:2, :4] = True  # 8 of 24 pixels


def scores_of(mask, map_, **parameters):
    scores = localization_scores([mask], [map_], **parameters)
    return {name: values.item() for name, values in scores.items()}


# By hand. Corner: 4 hits, 4 misses, 2 false alarms, and MCC = (4 * 14 - 2 * 4) / its root. Its
# precision is 4 / 6 up to a recall of one half, and 8 / 24 above.
CORNER = np.zeros((4, 6))
CORNER[:3, :2] = 1
CASES = {
    "perfect": (MASK, (1, 1, 1, 1, 1, 1)),
    "empty": (np.zeros((4, 6)), (0, 0.5, 0, 0, 0.5, 1 / 3)),
    "inverted": (~MASK, (0, 0.5, 0, -1, 0, 1 / 3)),
    "all true": (np.ones((4, 6)), (0.5, 0.5, 1 / 3, 0, 0.5, 1 / 3)),
    "corner": (CORNER, (4 / 7, 4 / 7, 0.4, 48 / (6 * 8 * 16 * 18) ** 0.5, 0.6875, 0.5)),
}


@pytest.mark.parametrize("case", CASES)
def test_scores_of_maps_made_by_hand(case):
    map_, values = CASES[case]
    names = ("f1", "best_f1", "iou", "mcc", "auc", "average_precision")
    expected = dict(zip(names, values, strict=True))
    assert scores_of(MASK, map_) == pytest.approx(expected, abs=1e-12)


def test_authentic_images_have_no_scores_and_leave_means_alone():
    authentic = np.zeros((4, 6), dtype=bool)
    scores = localization_scores([authentic, MASK, None], [CORNER, CORNER, authentic])
    for values in scores.values():
        assert np.isnan(values[[0, 2]]).all()
    assert np.nanmean(scores.f1) == pytest.approx(4 / 7)


def test_a_wholly_tampered_image_has_no_auc():
    scores = scores_of(np.ones((4, 6), dtype=bool), CORNER)  # 6 of 24 pixels
    assert np.isnan(scores.pop("auc"))
    expected = {"f1": 0.4, "best_f1": 1, "iou": 0.25, "mcc": 0, "average_precision": 1}
    assert scores == pytest.approx(expected)


def test_average_precision_sees_false_alarms_that_auc_hardly_shows():
    mask, map_ = np.zeros((20, 50), dtype=bool), np.zeros((20, 50))
    mask[0, :2], map_[0, :2], map_[1, :18] = True, 0.5, 1.0  # 2 hits after 18 false alarms
    scores = scores_of(mask, map_)
    assert scores["auc"] == pytest.approx(1 - 18 / 998)
    assert scores["average_precision"] == pytest.approx(0.1)


masks = arrays(bool, (5, 7)).filter(lambda mask: mask.any() and not mask.all())
# Few levels bring ties; one of them is the threshold itself.
maps = arrays(np.float32, (5, 7), elements=st.sampled_from([0, 0.25, 0.5, 0.75, 1]))


@given(masks, maps)
def test_scores_agree_with_those_of_scikit_learn_over_all_pixels(mask, map_):
    scores = scores_of(mask, map_)
    truth, found = mask.ravel(), map_.ravel() > 0.5
    assert scores["f1"] == pytest.approx(f1_score(truth, found))
    assert scores["iou"] == pytest.approx(jaccard_score(truth, found))
    assert scores["mcc"] == pytest.approx(matthews_corrcoef(truth, found), abs=1e-12)
    assert scores["auc"] == pytest.approx(roc_auc_score(truth, map_.ravel()))
    precision = average_precision_score(truth, map_.ravel())
    assert scores["average_precision"] == pytest.approx(precision)
    best = max(f1_score(truth, map_.ravel() >= level) for level in np.unique(map_))
    assert scores["best_f1"] == pytest.approx(best)


@given(masks, maps)
def test_what_kind_of_map_leaves_auc_and_best_f1_alone_and_inversion_mirrors_auc(mask, map_):
    scores, steeper = scores_of(mask, map_), scores_of(mask, map_**3 - 7)
    assert steeper["auc"] == pytest.approx(scores["auc"])
    assert steeper["best_f1"] == pytest.approx(scores["best_f1"])
    assert scores_of(mask, 1 - map_)["auc"] == pytest.approx(1 - scores["auc"])


def test_pixels_above_the_threshold_are_found():
    map_ = np.where(MASK, 0.8, 0.3)
    found = {t: scores_of(MASK, map_, threshold=t)["f1"] for t in (0.2, 0.3, 0.8)}
    assert found == {0.2: 0.5, 0.3: 1, 0.8: 0}


def test_images_may_differ_in_size_and_masks_hold_levels():
    small = 255 * np.eye(3, dtype=np.uint8)
    scores = localization_scores([MASK, small], [MASK * 0.9, (small > 0) * 0.4])
    assert scores.f1.tolist() == [1, 0]
    assert scores.best_f1.tolist() == [1, 1]


def test_masks_may_be_paths_of_pictures_as_loaders_give_them(tmp_path):
    gray, color = tmp_path / "gray.png", tmp_path / "color.png"
    imsave(gray, 255 * MASK.astype(np.uint8), check_contrast=False)
    imsave(color, 255 * np.dstack([MASK * 0, MASK, MASK * 0]).astype(np.uint8))
    expected = localization_scores([MASK, MASK, None], [CORNER] * 3)
    masks = np.array([str(gray), color, None], dtype=object)
    scores = localization_scores(masks, [CORNER] * 3)
    for name, values in expected.items():
        np.testing.assert_array_equal(scores[name], values)
    with pytest.raises(FileNotFoundError, match="nowhere.png"):
        localization_scores([str(tmp_path / "nowhere.png")], [CORNER])


@pytest.mark.parametrize(
    ("mask", "map_", "message"),
    [
        (MASK, MASK.T, r"masks\[1\] has shape \(4, 6\) and maps\[1\] has shape \(6, 4\)"),
        (MASK, np.dstack([MASK] * 3), r"maps\[1\] has shape \(4, 6, 3\)"),
        (MASK[0], MASK[0], r"masks\[1\] has shape \(6,\)"),
        (None, np.zeros(3), r"maps\[1\] has shape \(3,\); both must be \(n_rows, n_cols\)"),
        (MASK, np.where(MASK, np.nan, 0), r"maps\[1\] contains NaN"),
    ],
)
def test_bad_input_is_refused_by_the_number_of_the_image(mask, map_, message):
    with pytest.raises(ValueError, match=message):
        localization_scores([MASK, mask], [CORNER, map_])


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        localization_scores([MASK], [CORNER, CORNER])
