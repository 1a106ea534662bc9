import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_hyperimage.metrics import (
    LogisticFitWarning,
    krocc_score,
    plcc_logistic4_score,
    plcc_score,
    srocc_score,
)
from sk_hyperimage.neural_network import CNNRegressor

sys.path.insert(0, str(Path(__file__).parent))
import protocol_models  # noqa: E402
from protocol_models import CV, GROUPS, KINDS, PatientRegressor, X, Y, double, fits, run  # noqa: E402


class Recorder(RegressorMixin, BaseEstimator):
    """Writes down what `fit` was given, and predicts the first feature."""

    __metadata_request__fit = {"validation_mask": True, "groups": True, "patch_targets": True}
    seen: list = []

    def fit(self, X, y, validation_mask=None, groups=None, patch_targets=None):
        self.seen.append((X[:, 0].astype(int), validation_mask, groups, patch_targets))
        return self

    def predict(self, X):
        return X[:, 0]


def test_scores_are_those_computed_by_hand():
    result = run(kind=KINDS)
    for index, (train, held, test) in enumerate(CV.split_with_validation(groups=GROUPS)):
        rows = np.sort(np.concatenate([train, held]))
        model = Ridge().fit(X[rows], Y[rows])
        np.testing.assert_array_equal(result.predictions["predict"][index], model.predict(X[test]))
        for kind in ("all", "blur", "jpeg", "noise"):
            chosen = test if kind == "all" else test[KINDS[test] == kind]
            true, predicted = Y[chosen], model.predict(X[test])[np.isin(test, chosen)]
            scores = {name: of[index] for name, of in result.scores["predict"][kind].items()}
            assert scores == {
                "srocc": srocc_score(true, predicted),
                "plcc": plcc_score(true, predicted),
                "krocc": krocc_score(true, predicted),
                "rmse": root_mean_squared_error(true, predicted),
                "plcc_logistic4": plcc_logistic4_score(
                    true, predicted, calibration=(Y[held], model.predict(X[held]))
                ),
            }


def test_table_is_median_mean_and_deviation_over_the_splits(tmp_path):
    result = run(kind=KINDS)
    rows = result.table()
    assert len(rows) == 4 * 5
    assert [row["kind"] for row in rows[::5]] == ["all", "blur", "jpeg", "noise"]
    values = result.scores["predict"]["all"]["srocc"]
    assert rows[0] == {
        "method": "predict",
        "kind": "all",
        "metric": "srocc",
        "n_splits": 4,
        "median": np.median(values),
        "mean": np.mean(values),
        "std": np.std(values, ddof=1),
    }
    result.to_csv(tmp_path / "table.csv")
    first = (tmp_path / "table.csv").read_text().splitlines()[1].split(",")
    assert first[:4] == ["predict", "all", "srocc", "4"]
    assert [float(value) for value in first[4:]] == list(rows[0].values())[4:]


def test_fit_gets_its_metadata_cut_to_training_and_validation_images():
    ids, targets = np.arange(60)[:, None], np.arange(120).reshape(60, 2)
    Recorder.seen.clear()
    run(Recorder(), X=ids, y=np.arange(60.0), params={"patch_targets": targets})
    for (train, held, _), seen in zip(
        CV.split_with_validation(groups=GROUPS), Recorder.seen, strict=True
    ):
        rows, mask, groups, patch_targets = seen
        np.testing.assert_array_equal(rows[mask], held)
        np.testing.assert_array_equal(rows[~mask], train)
        np.testing.assert_array_equal(groups, GROUPS[rows])
        np.testing.assert_array_equal(patch_targets, targets[rows])


def test_network_stops_by_the_validation_images_of_the_split():
    network = CNNRegressor("FC(4) FC(1,linear)", max_epochs=3, random_state=0)
    result = run(make_pipeline(StandardScaler(), network))
    train, held, test = result.splits[0]
    rows = np.sort(np.concatenate([train, held]))
    scaler = StandardScaler().fit(X[rows])
    network.fit(scaler.transform(X[rows]), Y[rows], validation_mask=np.isin(rows, held))
    np.testing.assert_array_equal(
        result.predictions["predict"][0], network.predict(scaler.transform(X[test]))
    )
    table = result.table("validation")
    assert [row["metric"] for row in table] == ["srocc", "plcc", "krocc", "rmse"]
    assert table[3]["mean"] == pytest.approx(
        np.mean(
            [
                root_mean_squared_error(Y[held], predicted)
                for (_, held, _), predicted in zip(
                    result.splits, result.validation_predictions["predict"], strict=True
                )
            ]
        )
    )


