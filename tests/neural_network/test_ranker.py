"""PatchRanker: what it compares, in which order, and what the ranks of single patches mean."""

import pickle

import numpy as np
import pytest
import sklearn
import torch
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold, cross_validate
from skorch.callbacks import Callback

from sk_hyperimage import architectures
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.images import ArraySamples
from sk_hyperimage.neural_network import PatchRanker
from sk_hyperimage.neural_network._pairs import (
    PatchPairs,
    matched_pairs,
    pair_codes,
    random_pairs,
)
from sk_hyperimage.neural_network._tasks import Ranks
from sk_hyperimage.neural_network.training._augmentation import (
    check_augmentation,
    drawn_symmetries,
    moved,
)

LAYERS = "C(4) MP(4) FC(6) Drop(0.2)"
FAST = {"max_epochs": 2, "random_state": 0}


def seams(rng, n_pairs):
    """Patches of noise, and as many others with a faint seam, brighter or darker than they are."""
    patches = rng.normal(0, 0.3, (2 * n_pairs, 12, 12)) + rng.normal(0, 0.3, (2 * n_pairs, 1, 1))
    patches[n_pairs:, :, 6] += 0.4 * rng.choice([-1, 1], size=(n_pairs, 1))
    tampered, pairs = np.repeat([0, 1], n_pairs), np.tile(np.arange(n_pairs), 2)
    return patches.astype(np.float32), tampered, pairs


@pytest.fixture
def task(rng):
    return seams(rng, 20)


def test_loss_is_nothing_past_the_margin_and_grows_before_it():
    d = torch.tensor([5.0, 3.0, 1.0, -2.0, 5.0, -1.0, -4.0])
    y = torch.tensor([1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0])
    task = Ranks(3.0)
    target = torch.from_numpy(task.encode(y.numpy(), np.dtype(np.float32)))
    loss = task.losses(d[:, None], target)
    torch.testing.assert_close(loss, torch.tensor([0.0, 0.0, 2.0, 5.0, 8.0, 2.0, 0.0]))


def test_d_is_that_of_the_paper_and_ranks_are_its_mean_over_both_orders(rng):
    patches, tampered, pairs = seams(rng, 20)
    patches = patches.astype(np.float64)
    ranker = PatchRanker(LAYERS, device="cpu", **FAST).fit(patches, tampered, pairs=pairs)
    described = ranker.embed(patches)
    w1, w2 = ranker.weights_["w1.weight"], ranker.weights_["w2.weight"][0]

    def d(first, second):
        return np.maximum((described[first] - described[second]) @ w1.T, 0) @ w2

    first, second = np.arange(20), np.arange(20, 40)
    both = np.stack([patches[:20], patches[20:]], axis=1)[..., np.newaxis]
    with torch.no_grad():
        by_module = ranker.net_.module_.eval()(torch.from_numpy(both)).numpy()[:, 0]
    np.testing.assert_allclose(by_module, d(first, second), atol=1e-12)
    assert (d(first, first) == 0).all()
    scores = ranker.decision_function(patches)
    mean = (d(first, second) - d(second, first)) / 2
    np.testing.assert_allclose(scores[second] - scores[first], mean, atol=1e-12)


def test_mean_of_the_training_patches_is_subtracted(task):
    patches, tampered, pairs = task
    held_out = pairs >= 15
    ranker = PatchRanker(LAYERS, **FAST)
    ranker.fit(patches, tampered, pairs=pairs, validation_mask=held_out)
    np.testing.assert_allclose(
        ranker.mean_[..., 0], patches[~held_out].mean(axis=0), rtol=1e-5, atol=1e-7
    )
    shifted = PatchRanker(LAYERS, **FAST)
    shifted.fit(patches + 4, tampered, pairs=pairs, validation_mask=held_out)
    np.testing.assert_allclose(
        shifted.decision_function(patches + 4), ranker.decision_function(patches), atol=1e-3
    )


