"""ForgeryEncoder: what it is trained on, what it never sees, and the whole of Table 3's model."""

import pickle

import numpy as np
import pytest
import sklearn
from skimage.io import imsave
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GroupKFold, GroupShuffleSplit, cross_validate
from sklearn.pipeline import Pipeline

from sk_hyperimage.feature_extraction import ForgeryEncoder, PatchExtractor
from sk_hyperimage.feature_extraction.supervision._contour_patches import cut_contour_patches
from sk_hyperimage.images import ArraySamples
from sk_hyperimage.neural_network import CNNClassifier, PatchRanker
from sk_hyperimage.neural_network._pairs import pair_codes

N = 12
RANKER = PatchRanker("C(4) MP(4) FC(6)", max_epochs=2)
EXTRACTOR = PatchExtractor(8, grid_shape=(5, 5))


def encoder(**parameters):
    return ForgeryEncoder(RANKER, EXTRACTOR, n_points=4, random_state=0, **parameters)


def photographs_and_forgeries(n, rng):
    """Smooth authentic images, each again with a square of another; y, masks and pairs."""
    rows, cols = np.mgrid[:24, :24] / 24
    slopes = rng.normal(size=(2, n, 1, 1))
    authentic = slopes[0] * rows + slopes[1] * cols + rng.normal(0, 0.02, (n, 24, 24))
    masks = np.zeros((2 * n, 24, 24), dtype=bool)
    for mask, (row, col) in zip(masks[n:], rng.integers(4, 12, size=(n, 2)), strict=True):
        mask[row : row + 8, col : col + 8] = True
    forged = np.where(masks[n:], np.roll(authentic, 1, axis=0)[:, ::-1], authentic)
    images = np.concatenate([authentic, forged]).astype(np.float32)
    return images, np.repeat([0, 1], n), masks, np.tile(np.arange(n), 2)


@pytest.fixture(scope="module")
def forgeries():
    return photographs_and_forgeries(N, np.random.default_rng(0))


class Recorder(PatchRanker):
    """A ranker that keeps what its fit was given."""

    def fit(self, X, y, pairs=None, groups=None, validation_mask=None):
        self.given_ = {"X": X, "y": y, "pairs": pairs, "groups": groups, "mask": validation_mask}
        return super().fit(X, y, pairs=pairs, groups=groups, validation_mask=validation_mask)


def given(forgeries, **metadata):
    images, y, masks, pairs = forgeries
    recorder = Recorder("FC(4)", max_epochs=1)
    model = encoder().set_params(ranker=recorder)
    return model.fit(images, y, **({"masks": masks, "pairs": pairs} | metadata)).ranker_.given_


def windows_of(image):
    return np.lib.stride_tricks.sliding_window_view(image, (8, 8)).reshape(-1, 64)


def test_patches_lie_on_the_contour_and_at_the_same_place_in_both_images(forgeries):
    images, _, masks, _ = forgeries
    cut = given(forgeries)
    assert cut["X"].shape == (2 * N * 4, 8, 8, 1)
    for pair in np.unique(cut["pairs"]):
        first, second = np.flatnonzero(cut["pairs"] == pair)
        assert (cut["y"][first], cut["y"][second]) == (False, True)
        k = int(cut["groups"][first])
        at = [(windows_of(images[index]) == cut["X"][row].ravel()).all(axis=1).nonzero()[0]
              for index, row in [(k, first), (N + k, second)]]  # fmt: skip
        assert len(at[1]) == 1 and at[1][0] in at[0]
        row, col = np.divmod(at[1][0], 17)
        centre = masks[N + k][row + 3 : row + 6, col + 3 : col + 6]
        assert centre.any() and not centre.all()


def test_images_without_counterpart_or_mask_contribute_nothing(forgeries):
    images, y, masks, pairs = forgeries
    ids, some = pairs.astype(object), list(masks)
    ids[3], ids[N + 4] = None, "other"
    some[N + 5], some[0] = None, None
    some[N + 6] = np.zeros((24, 24))
    used = set(given(forgeries, masks=some, pairs=ids)["groups"])
    assert len(used) == N - 4
    assert len(given(forgeries, masks=some, pairs=ids)["X"]) == 2 * 4 * (N - 4)


def test_one_authentic_image_serves_several_tampered_ones(forgeries):
    images, y, masks, pairs = (values[1:] for values in forgeries)
    pairs = pairs.copy()
    pairs[pairs == 0] = 1  # its own counterpart is gone
    assert len(given((images, y, masks, pairs))["X"]) == 2 * 4 * N


