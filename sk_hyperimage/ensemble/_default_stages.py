"""Stages for a few hundred images: fitted in minutes, on grids of any size from 1 x 1.

From so few human scores a network learns filters that describe photographs worse than those that
are learned from the photographs alone, and a second network overfits.
"""

from __future__ import annotations

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, StandardScaler
from sklearn.svm import SVR

from sk_hyperimage.feature_extraction import HyperImageStatistics
from sk_hyperimage.feature_extraction._codebook_stage import codebook_network
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor

# Deviations from the mean at which statistics end before a kernel of distances. Extremes of few
# patches have long tails, and one of them would put an image far from all others.
FARTHEST = 2


def small_network(kind: type[CNNRegressor] | type[CNNClassifier]) -> CNNRegressor | CNNClassifier:
    """A first stage of 32 x 32 patches, its filters a codebook; its last layer alone is taught.

    Most patches of few images have labels that are not their own: more could not be taught.
    """
    return codebook_network(kind, "FC(1,linear)", learning_rate_init=0.01, max_epochs=1)


def statistics_regressor() -> TransformedTargetRegressor:
    """A support vector regression, of standardized targets so that C suits scores of any range.

    Of thousands of statistics in [-1, 1] gamma="auto" makes a kernel about five times as flat as
    that of gamma="scale", so that most images are neighbors of each other.
    """
    clip = FunctionTransformer(
        np.clip,
        kw_args={"a_min": -FARTHEST, "a_max": FARTHEST},
        feature_names_out="one-to-one",
    )
    machine = SVR(C=3, gamma="auto")
    regressor = _by_statistics(("clip", clip), ("unit", MaxAbsScaler()), ("predict", machine))
    return TransformedTargetRegressor(regressor, transformer=StandardScaler())


def statistics_classifier() -> Pipeline:
    """A logistic regression, whose probabilities need no calibration."""
    return _by_statistics(("predict", LogisticRegression(C=0.01, max_iter=1000)))


def _by_statistics(*steps: tuple[str, BaseEstimator]) -> Pipeline:
    """Steps after standardized statistics, of which the last one takes weights."""
    with config_context(enable_metadata_routing=True):
        steps[-1][1].set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
    regions = HyperImageStatistics(n_components=64)
    whole = HyperImageStatistics(n_components=None, regions=(1,), quantiles=(0, 1))
    statistics = FeatureUnion([("regions", regions), ("whole", whole)])
    pipeline = Pipeline([("statistics", statistics), ("scale", scaler), *steps])
    return pipeline.set_output(transform="default")  # whatever scikit-learn is set to give
