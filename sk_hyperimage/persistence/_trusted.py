"""Types and functions that a file may name: they only hold and compute on data.

scikit-learn's estimators are not listed, because skops trusts them, except decision trees: a
malicious tree could make scikit-learn read any memory.

Types and functions of this package are named by the room that exports them, so that files stay
readable if they move to another module.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from sklearn import model_selection as splitters
from sklearn.metrics import balanced_accuracy_score, make_scorer, root_mean_squared_error

from sk_hyperimage import (
    ensemble,
    feature_extraction,
    images,
    metrics,
    model_selection,
    neural_network,
    preprocessing,
)
from sk_hyperimage.utils._names import public_name

OURS = (
    preprocessing.ColorConverter,
    preprocessing.ErrorLevels,
    preprocessing.ImageResizer,
    preprocessing.JPEGReencoder,
    preprocessing.LocalContrastNormalizer,
    preprocessing.LowFrequencySubtractor,
    preprocessing.LuminanceAndContrast,
    feature_extraction.Bliinds2Features,
    feature_extraction.BrisqueFeatures,
    feature_extraction.CorniaFeatures,
    feature_extraction.DeepSimilarity,
    feature_extraction.DiivineFeatures,
    feature_extraction.FriqueeFeatures,
    feature_extraction.FullReferenceScores,
    feature_extraction.GmLogFeatures,
    feature_extraction.HosaFeatures,
    feature_extraction.IlNiqeDistance,
    feature_extraction.NiqeDistance,
    images.Grid,
    feature_extraction.HyperImageCovariance,
    feature_extraction.HyperImageEncoder,
    feature_extraction.HyperImageStatistics,
    feature_extraction.PatchExtractor,
    feature_extraction.PretrainedFeatures,
    neural_network.CNNClassifier,
    neural_network.CNNRegressor,
    neural_network.CooccurrenceNetwork,
    neural_network.DeepQA,
    neural_network.DIQA,
    neural_network.ErrorMapRegressor,
    neural_network.PatchRanker,
    neural_network.PretrainedNetwork,
    neural_network.PretrainedVGG16,
    neural_network.ScoreAndKindRegressor,
    neural_network.RegionDetector,
    neural_network.RegionNetwork,
    neural_network.SSD300,
    ensemble.AcceptanceClassifier,
    ensemble.GroupEnsembleRegressor,
    ensemble.HyperImageClassifier,
    ensemble.HyperImageRegressor,
    ensemble.KindThenScoreRegressor,
    ensemble.PatchPoolingClassifier,
    ensemble.PatchPoolingRegressor,
    ensemble.ResidualCNNClassifier,
    ensemble.TiledClassifier,
    ensemble.TiledRegressor,
    feature_extraction.AlongContours,
    feature_extraction.InheritedTargets,
    feature_extraction.InsideMasks,
    feature_extraction.MarkovDCTFeatures,
    feature_extraction.ResidualCooccurrences,
    feature_extraction.ResidualWords,
    model_selection.ReferenceShuffleSplit,
    metrics.krocc_score,
    metrics.plcc_logistic4_score,
    metrics.plcc_logistic5_score,
    metrics.plcc_score,
    metrics.srocc_score,
)

Trusted = type | str | Iterable[type | str]

# A step of the default second stages, besides estimators.
OF_DEFAULTS = (np.clip,)

# Parts of a search over parameters, besides estimators.
OF_SEARCHES = (
    type(make_scorer(metrics.srocc_score)),
    balanced_accuracy_score,
    root_mean_squared_error,
    splitters.GroupKFold,
    splitters.GroupShuffleSplit,
    splitters.KFold,
    splitters.LeaveOneGroupOut,
    splitters.PredefinedSplit,
    splitters.RepeatedKFold,
    splitters.RepeatedStratifiedKFold,
    splitters.ShuffleSplit,
    splitters.StratifiedGroupKFold,
    splitters.StratifiedKFold,
    splitters.StratifiedShuffleSplit,
)
# Without public names in scikit-learn: what calibrated and voting models, and searches for a
# threshold, consist of, and the scorer for an estimator's own `score`. All hold data alone.
WITHOUT_PUBLIC_NAME = (
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.metrics._scorer._CurveScorer",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.utils._bunch.Bunch",
)


def trusted_names(more: Trusted = ()) -> list[str]:
    """Names of everything that is trusted, including `more` by the user.

    Raises
    ------
    TypeError
        If `more` holds anything but types, functions or their names.
    """
    if isinstance(more, (str, type)):
        more = [more]
    if not isinstance(more, Iterable):
        raise TypeError(f"trusted must be a list of types or of their names, got {more!r}")
    return [*WITHOUT_PUBLIC_NAME, *map(_name, (*OURS, *OF_DEFAULTS, *OF_SEARCHES, *more))]


def _name(item: object) -> str:
    if isinstance(item, str):
        return item
    if not hasattr(item, "__qualname__"):
        raise TypeError(f"trusted must hold types or their names, got {item!r}")
    return public_name(item)
