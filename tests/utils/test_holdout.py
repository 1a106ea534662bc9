"""Validation samples: drawn as ever where that is fine, stratified where it is not."""

import numpy as np
import pytest

from sk_hyperimage.ensemble import HyperImageClassifier
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor
from sk_hyperimage.utils._holdout import draw_groups, validation_rows


def seeded(seed):
    return np.random.RandomState(seed)


def drawn(y, seed=0, groups=None, **options):
    return validation_rows(len(y), groups, None, 0.25, seeded(seed), labels=y, **options)


@pytest.mark.parametrize("n_few", [2, 3, 4, 8])
def test_every_class_is_trained_and_validated_on(n_few):
    y = np.repeat(["intact", "damaged"], [40 - n_few, n_few])
    repaired = 0
    for seed in range(200):
        mask = drawn(y, seed)
        plain = draw_groups(np.arange(40), [0.25], seeded(seed))[0]
        assert set(y[mask]) == set(y[~mask]) == {"intact", "damaged"}
        assert mask.sum() == 10
        # The rows of earlier versions stay wherever they were fine.
        fine = set(y[plain]) == set(y[~plain])
        assert (mask == plain).all() or not fine
        repaired += not fine
    assert 0 < repaired < 200


def test_without_labels_and_weights_rows_are_those_of_the_plain_draw():
    groups = np.repeat(np.arange(10), 3)
    for seed in range(20):
        mask = validation_rows(30, groups, None, 0.25, seeded(seed))
        np.testing.assert_array_equal(mask, draw_groups(groups, [0.25], seeded(seed))[0])


def test_groups_stay_together_when_they_are_drawn_by_class():
    groups = np.repeat(np.arange(12), 4)
    y = np.where(groups < 2, "rare", np.where(np.arange(48) % 4 == 0, "often", "always"))
    for seed in range(100):
        mask = drawn(y, seed, groups)
        assert set(groups[mask]).isdisjoint(groups[~mask])
        assert set(y[mask]) == set(y[~mask]) == {"rare", "often", "always"}


def test_a_class_of_one_group_is_trained_on_and_the_warning_names_it():
    y = np.array(["a"] * 20 + ["b"] * 19 + ["lonely"])
    for seed in range(50):
        with pytest.warns(UserWarning, match=r"class 'lonely' of y is not validated on"):
            assert not drawn(y, seed)[-1]


def test_more_classes_than_validation_samples_are_all_trained_on():
    y = np.repeat(np.arange(12), 2)
    with pytest.warns(UserWarning, match=r"class .*, \.\.\. of y is not validated on"):
        mask = drawn(y)
    assert mask.sum() == len(set(y[mask])) == 6
    assert len(set(y[~mask])) == 12


def test_where_every_group_holds_the_last_of_a_class_none_can_be_validated_on():
    with pytest.raises(ValueError, match=r"each of the 2 groups .* early_stopping=False"):
        drawn(np.array(["a", "b"]))
    with pytest.raises(ValueError, match="each of the 3 groups"):
        drawn(np.repeat([0, 1, 2], 5), groups=np.repeat([0, 1, 2], 5))


def test_samples_of_weight_zero_are_not_validated_on():
    weight = (np.arange(40) < 8).astype(float)
    for seed in range(50):
        mask = validation_rows(40, None, None, 0.25, seeded(seed), weight=weight)
        assert mask.sum() == 2
        assert not mask[weight == 0].any()
    y = np.repeat(["a", "b"], 20)
    y[0] = "c"  # of no weight, and so no class to look for
    weight = np.arange(40) > 0
    assert not drawn(y, weight=weight)[0]


def test_samples_of_weight_zero_change_nothing(rng):
    X, y = rng.random((40, 6, 6), dtype=np.float32), rng.random(40)
    counts = np.arange(40) % 4 > 0
    model = CNNRegressor("C(3) MP(3) FC(4) FC(1,linear)", max_epochs=3, random_state=0)
    without = model.fit(X[counts], y[counts]).predict(X)
    weighed = model.fit(X, y, sample_weight=counts.astype(float)).predict(X)
    np.testing.assert_allclose(weighed, without, rtol=1e-12)  # means are summed in other orders


def test_a_mask_that_keeps_a_class_out_of_training_warns(rng):
    X, y = rng.random((12, 4, 4), dtype=np.float32), np.arange(12) % 3
    with pytest.warns(UserWarning, match="class 2 of y is not trained on: validation_mask"):
        CNNClassifier("FC(1)", max_epochs=1, random_state=0).fit(X, y, validation_mask=y == 2)


@pytest.mark.parametrize("seed", [6, 34])
def test_both_stages_train_on_a_class_of_three_images(seed, rng):
    X, y = rng.random((40, 16, 16), dtype=np.float32), np.repeat(["intact", "damaged"], [37, 3])
    mask = (
        HyperImageClassifier(
            extractor=PatchExtractor(8),
            patch_estimator=CNNClassifier("C(4) MP(8) FC(6) FC(1)", max_epochs=1),
            final_estimator=CNNClassifier("C(4) MP(3) FC(1)", max_epochs=1),
            random_state=seed,
        )
        .fit(X, y)
        .validation_mask_
    )
    assert set(y[mask]) == set(y[~mask]) == {"intact", "damaged"}


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (["a", None, "b", "b"], r"groups\[1\] is None; every image needs a group"),
        (np.array(["a", "b", np.nan, "b"], dtype=object), r"groups\[2\] is nan"),
        ([0, 1, np.nan, 1], "groups contains NaN"),
        (np.array([1, "a", "b", 2], dtype=object), "groups mixes values of the types int, str"),
        (np.ones((4, 2)), r"groups must hold one group for each image, got shape \(4, 2\)"),
    ],
)
def test_groups_that_are_none_are_named(groups, message):
    with pytest.raises(ValueError, match=message):
        validation_rows(4, groups, None, 0.5, np.random.RandomState(0))
