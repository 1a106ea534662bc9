"""Columns of data frames, single images, and what is missing."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.io import imread
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline

from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.feature_extraction import BrisqueFeatures, PatchExtractor, patch_ssim
from sk_hyperimage.images import ImageCollection, pair_images
from sk_hyperimage.metrics import localization_scores
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor
from sk_hyperimage.preprocessing import ColorConverter, LocalContrastNormalizer


def polars_series(paths):
    return pytest.importorskip("polars").Series([str(path) for path in paths])


def pandas_column(paths):
    pd = pytest.importorskip("pandas")
    return pd.DataFrame({"path": [str(path) for path in paths]}, index=np.arange(7, 13))


COLUMNS = {
    "Series": lambda paths: pandas_column(paths)["path"],
    "values": lambda paths: pandas_column(paths)["path"].values,
    "numpy": lambda paths: pandas_column(paths)["path"].to_numpy(),
    "DataFrame": lambda paths: pandas_column(paths)[["path"]],
    "objects": lambda paths: pandas_column(paths)["path"].astype(object),
    "strings": lambda paths: pandas_column(paths)["path"].astype("string"),
    "Series of pathlib": lambda paths: pandas_column(paths)["path"].map(Path),
    "polars": polars_series,
    "bytes": lambda paths: np.array([str(path).encode() for path in paths]),
    "list of bytes": lambda paths: [str(path).encode() for path in paths],
    "numpy strings": lambda paths: np.array([str(path) for path in paths]),
    "StringDType": lambda paths: np.array(list(map(str, paths)), np.dtypes.StringDType()),
    "pathlib": lambda paths: np.array(paths),
    "one column": lambda paths: np.array([[str(path)] for path in paths]),
    "tuple": lambda paths: tuple(map(str, paths)),
    "PIL": lambda paths: [Image.open(path) for path in paths],
    "arrays": lambda paths: pandas_column(paths)["path"].map(imread),
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_is_what_a_list_of_paths_is(column, photo_files):
    X = COLUMNS[column](photo_files)
    expected = PatchExtractor(16).fit_transform(photo_files)
    patches = PatchExtractor(16).fit(photo_files).transform(X)
    np.testing.assert_array_equal(np.asarray(patches), np.asarray(expected))
    for index in (0, 5):
        np.testing.assert_array_equal(
            ImageCollection(X)[index], imread(photo_files[index]) / np.float32(255)
        )
    pairs = pair_images(X, X)
    assert pairs[5].shape == (25, 25, 6)
    if column not in ("PIL", "arrays"):
        assert ImageCollection(X).name(2) == f"X[2] ({str(photo_files[2])!r})"
        assert patches.images.name(2) == f"X[2] ({str(photo_files[2])!r})"


@pytest.mark.parametrize("column", ["Series", "DataFrame", "polars"])
def test_the_first_thing_that_someone_with_a_table_does(column, photo_files):
    X, y = COLUMNS[column](photo_files), np.arange(6.0)
    if column != "polars":
        y = type(pandas_column(photo_files)["path"])(y, index=X.index)
    train, test, y_train, _ = train_test_split(X, y, random_state=0)
    assert type(train) is type(X)
    model = HyperImageRegressor(
        extractor=PatchExtractor(10),
        patch_estimator=CNNRegressor("C(2) MP(10) FC(2) FC(1,linear)", max_epochs=1),
        final_estimator=CNNRegressor("FC(1,linear)", max_epochs=1),
        fine_tune_epochs=1,
        early_stopping=False,
        random_state=0,
    )
    in_lists = model.fit(list(np.ravel(train)), list(y_train)).predict(list(np.ravel(test)))
    np.testing.assert_array_equal(model.fit(train, y_train).predict(test), in_lists)
    assert np.isfinite(cross_val_score(model, X, y, cv=2, scoring="r2")).all()


def test_columns_of_references_and_masks(photo_files, tmp_path):
    paths = COLUMNS["Series"](photo_files)
    extractor = PatchExtractor(16)
    expected = patch_ssim(photo_files, photo_files, extractor=extractor)
    np.testing.assert_array_equal(patch_ssim(paths, paths, extractor=extractor), expected)
    maps = [np.ones(imread(path).shape[:2]) for path in photo_files]
    paths.iloc[3] = None  # an authentic image, for which pandas may hold NaN
    scores = localization_scores(paths, maps)
    expected = localization_scores([*photo_files[:3], None, *photo_files[4:]], maps)
    np.testing.assert_array_equal(scores.f1, expected.f1)
    assert np.isnan(scores.f1).tolist() == [False] * 3 + [True] + [False] * 2


SINGLE = {
    "path": (lambda path: str(path), "X is one path; wrap it in a list"),
    "pathlib": (lambda path: path, "X is one path; wrap it in a list"),
    "bytes": (lambda path: str(path).encode(), "X is one path; wrap it in a list"),
    "PIL": (lambda path: Image.open(path).convert("L"), "X is one PIL image; wrap it in a list"),
    "array": (imread, r"X has shape \(20, 30, 3\), .* one color image; wrap it in a list: \[X\]"),
    "nested": (lambda path: imread(path).tolist(), r"one color image; wrap it in a list: \[X\]"),
    "rows": (lambda path: list(imread(path)), r"one color image; wrap it in a list: \[X\]"),
    "floats": (lambda path: imread(path) / 255, r"one color image; wrap it in a list: \[X\]"),
}


@pytest.mark.parametrize("kind", SINGLE)
@pytest.mark.parametrize(
    "estimator",
    [
        PatchExtractor(4),
        LocalContrastNormalizer(),
        BrisqueFeatures(),
        ColorConverter(),
        CNNRegressor("FC(1,linear)", max_epochs=1),
        make_pipeline(LocalContrastNormalizer(), PatchExtractor(4)),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_one_image_in_place_of_a_list_says_what_to_do(kind, estimator, photo_files):
    make, message = SINGLE[kind]
    with pytest.raises(ValueError, match=message):
        estimator.fit(make(photo_files[0]), [0.0, 1.0])
    if isinstance(estimator, (PatchExtractor, LocalContrastNormalizer, ColorConverter)):
        fitted = estimator.fit(photo_files)
        with pytest.raises(ValueError, match=message):
            fitted.transform(make(photo_files[0]))


def test_one_small_color_image_is_found_out_when_its_channels_are(rng):
    extractor = PatchExtractor(4).fit(rng.random((2, 9, 9, 3)))
    with pytest.raises(
        ValueError, match=r"1 channels, .* expecting 3 .* wrap it in a list: \[X\]"
    ):
        extractor.transform(rng.random((9, 9, 3)))


def test_gray_images_of_three_columns_have_a_way_in(rng):
    images = rng.random((20, 18, 3))
    assert LocalContrastNormalizer().fit_transform(images[..., np.newaxis]).shape == (20, 18, 3, 1)
    assert LocalContrastNormalizer().fit_transform(images[:9]).shape == (9, 18, 3)


@pytest.mark.parametrize("missing", [None, np.nan])
@pytest.mark.parametrize("place", [0, 3])
def test_a_missing_path_is_named(missing, place, photo_files):
    paths = COLUMNS["Series"](photo_files).astype(object)
    paths.iloc[place] = missing
    for X in (paths, paths.values, list(paths)):
        with pytest.raises(
            ValueError, match=rf"X\[{place}\] is (None|nan), .* neither an image nor"
        ):
            PatchExtractor(4).fit(X)


def test_color_and_gray_and_alpha_are_told_apart_by_name(photo_files, tmp_path):
    Image.new("RGBA", (20, 20)).save(tmp_path / "alpha.png")
    Image.new("LA", (20, 20)).save(tmp_path / "gray.png")
    Image.new("CMYK", (20, 20)).save(tmp_path / "print.jpg")
    alpha, gray, inks = (tmp_path / name for name in ("alpha.png", "gray.png", "print.jpg"))
    for use in (lambda X: ImageCollection(X)[1], PatchExtractor(4).fit):
        with pytest.raises(ValueError, match=r"has 4 channels \(RGBA\) but .* has 3 \(RGB\)"):
            use([inks, alpha])
        with pytest.raises(ValueError, match=r"has 2 channels \(gray and alpha\) but .*\(RGBA\)"):
            use([alpha, gray])
    assert ImageCollection([inks, photo_files[0]]).image_shapes[:, 2].tolist() == [3, 3]


# Labels ------------------------------------------------------------------------------------------

CLASSIFIER = CNNClassifier(
    "FC(2) FC(1,sigmoid)", max_epochs=1, early_stopping=False, random_state=0
)
X = np.random.default_rng(0).random((4, 3))


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        ([True, False] * 2, "boolean", "b"),
        ([True, False] * 2, "bool", "b"),
        ([True, False] * 2, "object", "b"),
        ([3, 5] * 2, "Int64", "i"),
        ([3, 5] * 2, "object", "i"),
        (["a", "b"] * 2, "str", "O"),
        (["a", "b"] * 2, "string", "O"),
        (["a", "b"] * 2, "category", "O"),
    ],
)
def test_labels_of_pandas_come_back_as_they_are(values, dtype, kind):
    pd = pytest.importorskip("pandas")
    labels = pd.Series(values, dtype=dtype, index=[9, 7, 5, 3])
    fitted = CLASSIFIER.fit(X, labels)
    assert fitted.classes_.dtype.kind == fitted.predict(X).dtype.kind == kind
    assert fitted.classes_.tolist() == sorted(set(values))


@pytest.mark.parametrize("first", ["a", True, 1])
def test_missing_labels_are_named(first):
    pd = pytest.importorskip("pandas")
    labels = [first, first, None, first]
    for y in (labels, np.array(labels, dtype=object), pd.Series(labels, dtype=object)):
        with pytest.raises(ValueError, match=r"y\[2\] is None; every image needs a label"):
            CLASSIFIER.fit(X, y)
    with pytest.raises(ValueError, match=r"y\[2\] is <NA>; every image needs a label"):
        CLASSIFIER.fit(X, pd.Series([True, False, None, True], dtype="boolean"))
    with pytest.raises(ValueError, match=r"y\[2\] is (nan|None); every image needs a label"):
        CLASSIFIER.fit(X, pd.Series(["a", "b", None, "a"]))


def test_labels_of_several_types_are_refused():
    with pytest.raises(ValueError, match="y mixes values of the types int, str"):
        CLASSIFIER.fit(X, np.array([1, "a", 1, "a"], dtype=object))