def test_model_that_learned_from_the_validation_images_is_not_judged_by_them():
    with pytest.raises(ValueError, match="has learned from the validation images"):
        run().table("validation")


def test_grid_search_inside_gets_the_references():
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 10]}, cv=GroupKFold(4))
    assert np.isfinite(run(search).scores["predict"]["all"]["srocc"]).all()
    with pytest.raises(ValueError, match="groups.*should not be None") as caught:
        run(search, groups=None, cv=1)
    assert "split 0" in caught.value.__notes__[0]


def test_methods_share_one_training(tmp_path):
    model = PatientRegressor(log=tmp_path / "fits.log")
    methods = {"once": "predict", "twice": double}
    result = run(model, methods=methods, store=tmp_path / "store")
    assert fits(tmp_path) == 4
    for once, twice in zip(result.predictions["once"], result.predictions["twice"], strict=True):
        np.testing.assert_array_equal(2 * once, twice)
    assert [row["method"] for row in result.table()] == ["once"] * 5 + ["twice"] * 5
    turned = run(model, methods=dict(reversed(methods.items())), store=tmp_path / "store")
    assert fits(tmp_path) == 4
    assert turned.table() == result.table()[5:] + result.table()[:5]
    with pytest.raises(ValueError, match="methods.once was 'predict' and is .*double"):
        run(model, methods={"once": double, "twice": double}, store=tmp_path / "store")


@pytest.mark.filterwarnings("ignore::sk_hyperimage.metrics.LogisticFitWarning")
def test_kinds_without_scores_are_left_out_of_the_count_and_failing_models_are_not():
    kinds = KINDS.copy()
    kinds[0] = "rare"
    result = run(DummyRegressor(), kind=kinds, methods={"mean": "predict"})
    scores = result.scores["mean"]
    assert np.isnan(scores["rare"]["srocc"]).all() and np.isnan(scores["rare"]["rmse"]).all()
    np.testing.assert_array_equal(scores["all"]["srocc"], 0)
    rows = {(row["kind"], row["metric"]): row for row in result.table()}
    assert rows["rare", "srocc"]["n_splits"] == 0 and np.isnan(rows["rare", "srocc"]["median"])
    assert rows["all", "srocc"]["n_splits"] == 4 and rows["all", "srocc"]["std"] == 0


def test_logistic_fit_that_failed_is_said_once():
    with pytest.warns(LogisticFitWarning, match="4 of 4 plcc_logistic4 scores are raw") as caught:
        run(DummyRegressor())
    assert len(caught) == 1 and caught[0].filename == protocol_models.__file__


def test_parallel_run_gives_the_same_table():
    assert run(n_jobs=2, kind=KINDS).table() == run(kind=KINDS).table()


def test_progress_is_said_on_stderr(capsys):
    run(verbose=1)
    assert capsys.readouterr().err.splitlines()[-1] == "4 of 4 splits, 0 s left"


# What is given wrongly.


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": Y[:-1]}, "inconsistent"),
        ({"groups": GROUPS[:-1]}, "inconsistent"),
        ({"kind": KINDS[:-1]}, "inconsistent"),
        ({"kind": np.repeat("all", 60)}, "kind holds 'all'"),
        ({"params": {"patch_targets": Y}}, "'patch_targets'.*Ridge does not request"),
        ({"params": {"groups": Y}}, "params holds groups"),
        ({"cv": 0}, "cv"),
        ({"cv": []}, "no split"),
        ({"methods": {"sums": lambda model, X: X}}, r"methods\['sums'\] .* \(12, 4\)"),
        ({"methods": {"none": lambda model, X: X[:, 0] * np.nan}}, "NaN"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        run(**arguments)


def test_unknown_part_of_the_table_is_named():
    with pytest.raises(ValueError, match="part must be"):
        run().table("train")


def test_failing_split_is_named_in_workers_too():
    for n_jobs in (1, 2):
        with pytest.raises(ZeroDivisionError) as caught:
            run(methods={"bad": divide_by_zero}, n_jobs=n_jobs, cv=2)
        assert "split" in caught.value.__notes__[0]


def divide_by_zero(model, X):
    return 1 / 0
