"""RegionDetector: learns, answers both questions in one pass, and behaves as an estimator."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate

from sk_hyperimage.neural_network import RegionDetector, RegionNetwork
from sk_hyperimage.neural_network.layers import trace_shapes
from sk_hyperimage.persistence import load_model, save_model

NOISY, BRIGHT = 3, 7
SMALL = RegionNetwork(
    "C(12,5,2,linear) BN(relu) C(16,3,2,linear) BN(relu)",
    ("C(16,3,2,linear) BN(relu) C(16,linear) BN(relu)",),
    "C(16,linear) BN(relu)",
)
TINY = RegionDetector("C(4,3,2) C(4,3,2)", max_epochs=1, random_state=0)


def regions(n, side=48, seed=0):
    """Flat images with squares of noise and of brightness; every sixth image is intact."""
    rng = np.random.default_rng(seed)
    images = np.full((n, side, side), 100, np.uint8)
    y = np.full((n, 2, 5), np.nan)
    for index, (image, boxes) in enumerate(zip(images, y, strict=True)):
        kinds = [] if index % 6 == 0 else [NOISY, BRIGHT][: 1 + index % 2]
        for half, (kind, box) in enumerate(zip(kinds, boxes, strict=False)):
            size = rng.integers(14, 21)
            row, col = rng.integers(0, side - size), half * side // 2 + rng.integers(0, 4)
            inside = image[row : row + size, col : col + size]
            inside[...] = rng.integers(60, 141, inside.shape) if kind == NOISY else 130
            box[:] = row, col, row + size, col + size, kind
    return images, y


IMAGES, Y = regions(48)


@pytest.fixture(scope="module")
def detector():
    return RegionDetector(
        SMALL, max_epochs=6, learning_rate_init=0.01, batch_size=4, random_state=0
    ).fit(IMAGES, Y)


def test_a_detector_finds_regions_and_leaves_intact_images_alone(detector):
    images, y = regions(30, seed=1)
    assert detector.score(images, y) > 0.8
    found = detector.predict(images)
    sure = found[..., 5] > 0.5
    assert not sure[::6].any()
    assert set(found[sure][:, 4]) == {NOISY, BRIGHT}
    boxes = found[sure][:, :4]
    assert (boxes >= 0).all() and (boxes <= 48).all() and (boxes[:, 2:] > boxes[:, :2]).all()
    scores = np.nan_to_num(found[..., 5], nan=-1)
    assert (np.diff(scores, axis=1) <= 0).all()


def test_one_pass_answers_for_regions_and_for_the_whole_image(detector):
    whole = np.stack([IMAGES[0], np.random.default_rng(0).integers(60, 141, (48, 48))])
    boxes, shares = detector.predict_both(whole.astype(np.uint8))
    np.testing.assert_array_equal(boxes, detector.predict(whole.astype(np.uint8)))
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    assert shares[0].argmax() == 2 and shares[1].argmax() == 0  # none, and noise
    area = np.nansum((Y[1, :, 2] - Y[1, :, 0]) * (Y[1, :, 3] - Y[1, :, 1])) / 48**2
    assert abs(1 - detector.predict_both(IMAGES[1:2]).shares[0, 2] - area) < 0.1
    maps = detector.predict_maps(IMAGES[:2])
    assert maps.shape == (2, 12, 12, 3)
    np.testing.assert_allclose(
        maps.mean(axis=(1, 2)), detector.predict_both(IMAGES[:2]).shares, rtol=1e-5
    )


def test_images_of_another_size_are_searched_too(detector):
    image, _ = regions(2, side=70, seed=2)
    found = detector.predict(image[:, :61])
    assert np.nanmax(found[..., 2]) <= 61 and np.nanmax(found[..., 3]) <= 70


def test_files_and_clones_find_the_same(detector, tmp_path):
    save_model(detector, tmp_path / "a.model")
    loaded = load_model(tmp_path / "a.model")
    np.testing.assert_array_equal(loaded.predict(IMAGES[:4]), detector.predict(IMAGES[:4]))
    np.testing.assert_array_equal(loaded.classes_, [NOISY, BRIGHT])
    one, other = (clone(TINY).fit(IMAGES[:8], Y[:8]).predict(IMAGES[:2]) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_dicts_and_labels_of_whole_images_are_boxes_too():
    dicts = [
        {"boxes": boxes[~np.isnan(boxes[:, 0])][:, :4], "labels": boxes[~np.isnan(boxes[:, 0]), 4]}
        for boxes in Y[:8]
    ]
    expected = clone(TINY).fit(IMAGES[:8], Y[:8]).predict(IMAGES[:2])
    np.testing.assert_array_equal(clone(TINY).fit(IMAGES[:8], dicts).predict(IMAGES[:2]), expected)
    labels = np.array([2, 9, 2, 9])
    around = np.array([[[0, 0, 48, 48, label]] for label in labels])
    np.testing.assert_array_equal(
        clone(TINY).fit(IMAGES[:4], labels).predict(IMAGES[:1]),
        clone(TINY).fit(IMAGES[:4], around).predict(IMAGES[:1]),
    )


def test_cross_validation_and_searches_work_with_groups():
    groups = np.arange(12) // 3
    with config_context(enable_metadata_routing=True):
        result = cross_validate(
            TINY,
            IMAGES[:12],
            Y[:12],
            cv=GroupKFold(2),
            params={"groups": groups},
            error_score="raise",
        )
    assert result["test_score"].shape == (2,)
    search = GridSearchCV(TINY, {"layers": ["C(4,3,4)", "C(4,3,8)"]}, cv=2, error_score="raise")
    assert search.fit(IMAGES[:12], Y[:12]).predict(IMAGES[:1]).shape == (1, 100, 6)


def test_a_second_fit_goes_on_with_warm_start_and_other_layers_start_anew():
    model = clone(TINY).set_params(warm_start=True).fit(IMAGES[:8], Y[:8])
    assert len(model.fit(IMAGES[:8], Y[:8]).history_) == 2
    model.set_params(warm_start=False, layers="C(4,3,8)").fit(IMAGES[:8], Y[:8])
    assert model.predict_maps(IMAGES[:1]).shape == (1, 6, 6, 3)


def test_the_default_network_sees_as_far_as_the_largest_region_is_wide():
    net = RegionNetwork()
    outputs = net(input_shape=(300, 300, 3), n_outputs=8)
    assert net.task(8, 100, 0.05).stride == 8
    assert 0.8e6 < sum(weights.numel() for weights in outputs.parameters()) < 0.9e6
    assert trace_shapes(outputs.trunk.layers.kinds, (304, 304, 6))[-1] == (38, 38, 64)


@pytest.mark.parametrize(
    "change, said",
    [
        ({"y": np.full((4, 1, 5), np.nan)}, "y holds no box"),
        ({"y": [[[0, 0, 60, 20, 1]]] * 4}, r"y\[0\], box 0 is not inside X\[0\]"),
        ({"X": [np.zeros((40, 40)), *[np.zeros((48, 48))] * 3]}, "differ in size"),
        ({"layers": "C(4,3,3)"}, "trunk of RegionNetwork must make a map that lies evenly"),
        ({"layers": "C(4) FC(3)"}, "trunk of RegionNetwork must make a map"),
        ({"layers": RegionNetwork(head="C(4,3,2)")}, "head of RegionNetwork must be of stride 1"),
    ],
)
def test_what_cannot_be_learned_is_refused_by_name(change, said):
    given = {"X": IMAGES[1:5], "y": np.nan_to_num(Y[1:5, :1], nan=1), "layers": "C(4)"} | change
    model = RegionDetector(given.pop("layers"), max_epochs=1)
    with pytest.raises(ValueError, match=said):
        model.fit(given["X"], given["y"])


def test_layers_that_find_nothing_are_refused():
    with pytest.raises(TypeError, match="layers of a RegionDetector must be a RegionNetwork"):
        RegionDetector(lambda **_: None).fit(IMAGES[:4], Y[:4])


def test_cells_are_described_by_the_last_layer_but_one_alone():
    model = clone(TINY).fit(IMAGES[:4], Y[:4])
    assert model.embed(IMAGES[:2], layer=-2).shape[0] == 2
    with pytest.raises(ValueError, match="layer=-3 is out of range"):
        model.embed(IMAGES[:2], layer=-3)


def test_weights_are_not_requested_for_a_score_that_ignores_them():
    assert not hasattr(TINY, "set_score_request")
