import numpy as np
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import cross_validate

from sk_hyperimage.model_selection import ReferenceShuffleSplit

REFERENCES = np.repeat([f"ref{index:02}" for index in range(10)], 4)


@given(
    groups=st.lists(st.integers(0, 12), min_size=8, max_size=60),
    seed=st.integers(0, 99),
)
def test_parts_are_disjoint_by_reference_and_cover_everything(groups, seed):
    groups = np.array([*groups, 0, 1, 2, 3, 4])
    splitter = ReferenceShuffleSplit(n_splits=3, random_state=seed)
    for parts in splitter.split_with_validation(groups=groups):
        assert sorted(np.concatenate(parts).tolist()) == list(range(len(groups)))
        references = [set(groups[part]) for part in parts]
        assert all(references)
        assert sum(map(len, references)) == len(set(groups.tolist()))
        assert all((np.diff(part) > 0).all() for part in parts)


def test_proportions_are_those_of_the_paper():
    splitter = ReferenceShuffleSplit(n_splits=20, random_state=0)
    for train, validation, test in splitter.split_with_validation(groups=REFERENCES):
        assert (len(train), len(validation), len(test)) == (24, 8, 8)


def test_counts_of_references_are_taken_literally():
    splitter = ReferenceShuffleSplit(n_splits=1, test_size=5, validation_size=1, random_state=0)
    ((train, validation, test),) = splitter.split_with_validation(groups=REFERENCES)
    assert (len(train), len(validation), len(test)) == (16, 4, 20)


def test_order_and_type_of_the_references_do_not_matter():
    shuffle = np.random.default_rng(0).permutation(len(REFERENCES))
    splitter = ReferenceShuffleSplit(n_splits=5, random_state=3)
    variants = [REFERENCES, REFERENCES[shuffle], REFERENCES.astype(object), list(REFERENCES)]
    drawn = [
        [set(np.asarray(groups)[test]) for _, test in splitter.split(groups=groups)]
        for groups in variants
    ]
    assert all(other == drawn[0] for other in drawn)


def test_same_seed_same_splits_and_other_seeds_other_splits():
    def tests(seed):
        splitter = ReferenceShuffleSplit(n_splits=4, random_state=seed)
        return [test.tolist() for _, test in splitter.split(groups=REFERENCES)]

    assert tests(0) == tests(0)
    assert tests(0) != tests(1)
    assert len({tuple(test) for test in tests(0)}) > 1


def test_training_part_of_split_holds_the_validation_images():
    splitter = ReferenceShuffleSplit(n_splits=3, random_state=0)
    two = list(splitter.split(groups=REFERENCES))
    three = list(splitter.split_with_validation(groups=REFERENCES))
    for (both, test), (train, validation, same_test) in zip(two, three, strict=True):
        assert set(both) == set(train) | set(validation)
        assert (test == same_test).all()


@pytest.mark.parametrize("routing", [True, False])
def test_splitter_serves_cross_validate(routing):
    X, y = np.zeros((40, 2)), np.arange(40.0)
    with sklearn.config_context(enable_metadata_routing=routing):
        given_groups = {"params": {"groups": REFERENCES}} if routing else {"groups": REFERENCES}
        scores = cross_validate(
            DummyRegressor(), X, y, cv=ReferenceShuffleSplit(7, random_state=0), **given_groups
        )
    assert len(scores["test_score"]) == 7


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_splits": 0}, "n_splits"),
        ({"test_size": 0.0}, "test_size"),
        ({"test_size": 1.5}, "test_size"),
        ({"validation_size": True}, "validation_size"),
        ({"test_size": 9, "validation_size": 1}, "too few"),
    ],
)
def test_invalid_parameters_are_named(parameters, message):
    splitter = ReferenceShuffleSplit(**parameters)
    with pytest.raises(ValueError, match=message):
        next(splitter.split(groups=REFERENCES))


def test_missing_groups_and_other_lengths_are_refused():
    with pytest.raises(ValueError, match="groups"):
        next(ReferenceShuffleSplit().split(np.zeros((3, 1))))
    with pytest.raises(ValueError, match="inconsistent"):
        next(ReferenceShuffleSplit().split(np.zeros((3, 1)), groups=[1, 2]))
