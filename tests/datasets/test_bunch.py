"""One schema for all loaders and generators."""

import inspect

import numpy as np
import pytest
from casia2 import make_casia2
from sklearn.utils import Bunch

from sk_hyperimage import datasets

NAMES = {
    *("images", "target", "groups", "kind", "level", "masks", "pairs", "references"),
    *("score_range", "higher_is_better", "DESCR"),
}
SCORES = {"live", "live_challenge", "live_md", "tid2008", "tid2013", "csiq", "quality_csv"}
SCORES |= {"damage_kinds", "local_damage", "synthetic_artifacts", "artifact_positions"}
LABELS = {"casia1", "casia2", "image_pairs", "forgeries", "manipulations"}
DISTORTIONS = {"distortion_classification", "distortion_detection", "panoramas"}
PHOTOGRAPHS = {"sample_photos", "device_photos", "image_folder"}
PUBLIC = {name for name in datasets.__all__ if name.startswith(("load_", "make_"))}


@pytest.fixture(params=sorted(SCORES | LABELS | DISTORTIONS))
def case(request, tmp_path, rng):
    """Name of a data set, and a function that loads or makes it."""
    name = request.param
    if name in ("casia2", "image_pairs"):
        root = make_casia2(tmp_path / "casia2", rng)
        folders = (root,) if name == "casia2" else (root / "Au", root / "Tp")
        return name, lambda **options: getattr(datasets, f"load_{name}")(*folders, **options)
    if name == "quality_csv":
        table = tmp_path / "scores.csv"
        table.write_text("image,score\na.png,1\nb.png,2\n")
        fixed = {"higher_is_better": True, "check_files": None}
        return name, lambda **options: datasets.load_quality_csv(table, **fixed, **options)
    if f"load_{name}" in PUBLIC:
        root = request.getfixturevalue(name)
        return name, lambda **options: getattr(datasets, f"load_{name}")(root, **options)
    make = getattr(datasets, f"make_{name}")
    given = 3 if name in ("synthetic_artifacts", "artifact_positions") else photos()
    fixed = {"patch_size": 32} if name == "manipulations" else {}
    if name in DISTORTIONS:
        fixed = {"crop_size": 64}
    return name, lambda **options: make(given, random_state=0, **fixed, **options)


def photos():
    return datasets.load_sample_photos(crop_size=64).images[:2]


every_data_set = pytest.mark.filterwarnings("ignore::sk_hyperimage.datasets.FileFormatWarning")


def test_no_loader_and_no_generator_is_forgotten():
    cases = {name.removeprefix("load_").removeprefix("make_") for name in PUBLIC}
    assert cases == SCORES | LABELS | DISTORTIONS | PHOTOGRAPHS


@every_data_set
def test_bunches_have_the_same_names_and_an_entry_for_each_image(case):
    name, load = case
    data = load()
    assert isinstance(data, Bunch) and set(data) >= NAMES
    assert isinstance(data.DESCR, str)
    n_images = len(data.images)
    assert n_images and data.target.shape[:1] == (n_images,)
    for column in ("groups", "kind", "level", "pairs", "references"):
        assert data[column] is None or data[column].shape == (n_images,)
    assert data.masks is None or len(data.masks) == n_images
    assert data.kind is None or data.kind.dtype.kind == "U"
    assert data.level is None or data.level.dtype == int
    for extra in set(data) - NAMES - {"target_names"}:
        values = data[extra]
        assert values is None or (isinstance(values, np.ndarray) and len(values) == n_images)


@every_data_set
def test_scores_have_a_range_and_a_direction_and_labels_none(case):
    name, load = case
    data = load()
    if name in LABELS | DISTORTIONS:
        assert data.score_range is None and data.higher_is_better is None
        assert name in DISTORTIONS or set(data.target) == {0, 1}
    else:
        low, high = data.score_range
        assert low <= data.target.min() and data.target.max() <= high
        assert isinstance(data.higher_is_better, bool)
        direction = "igher is better" if data.higher_is_better else "ower is better"
        assert direction in data.DESCR


@every_data_set
def test_images_and_target_alone_come_on_request(case):
    _, load = case
    data = load()
    X, y = load(return_X_y=True)
    np.testing.assert_array_equal(X, data.images)
    np.testing.assert_array_equal(y, data.target)


@pytest.mark.parametrize("name", sorted(PUBLIC - {f"load_{name}" for name in PHOTOGRAPHS}))
def test_return_X_y_is_a_keyword_everywhere(name):
    parameter = inspect.signature(getattr(datasets, name)).parameters["return_X_y"]
    assert parameter.kind is parameter.KEYWORD_ONLY and parameter.default is False


def test_photographs_have_groups_and_no_target():
    data = datasets.load_sample_photos(crop_size=64)
    assert set(data) == NAMES and data.target is None
    assert data.groups.shape == (len(data.images),)
