import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, make_scorer
from sklearn.model_selection import KFold, LeaveOneOut, StratifiedKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_hyperimage.metrics import quality_scorers
from sk_hyperimage.model_selection import cross_validate_splits
from sk_hyperimage.neural_network import CNNClassifier

sys.path.insert(0, str(Path(__file__).parent))
from protocol_models import CV, GROUPS, PatientRegressor, X, Y, fits, run, scores  # noqa: E402

LABELS = np.where(Y > 0, "good", "bad").astype(object)
KFOLD = KFold(4, shuffle=True, random_state=0)


def share_of_good(model, X, y):
    return float(np.mean(model.predict(X) == "good"))


def two_scores(model, X, y):
    predicted = model.predict(X)
    return {"right": np.mean(predicted == y), "good": np.float32(np.mean(predicted == "good"))}


@pytest.mark.parametrize(
    "scoring",
    [
        None,
        "accuracy",
        ["accuracy", "roc_auc"],
        {"f1": make_scorer(f1_score, pos_label="good"), "area": "roc_auc", "own": share_of_good},
        share_of_good,
        two_scores,
    ],
)
@pytest.mark.parametrize("cv", [KFOLD, StratifiedKFold(3)])
def test_scores_on_two_parts_are_those_of_scikit_learn(scoring, cv):
    ours = cross_validate_splits(LogisticRegression(), X, LABELS, cv=cv, scoring=scoring)
    theirs = cross_validate(LogisticRegression(), X, LABELS, cv=cv, scoring=scoring)
    assert list(ours) == [name for name in theirs if name.startswith("test_")]
    for name, values in ours.items():
        np.testing.assert_array_equal(values, theirs[name])


def test_scores_are_those_of_the_quality_protocol():
    ours = scores(scoring=quality_scorers())
    result = run()
    assert list(ours) == [f"test_{name}" for name in quality_scorers()]
    for name in ("srocc", "plcc", "krocc"):
        np.testing.assert_array_equal(ours[f"test_{name}"], result.scores["predict"]["all"][name])


def test_model_with_a_validation_mask_is_scored_on_its_validation_images_as_well():
    network = CNNClassifier("FC(4) FC(1,sigmoid)", max_epochs=3, random_state=0)
    model = make_pipeline(StandardScaler(), network)
    found = scores(model, y=LABELS, scoring="accuracy")
    assert list(found) == ["test_score", "validation_score"]
    for index, (train, held, test) in enumerate(CV.split_with_validation(groups=GROUPS)):
        rows = np.sort(np.concatenate([train, held]))
        scaler = StandardScaler().fit(X[rows])
        network.fit(scaler.transform(X[rows]), LABELS[rows], validation_mask=np.isin(rows, held))
        for part, indices in (("test", test), ("validation", held)):
            predicted = network.predict(scaler.transform(X[indices]))
            assert found[f"{part}_score"][index] == accuracy_score(LABELS[indices], predicted)


class Recorder(ClassifierMixin, BaseEstimator):
    """Keeps the targets it is given, and says how many there are."""

    def fit(self, X, y):
        self.y_ = y
        return self


def test_targets_of_any_kind_are_cut_and_left_as_they_are():
    boxes = np.arange(60 * 3 * 5).reshape(60, 3, 5)
    lists = [[index] * (index % 3) for index in range(60)]

    def given(model, X, y):
        assert type(model.y_) is type(y)
        return {"fit": len(model.y_), "test": len(y), "first": np.sum(y[0])}

    for y in (boxes, lists):
        found = scores(Recorder(), X=X, y=y, scoring=given)
        for index, (_, _, test) in enumerate(CV.split_with_validation(groups=GROUPS)):
            assert found["test_fit"][index] == 48
            assert found["test_test"][index] == 12
            assert found["test_first"][index] == np.sum(y[test[0]])


def test_functions_get_metadata_cut_to_the_part():
    ids, masks = np.arange(60), [f"mask {index}" for index in range(60)]

    def scoring(model, X, y, ids, masks, threshold):
        assert masks == [f"mask {index}" for index in ids]
        assert threshold == [1, 2, 3]
        return {"first": ids[0], "n": len(ids)}

    found = scores(
        scoring=scoring, score_params={"ids": ids, "masks": masks, "threshold": [1, 2, 3]}
    )
    tests = [test for _, _, test in CV.split_with_validation(groups=GROUPS)]
    np.testing.assert_array_equal(found["test_first"], [test[0] for test in tests])
    np.testing.assert_array_equal(found["test_n"], 12)


