import os
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold

from sk_hyperimage.model_selection import load_splits, save_splits

sys.path.insert(0, str(Path(__file__).parent))
from protocol_models import CV, GROUPS, X, run  # noqa: E402


def test_any_splitter_gets_validation_references_of_its_own():
    result = run(cv=GroupKFold(5))
    for train, held, test in result.splits:
        references = [set(GROUPS[part]) for part in (train, held, test)]
        assert [len(part) for part in references] == [9, 3, 3]
        assert len(set.union(*references)) == 15
    tests = [test for _, _, test in result.splits]
    assert sorted(np.concatenate(tests)) == list(range(60))


def test_without_groups_every_image_is_its_own_reference():
    train, held, test = run(groups=None).splits[0]
    assert (len(train), len(held), len(test)) == (36, 12, 12)


def test_saved_splits_are_run_on_as_they_were(tmp_path):
    path = tmp_path / "splits.json"
    save_splits(path, CV.split_with_validation(groups=GROUPS))
    splits = load_splits(path, n_images=60)
    assert run(cv=splits).table() == run().table()
    assert os.listdir(tmp_path) == ["splits.json"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-40],
        lambda content: content.replace(b"[1,", b"[2,") if b"[1," in content else content[:9],
        lambda content: b"[1, 2]",
        lambda content: b"\x00\xff",
    ],
)
def test_damaged_file_of_splits_is_named(damage, tmp_path):
    path = tmp_path / "splits.json"
    save_splits(path, CV.split_with_validation(groups=GROUPS))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"splits\.json.*damaged"):
        load_splits(path)


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (([0, 1], [2, 3], [4, 60]), r"test part of split 0 .* there are 60 images"),
        (([0, 1], [2, -3], [4, 5]), "validation part of split 0 .* from -3"),
        (([0, 1], [1, 3], [4, 5]), "image 1 more than once"),
        (([0, 1], [], [4, 5]), "validation part of split 0"),
        (([0.5], [2, 3], [4, 5]), "train part of split 0"),
        (([0, 1], [4, 5], [6, 8]), "reference 1 in its validation and its test"),
        (([0, 1], [4], [8, 9]), "validation part of split 0 of cv has one image"),
        (([0], [1], [2], [3]), "4 parts"),
    ],
)
def test_bad_splits_are_named(split, message):
    with pytest.raises(ValueError, match=message):
        run(cv=[split])


def test_splitter_that_mixes_references_is_refused():
    folds = KFold(5, shuffle=True, random_state=0)
    with pytest.raises(ValueError, match="of the reference"):
        run(cv=folds.split(X))
    assert len(run(cv=folds, groups=None).splits) == 5


def test_loaded_splits_are_checked_against_the_number_of_images(tmp_path):
    save_splits(tmp_path / "s.json", CV.split_with_validation(groups=GROUPS))
    with pytest.raises(ValueError, match=r"s\.json.*there are 50 images"):
        load_splits(tmp_path / "s.json", n_images=50)