def test_patches_inherit_groups_and_validation_mask_of_their_image(forgeries):
    images, y, masks, pairs = forgeries
    held_out = pairs % 4 == 0
    cut = given(forgeries, groups=100 + pairs, validation_mask=held_out)
    assert set(cut["groups"]) == set(100 + pairs)
    np.testing.assert_array_equal(cut["mask"], cut["groups"] % 4 == 0)


def test_hyper_images_hold_the_rankers_description_of_each_patch(forgeries):
    images, y, masks, pairs = forgeries
    model = encoder().fit(images, y, masks=masks, pairs=pairs)
    hyper_images = model.transform(images)
    assert hyper_images.shape == (2 * N, 5, 5, 6)
    assert hyper_images.dtype == np.float32
    for k, u, v in [(0, 0, 0), (7, 2, 3), (20, 4, 4)]:
        patch = images[k, 4 * u : 4 * u + 8, 4 * v : 4 * v + 8]
        alone = model.ranker_.embed(patch[np.newaxis])[0]
        np.testing.assert_allclose(hyper_images[k, u, v], alone, rtol=1e-5, atol=1e-6)
    single = model.transform(images[7:8])
    np.testing.assert_allclose(single, hyper_images[7:8], rtol=1e-5, atol=1e-6)


def test_same_seed_same_bits_also_after_pickling(forgeries):
    images, y, masks, pairs = forgeries
    first = encoder().fit(images, y, masks=masks, pairs=pairs)
    expected = first.transform(images)
    again = encoder().fit_transform(images, y, masks=masks, pairs=pairs)
    np.testing.assert_array_equal(again, expected)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(first)).transform(images), expected)
    other = encoder().set_params(random_state=1).fit_transform(images, y, masks, pairs)
    assert (other != expected).any()


def test_files_of_images_and_masks_give_the_same_numbers(forgeries, tmp_path):
    images, y, masks, pairs = forgeries
    levels = (np.clip(images + 2, 0, 4) * 60).astype(np.uint8)
    files, mask_files = [], []
    for k, image in enumerate(levels):
        files.append(tmp_path / f"{k}.png")
        imsave(files[-1], image, check_contrast=False)
        mask_files.append(tmp_path / f"mask{k}.png" if y[k] else None)
        if y[k]:
            picture = np.dstack([masks[k]] * 3 + [np.ones_like(masks[k])])  # opaque everywhere
            imsave(mask_files[-1], picture * np.uint8(255), check_contrast=False)
    from_files = encoder().fit_transform(files, y, masks=mask_files, pairs=pairs)
    from_arrays = encoder().fit_transform(levels, y, masks=masks, pairs=pairs)
    np.testing.assert_array_equal(from_files, from_arrays)


def test_without_masks_patches_of_the_grid_inherit_the_label_of_their_image(forgeries):
    images, y, _, _ = forgeries
    recorder = Recorder("FC(4)", max_epochs=1, early_stopping=False)
    model = encoder().set_params(ranker=recorder).fit(images, y)
    cut = model.ranker_.given_
    assert cut["pairs"] is None
    np.testing.assert_array_equal(cut["y"], np.repeat(y, 25))
    assert model.transform(images).shape == (2 * N, 5, 5, 4)


def test_other_networks_can_be_trained_on_the_patches(forgeries):
    images, y, masks, pairs = forgeries
    apart = CNNClassifier("C(4) MP(4) FC(6) FC(1,sigmoid)", max_epochs=1)
    model = encoder().set_params(ranker=apart).fit(images, y, masks=masks, pairs=pairs)
    assert model.transform(images).shape == (2 * N, 5, 5, 6)
    frozen = FrozenEstimator(model.ranker_)
    again = encoder().set_params(ranker=frozen).fit(images, y)
    np.testing.assert_array_equal(again.transform(images), model.transform(images))


def two_stages():
    second = CNNClassifier(
        "C(4) MP(5) FC(6) FC(1,sigmoid)", class_weight="balanced", max_epochs=2, random_state=0
    )
    return Pipeline([("encode", encoder()), ("classify", second)])


class Forbidden:
    """Stands where a mask must not be looked at."""

    shape = (24, 24)

    def __array__(self, *args, **kwargs):
        raise AssertionError("a mask of the test images was read")


def test_cross_validation_trains_stage_one_in_the_fold_and_tests_on_images_alone(forgeries):
    images, y, masks, pairs = forgeries
    train, test = next(GroupShuffleSplit(1, test_size=4, random_state=0).split(y, y, pairs))
    poisoned = [Forbidden() if k in test else mask for k, mask in enumerate(masks)]
    with sklearn.config_context(enable_metadata_routing=True):
        results = cross_validate(
            two_stages(),
            images,
            y,
            params={"masks": poisoned, "pairs": pairs, "groups": pairs},
            cv=GroupShuffleSplit(1, test_size=4, random_state=0),
            scoring=["accuracy", "balanced_accuracy", "roc_auc"],
            return_estimator=True,
            error_score="raise",
        )
    alone = two_stages().fit(
        images[train],
        y[train],
        encode__masks=masks[train],
        encode__pairs=pairs[train],
        encode__groups=pairs[train],
        classify__groups=pairs[train],
    )
    fitted = results["estimator"][0]
    np.testing.assert_array_equal(fitted.predict_proba(images), alone.predict_proba(images))
    assert np.isfinite(results["test_roc_auc"]).all()


