"""Scores of a protocol: of every split, and their median, mean and standard deviation."""

from __future__ import annotations

import csv
import io
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import root_mean_squared_error

from sk_hyperimage.metrics import (
    LogisticFitWarning,
    krocc_score,
    plcc_logistic4_score,
    plcc_score,
    srocc_score,
)
from sk_hyperimage.model_selection._split_store import Outcome
from sk_hyperimage.model_selection._splits import Split
from sk_hyperimage.utils._atomic import write_atomically

METRICS: dict[str, Callable[..., float]] = {
    "srocc": srocc_score,
    "plcc": plcc_score,
    "krocc": krocc_score,
    "rmse": root_mean_squared_error,
}
CORRELATIONS = ("srocc", "plcc", "krocc")
FITTED = "plcc_logistic4"
ALL = "all"
COLUMNS = ("method", "kind", "metric", "n_splits", "median", "mean", "std")

Scores = dict[str, dict[str, dict[str, np.ndarray]]]


@dataclass(frozen=True, repr=False)
class QualityResult:
    """Result of :func:`cross_validate_quality`: predictions and their scores.

    Attributes
    ----------
    splits : list of (train, validation, test)
        Indices of the images.
    predictions : dict of str to list of ndarray of shape (n_test,)
        By method, the predictions for the test images of every split.
    validation_predictions : dict of str to list of ndarray of shape (n_validation,)
        The same for the validation images.
    scores : dict of str to dict of str to dict of str to ndarray of shape (n_splits,)
        ``scores[method][kind][metric]`` on the test images. The kind "all" takes all of them. The
        metrics are "srocc", "plcc", "krocc" (signed, higher is better), "rmse" (lower is better),
        and "plcc_logistic4", whose mapping is fitted on the validation images. NaN if the split
        has fewer than two test images of the kind; for correlations also if their scores are all
        the same.
    validation_scores : the same or None
        On the validation images, of "all" kinds and without "plcc_logistic4", for choosing
        between models. None if the estimator has learned from these images.
    """

    splits: list[Split]
    predictions: dict[str, list[np.ndarray]]
    validation_predictions: dict[str, list[np.ndarray]]
    scores: Scores
    validation_scores: Scores | None

    def table(self, part: str = "test") -> list[dict[str, str | float]]:
        """Summarize the scores over the splits.

        Parameters
        ----------
        part : {"test", "validation"}, default="test"
            "test" for reporting, "validation" for choosing between models.

        Returns
        -------
        rows : list of dict
            With "method", "kind", "metric", "n_splits" (those in which the score is defined),
            "median", "mean" and "std" (the sample standard deviation, with n - 1).

        Raises
        ------
        ValueError
            If there are no validation scores.
        """
        if part not in ("test", "validation"):
            raise ValueError(f"part must be 'test' or 'validation', got {part!r}")
        scores = self.scores if part == "test" else self.validation_scores
        if scores is None:
            raise ValueError(
                "there are no validation scores of this estimator: its fit takes no "
                "validation_mask, so it has learned from the validation images"
            )
        return [
            dict(zip(COLUMNS, (method, kind, metric, *_summary(values)), strict=True))
            for method, of_kinds in scores.items()
            for kind, of_metrics in of_kinds.items()
            for metric, values in of_metrics.items()
        ]

    def to_csv(self, path: str | os.PathLike, part: str = "test") -> None:
        """Write the table to a CSV file, with all digits.

        Parameters
        ----------
        path : str or path-like
        part : {"test", "validation"}, default="test"
        """
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.table(part))
        write_atomically(path, lambda file: file.write(text.getvalue().encode()))

    def __repr__(self) -> str:
        return f"<QualityResult: {len(self.splits)} splits, methods {list(self.scores)}>"


def make_result(
    splits: list[Split],
    outcomes: Sequence[Outcome],
    methods: list[str],
    y: np.ndarray,
    kinds: np.ndarray | None,
    held_out: bool,
) -> QualityResult:
    """Score predictions.

    Parameters
    ----------
    splits : list of (train, validation, test)
    outcomes : sequence of dict
        For every split, the predictions of every method for its validation and its test images.
    methods : list of str
    y : ndarray of shape (n_images,)
    kinds : ndarray of str of shape (n_images,) or None
    held_out : bool
        Whether the validation images were not used for training.

    Warns
    -----
    LogisticFitWarning
        Once, if a logistic mapping could not be fitted.
    """
    names = [ALL] if kinds is None else [ALL, *np.unique(kinds).tolist()]
    validation, test = (
        {method: [outcome[f"{part}_{method}"] for outcome in outcomes] for method in methods}
        for part in ("validation", "test")
    )
    scores: Scores = {}
    failures = 0
    for method in methods:
        rows: dict[str, list[dict[str, float]]] = {kind: [] for kind in names}
        # Split by split: all kinds share one mapping, which is then fitted once.
        for split, predicted, held in zip(splits, test[method], validation[method], strict=True):
            calibration = y[split[1]], held
            for kind in names:
                chosen = slice(None) if kind == ALL else kinds[split[2]] == kind  # type: ignore[index]
                values, failed = _test_scores(y[split[2]][chosen], predicted[chosen], calibration)
                rows[kind].append(values)
                failures += failed
        scores[method] = {kind: _columns(of_kind) for kind, of_kind in rows.items()}
    if failures:
        warnings.warn(
            f"{failures} of {len(methods) * len(names) * len(splits)} {FITTED} scores are raw "
            f"PLCC, because the logistic mapping could not be fitted",
            LogisticFitWarning,
            stacklevel=4,  # the caller of cross_validate_quality, which is decorated
        )
    validation_scores = {
        method: {
            ALL: _columns(
                [_scores(y[split[1]], held) for split, held in zip(splits, of_splits, strict=True)]
            )
        }
        for method, of_splits in validation.items()
    }
    return QualityResult(splits, test, validation, scores, validation_scores if held_out else None)


def _test_scores(
    y_true: np.ndarray, y_pred: np.ndarray, calibration: tuple[np.ndarray, np.ndarray]
) -> tuple[dict[str, float], bool]:
    """Scores of one split, and whether the mapping for the fitted PLCC failed."""
    values = _scores(y_true, y_pred)
    fitted, failed = values["plcc"], False
    if not np.isnan(fitted):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedMetricWarning)
            warnings.simplefilter("error", LogisticFitWarning)
            try:
                fitted = plcc_logistic4_score(y_true, y_pred, calibration=calibration)
            except LogisticFitWarning:
                failed = True
    return values | {FITTED: fitted}, failed


def _scores(y_true: np.ndarray, y_pred: np.ndarray) -> dict[str, float]:
    """Scores of one split; NaN where the images do not define them.

    If the predictions are all the same, correlations are 0 and not NaN: leaving such splits out
    would flatter a model that fails in them.
    """
    if len(y_true) < 2:
        return dict.fromkeys(METRICS, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        values = {name: metric(y_true, y_pred) for name, metric in METRICS.items()}
    if np.ptp(y_true) == 0:
        values |= dict.fromkeys(CORRELATIONS, np.nan)
    return values


def _columns(rows: list[dict[str, float]]) -> dict[str, np.ndarray]:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _summary(values: np.ndarray) -> tuple[int, float, float, float]:
    """Number of defined scores, their median, mean and standard deviation."""
    values = values[~np.isnan(values)]
    n = len(values)
    median, mean = (float(np.median(values)), float(values.mean())) if n else (np.nan, np.nan)
    return n, median, mean, float(values.std(ddof=1)) if n > 1 else np.nan