def test_threshold_lies_half_way_between_the_classes(task):
    patches, tampered, pairs = task
    ranker = PatchRanker(LAYERS, early_stopping=False, **FAST)
    scores = ranker.fit(patches, tampered, pairs=pairs).decision_function(patches)
    assert scores[tampered == 1].mean() == pytest.approx(-scores[tampered == 0].mean(), abs=1e-6)


def authentic_first(self, rows, rng):
    return rng.permutation(rows) // 2 * 2


@pytest.mark.parametrize("seed", [0, 1])
def test_training_fails_where_the_authentic_patch_always_comes_first(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    patches, tampered, pairs = seams(rng, 300)
    held_out = pairs >= 200

    def train():
        ranker = PatchRanker(
            "C(8) MP(4) FC(16)", max_epochs=15, learning_rate_init=0.02, random_state=seed
        )
        ranker.fit(patches, tampered, pairs=pairs, validation_mask=held_out)
        return ranker.history_[-1]

    shuffled = train()
    monkeypatch.setattr(PatchPairs, "epoch_order", authentic_first)
    in_order = train()
    # The loss it was trained on vanishes: d became large, whatever is compared.
    assert in_order["train_loss"] < 0.05
    assert in_order["valid_loss"] > 3
    assert in_order["valid_accuracy"] == pytest.approx(0.5, abs=0.1)
    assert shuffled["valid_accuracy"] > 0.8
    assert shuffled["valid_loss"] < 2


def test_seams_are_learned_without_pairs_as_well(rng):
    ranker = PatchRanker("C(8) MP(4) FC(16)", max_epochs=20, learning_rate_init=0.02)
    ranker.set_params(random_state=0)
    patches, tampered, _ = seams(rng, 200)
    ranker.fit(patches, tampered)
    others = seams(rng, 100)
    assert ranker.score(*others[:2]) > 0.7
    assert ranker.pair_accuracy(*others) > 0.8


def test_every_pair_is_seen_in_both_orders(task):
    patches, tampered, pairs = task
    table = matched_pairs(tampered == 1, pairs)
    both = PatchPairs(ArraySamples(patches[..., np.newaxis]), table)
    assert both.shape == (40, 2, 12, 12, 1)
    for k in range(20):
        np.testing.assert_array_equal(both[2 * k][..., 0], patches[[k, 20 + k]])
        np.testing.assert_array_equal(both[2 * k + 1][..., 0], patches[[20 + k, k]])
    order = both.epoch_order(np.arange(40), np.random.default_rng(0))
    assert sorted(order) == list(range(40))


def test_random_pairs_are_drawn_anew_in_every_epoch_and_from_training_alone(task):
    patches, tampered, _ = task
    table = random_pairs(tampered == 1, np.random.RandomState(0))
    assert sorted(table[:, 0]) == list(range(20))
    assert sorted(table[:, 1]) == list(range(20, 40))
    drawn = PatchPairs(ArraySamples(patches[..., np.newaxis]), table.copy(), redrawn=True)
    drawn.epoch_order(np.arange(30), np.random.default_rng(0))
    assert (drawn.table[:15] != table[:15]).any()
    assert set(drawn.table[:15, 1]) == set(table[:15, 1])
    assert (drawn.table[15:] == table[15:]).all()


def test_counterparts_are_found_by_their_id():
    tampered = np.array([True, False, True, True, False, False, True, True])
    ids = ["a", "a", "b", "a", None, np.nan, None, np.nan]
    table = matched_pairs(tampered, pair_codes(ids))
    assert table.tolist() == [[1, 0], [1, 3]]
    with pytest.raises(ValueError, match="same for the authentic samples 1 and 5"):
        matched_pairs(tampered, pair_codes(list("aabacacc")))


class Parts(Callback):
    """Collect the parts of the samples that are trained and validated on."""

    def __init__(self, seen):
        self.seen = seen

    def on_train_begin(self, net, X=None, **kwargs):
        self.seen.append(net.get_split_datasets(X))


@pytest.mark.parametrize("grouped", [False, True])
def test_pairs_and_groups_stay_together_in_validation(grouped, task):
    patches, tampered, pairs = task
    groups = pairs // 4
    seen = []
    for seed in range(4):
        ranker = PatchRanker("FC(4)", max_epochs=1, callbacks=[Parts(seen)], random_state=seed)
        ranker.fit(patches, tampered, pairs=pairs, groups=groups if grouped else None)
    assert len(seen) == 4
    for part, validation in seen:
        table = part.source.samples.table
        sides = [table[np.unique(rows // 2)] for rows in (part.rows, validation.rows)]
        assert [len(side) for side in sides] == ([16, 4] if grouped else [15, 5])
        kept_together = groups if grouped else pairs
        assert set(kept_together[sides[0].ravel()]).isdisjoint(kept_together[sides[1].ravel()])


def test_pairs_that_validation_tears_apart_and_lone_patches_take_no_part(task):
    patches, tampered, pairs = task
    held_out = (pairs >= 16).copy()
    held_out[2] = True  # its counterpart is trained on, but the pair is in neither part
    ids = pairs.astype(object)
    ids[5] = None
    fitted = []
    for value in (0.0, 9.0):
        changed = patches.copy()
        changed[[2, 22, 5, 25]] = value
        ranker = PatchRanker("FC(4)", early_stopping=True, **FAST)
        fitted.append(ranker.fit(changed, tampered, pairs=ids, validation_mask=held_out))
    assert (fitted[0].mean_ == fitted[1].mean_).all()
    for name, weights in fitted[0].weights_.items():
        np.testing.assert_array_equal(weights, fitted[1].weights_[name])


def test_labels_of_any_type_come_back(task):
    patches, tampered, pairs = task
    labels = np.array(["authentic", "tampered"])[tampered]
    ranker = PatchRanker(LAYERS, **FAST).fit(patches, labels, pairs=pairs)
    as_numbers = PatchRanker(LAYERS, **FAST).fit(patches, tampered == 1, pairs=pairs)
    assert list(ranker.classes_) == ["authentic", "tampered"]
    scores = ranker.decision_function(patches)
    np.testing.assert_array_equal(scores, as_numbers.decision_function(patches))
    np.testing.assert_array_equal(ranker.predict(patches) == "tampered", scores > 0)


def test_pair_accuracy_counts_the_pairs_ranked_right(task):
    patches, tampered, pairs = task
    ranker = PatchRanker(LAYERS, **FAST).fit(patches, tampered, pairs=pairs)
    scores = ranker.decision_function(patches)
    right = np.mean(scores[20:] > scores[:20])
    assert ranker.pair_accuracy(patches, tampered, pairs) == right
    assert ranker.pair_accuracy(patches, 1 - tampered, pairs) == pytest.approx(1 - right)
    assert np.isnan(ranker.pair_accuracy(patches, tampered, np.arange(40)))


def test_same_seed_same_bits_also_after_pickling(task):
    patches, tampered, pairs = task
    first, again = (
        PatchRanker(LAYERS, **FAST).fit(patches, tampered, pairs=pairs) for _ in range(2)
    )
    restored = pickle.loads(pickle.dumps(first))
    for ranker in (again, restored):
        np.testing.assert_array_equal(
            ranker.decision_function(patches), first.decision_function(patches)
        )
        np.testing.assert_array_equal(ranker.embed(patches), first.embed(patches))
    assert not any(isinstance(value, torch.nn.Module) for value in first.__getstate__().values())


def test_both_patches_of_a_pair_are_flipped_alike(rng):
    pair = rng.random((2, 5, 5, 1))
    batch = torch.from_numpy(pair).expand(100, 2, 5, 5, 1)
    flipped = moved(batch, drawn_symmetries(len(batch), "flips", rng)).numpy()
    expected = {
        pair[:, ::rows, ::cols].tobytes() for rows in (1, -1) for cols in (1, -1)
    }  # fmt: skip
    assert {sample.tobytes() for sample in flipped} == expected
    check_augmentation("symmetries", (2, 5, 5, 1))
    with pytest.raises(ValueError, match="needs square ones"):
        check_augmentation("symmetries", (2, 5, 6, 1))


def test_channel_of_the_paper_describes_a_patch_by_500_non_negative_numbers(rng):
    assert PatchRanker().layers == architectures.FORGERY_CHANNEL
    assert (PatchRanker().margin, PatchRanker().augmentation) == (3, "flips")
    patches = rng.integers(0, 256, size=(4, 64, 64, 3), dtype=np.uint8)
    ranker = PatchRanker(max_epochs=1, early_stopping=False, random_state=0)
    described = ranker.fit(patches, [0, 1, 0, 1], pairs=[0, 0, 1, 1]).embed(patches)
    assert described.shape == (4, 500)
    assert described.min() >= 0


def test_schedule_is_that_of_patches(task):
    samples = PatchPairs(ArraySamples(task[0]), np.zeros((1, 2), int))
    plan = PatchRanker()._plan(samples)
    assert (plan.max_epochs, plan.n_iter_no_change) == (80, 20)


def test_hyper_image_encoder_takes_a_ranker_as_first_stage(rng):
    images = rng.random((8, 16, 16), dtype=np.float32)
    grids = PatchExtractor(8, overlap=0.5).fit_transform(images)
    ranker = PatchRanker("C(4) MP(4) FC(5)", early_stopping=False, **FAST)
    encoder = HyperImageEncoder(ranker, layer=-1).fit(grids, np.arange(8) % 2)
    assert encoder.transform(grids).shape == (8, 3, 3, 5)


def test_pairs_are_routed_to_fit_by_cross_validation(task):
    patches, tampered, pairs = task
    with sklearn.config_context(enable_metadata_routing=True):
        results = cross_validate(
            PatchRanker(LAYERS, **FAST),
            patches,
            tampered,
            params={"pairs": pairs, "groups": pairs},
            cv=GroupKFold(2),
            return_estimator=True,
            error_score="raise",
        )
    assert all(len(ranker.history_) == 2 for ranker in results["estimator"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": np.zeros(40)}, "got 1 class"),
        ({"y": np.arange(40) % 3}, "Only binary classification is supported"),
        ({"pairs": np.arange(40)}, "no pair .* to train on"),
        ({"pairs": np.arange(39)}, "inconsistent"),
        ({"pairs": np.zeros(40)}, "same for the authentic samples 0 and 1"),
        ({"validation_mask": np.arange(40) == 3}, "no pair .* to validate on"),
        ({"groups": np.zeros(40)}, "groups holds 1 different"),
    ],
)
def test_bad_input_is_named(arguments, message, task):
    patches, tampered, pairs = task
    with pytest.raises(ValueError, match=message):
        PatchRanker(LAYERS, **FAST).fit(patches, **({"y": tampered, "pairs": pairs} | arguments))


def test_unfitted_rankers_say_so(task):
    patches, tampered, pairs = task
    for method in ("predict", "decision_function", "embed"):
        with pytest.raises(NotFittedError):
            getattr(PatchRanker(LAYERS), method)(patches)
    with pytest.raises(NotFittedError):
        PatchRanker(LAYERS).pair_accuracy(patches, tampered, pairs)


def test_patches_may_come_in_a_list(rng):
    patches = rng.random((20, 6, 6))
    ranker = PatchRanker("FC(4)", max_epochs=2, random_state=0)
    expected = ranker.fit(patches, np.arange(20) % 2).decision_function(patches)
    found = ranker.fit(list(patches), np.arange(20) % 2).decision_function(list(patches))
    np.testing.assert_array_equal(found, expected)