def test_masks_may_be_an_array_a_list_or_an_object_array_in_cross_validation(forgeries):
    images, y, masks, pairs = forgeries
    listed = [mask if label else None for mask, label in zip(masks, y, strict=True)]
    objects = np.empty(2 * N, dtype=object)
    objects[:] = listed
    probabilities = []
    with sklearn.config_context(enable_metadata_routing=True):
        for given_masks in (masks, listed, objects):
            results = cross_validate(
                two_stages(),
                images,
                y,
                params={"masks": given_masks, "pairs": pairs, "groups": pairs},
                cv=GroupKFold(2),
                return_estimator=True,
                error_score="raise",
            )
            probabilities.append([m.predict_proba(images) for m in results["estimator"]])
    np.testing.assert_array_equal(probabilities[0], probabilities[1])
    np.testing.assert_array_equal(probabilities[0], probabilities[2])


def test_forgeries_are_told_from_photographs(rng):
    images, y, masks, pairs = photographs_and_forgeries(80, rng)
    train = pairs < 60
    ranker = PatchRanker("C(8) MP(4) FC(8)", max_epochs=15, learning_rate_init=0.01)
    first = ForgeryEncoder(ranker, EXTRACTOR, n_points=6, random_state=0)
    first.fit(images[train], y[train], masks=masks[train], pairs=pairs[train])
    assert first.ranker_.history_[-1]["valid_accuracy"] > 0.75
    second = CNNClassifier(
        "C(8) MP(5) FC(8) FC(1,sigmoid)",
        early_stopping=False,
        max_epochs=40,
        learning_rate_init=0.02,
        random_state=0,
    )
    second.fit(first.transform(images[train]), y[train])
    assert second.score(first.transform(images[~train]), y[~train]) > 0.7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"masks": None}, "masks and pairs go together"),
        ({"pairs": None}, "masks and pairs go together"),
        ({"pairs": np.arange(2 * N)}, "pairs and masks leave nothing to train on"),
        ({"masks": [None] * 2 * N}, "pairs and masks leave nothing to train on"),
        ({"masks": np.ones((2 * N, 24))}, r"masks\[12\] has shape \(24,\)"),
        ({"masks": np.ones((2 * N, 24, 23))}, r"one size: X\[0\] is 24 x 24, .*is 24 x 23"),
        ({"masks": np.ones((5, 24, 24))}, "inconsistent"),
        ({"y": np.ones(2 * N)}, "got 1 class"),
        ({"y": np.arange(2 * N) % 3}, "Only binary classification is supported"),
    ],
)
def test_bad_metadata_is_named(change, message, forgeries):
    images, y, masks, pairs = forgeries
    arguments = {"y": y, "masks": masks, "pairs": pairs} | change
    with pytest.raises(ValueError, match=message):
        encoder().fit(images, **arguments)


def test_pairs_of_different_sizes_are_named(forgeries):
    images, y, masks, pairs = forgeries
    listed = [*images[:2], images[2, :20], *images[3:]]
    with pytest.raises(ValueError, match=r"one size: X\[2\] is 20 x 24, X\[14\] is 24 x 24"):
        encoder().fit(listed, y, masks=masks, pairs=pairs)


def test_contours_need_square_patches(forgeries):
    images, y, masks, pairs = forgeries
    oblong = encoder().set_params(extractor=PatchExtractor((8, 6)))
    with pytest.raises(ValueError, match="extractor cuts 8 x 6"):
        oblong.fit(images, y, masks=masks, pairs=pairs)


@pytest.mark.parametrize("patch_size", [5, 8, 24])
def test_patches_of_any_size_stay_inside_their_image(patch_size, forgeries):
    images, y, masks, pairs = forgeries
    cut = cut_contour_patches(
        ArraySamples(images[..., np.newaxis]),
        y == 1,
        masks,
        pair_codes(pairs),
        n_points=4,
        patch_size=patch_size,
        random_state=np.random.RandomState(0),
    )
    assert cut.patches.shape == (2 * 4 * N, patch_size, patch_size, 1)


def test_unfitted_encoders_say_so(forgeries):
    with pytest.raises(NotFittedError):
        clone(encoder()).transform(forgeries[0])