def test_scorers_get_what_they_request():
    weight, labels = np.arange(60.0), np.resize(["a", "b"], 60)
    with sklearn.config_context(enable_metadata_routing=True):
        weighted = make_scorer(accuracy_score).set_score_request(sample_weight=True)
    scoring = {"weighted": weighted, "plain": make_scorer(accuracy_score)}
    with sklearn.config_context(enable_metadata_routing=True):
        scoring["plain"].set_score_request(sample_weight=False)
    found = cross_validate_splits(
        LogisticRegression(),
        X,
        labels,
        cv=KFOLD,
        scoring=scoring,
        score_params={"sample_weight": weight},
    )
    for index, (train, test) in enumerate(KFOLD.split(X)):
        predicted = LogisticRegression().fit(X[train], labels[train]).predict(X[test])
        expected = [
            accuracy_score(labels[test], predicted, sample_weight=w) for w in (weight[test], None)
        ]
        assert [found["test_weighted"][index], found["test_plain"][index]] == expected
    assert (found["test_weighted"] != found["test_plain"]).any()
    with pytest.raises(TypeError, match="unexpected argument.*masks"):
        scores(scoring=["r2"], score_params={"masks": weight})


def test_parts_of_a_single_image_are_scored():
    found = cross_validate_splits(
        LogisticRegression(), X[:9], LABELS[:9], cv=LeaveOneOut(), scoring="accuracy"
    )
    assert set(found["test_score"]) <= {0.0, 1.0}
    assert len(found["test_score"]) == 9


def test_parallel_run_gives_the_same_scores():
    one, two = (scores(scoring=["r2", "neg_max_error"], n_jobs=n_jobs) for n_jobs in (None, 2))
    assert list(one) == list(two) == ["test_r2", "test_neg_max_error"]
    for name, values in one.items():
        np.testing.assert_array_equal(values, two[name])


def test_finished_splits_are_not_run_again(tmp_path):
    model = PatientRegressor(log=tmp_path / "fits.log")
    first = scores(model, cv=3, scoring=["r2", "neg_max_error"], store=tmp_path / "store")
    again = scores(model, cv=3, scoring=["r2", "neg_max_error"], store=tmp_path / "store")
    assert fits(tmp_path) == 3
    more = scores(model, cv=5, scoring=["r2", "neg_max_error"], store=tmp_path / "store")
    assert fits(tmp_path) == 5
    for name, values in first.items():
        np.testing.assert_array_equal(again[name], values)
        np.testing.assert_array_equal(more[name][:3], values)


def weighted_error(model, X, y, weight=None):
    return np.average(np.abs(model.predict(X) - y), weights=weight)


def other_error(model, X, y, weight=None):
    return np.average((model.predict(X) - y) ** 2, weights=weight)


STORED = {"scoring": weighted_error, "score_params": {"weight": np.arange(60.0)}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scoring": other_error}, "scoring was .*weighted_error.* and is .*other_error"),
        ({"scoring": "r2", "score_params": None}, "scoring was .*weighted_error.* and is 'r2'"),
        ({"scoring": None, "score_params": None}, "scoring was .* and is None"),
        ({"score_params": {"weight": np.ones(60)}}, "score_params.weight was"),
        ({"score_params": None}, "score_params.weight was .* and is None"),
        ({"model": Ridge(2.0)}, "estimator.alpha was 1.0 and is 2.0"),
        ({"y": Y[::-1]}, r"data\.y"),
    ],
)
def test_store_of_another_run_is_refused_and_left_alone(change, message, tmp_path):
    scores(**STORED, store=tmp_path, cv=1)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match=message):
        scores(**(STORED | {"cv": 2, "store": tmp_path} | change))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_store_of_the_quality_protocol_is_refused(tmp_path):
    run(store=tmp_path, cv=1)
    with pytest.raises(ValueError, match="methods was .*scoring was None"):
        scores(scoring="r2", store=tmp_path, cv=1)


def names_by_chance(model, X, y):
    return {f"first {y[0]}": 1.0}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": Y[:-1]}, "inconsistent"),
        ({"groups": GROUPS[:-1]}, "inconsistent"),
        ({"params": {"patch_targets": Y}}, "'patch_targets'.*Ridge does not request"),
        ({"scoring": "sharpness"}, "sharpness"),
        ({"scoring": 3}, "scoring"),
        ({"scoring": lambda model, X, y: "good"}, "'good' as 'score', which is not a number"),
        ({"scoring": lambda model, X, y: {"each": y}}, "as 'each', which is not a number"),
        ({"scoring": names_by_chance}, "in split 1 but .* in split 0"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        scores(**arguments)


def test_undefined_scores_stay_undefined():
    found = scores(scoring=lambda model, X, y: np.nan)
    assert np.isnan(found["test_score"]).all()


def test_failing_score_names_its_split():
    def scoring(model, X, y):
        return 1 / 0

    with pytest.raises(ZeroDivisionError) as caught:
        scores(scoring=scoring)
    assert "split 0" in caught.value.__notes__[0]
