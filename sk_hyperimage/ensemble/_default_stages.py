"""Stages for a few hundred images: fitted in minutes, on grids of any size from 1 x 1.

From so few human scores a network learns filters that describe photographs worse than those that
are learned from the photographs alone, and a second network overfits.
"""

from __future__ import annotations

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, StandardScaler
from sklearn.svm import SVR

from sk_hyperimage.feature_extraction import HyperImageCovariance, HyperImageStatistics
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

    Of thousands of numbers, most in [-1, 1], gamma="auto" makes a kernel about three times as flat
    as that of gamma="scale", so that most images are neighbors of each other.
    """
    numbers = FeatureUnion(
        [
            ("statistics", _bounded(_statistics())),
            ("covariance", _bounded(HyperImageCovariance())),
        ],
        transformer_weights={"covariance": 2},  # fewer numbers, about as telling together
    )
    regressor = _pipeline(("numbers", numbers), ("predict", SVR(C=3, gamma="auto")))
    return TransformedTargetRegressor(regressor, transformer=StandardScaler())


def statistics_classifier() -> Pipeline:
    """A logistic regression, whose probabilities need no calibration."""
    return _pipeline(
        ("statistics", _statistics()),
        ("scale", _scaler()),
        ("predict", LogisticRegression(C=0.01, max_iter=1000)),
    )


def _statistics() -> FeatureUnion:
    regions = HyperImageStatistics(n_components=64)
    whole = HyperImageStatistics(n_components=None, regions=(1,), quantiles=(0, 1))
    return FeatureUnion([("regions", regions), ("whole", whole)])


def _bounded(numbers: TransformerMixin) -> Pipeline:
    """Standardized numbers, cut and scaled to [-1, 1]."""
    clip = FunctionTransformer(
        np.clip,
        kw_args={"a_min": -FARTHEST, "a_max": FARTHEST},
        feature_names_out="one-to-one",
    )
    return Pipeline(
        [("numbers", numbers), ("scale", _scaler()), ("clip", clip), ("unit", MaxAbsScaler())]
    )


def _scaler() -> StandardScaler:
    with config_context(enable_metadata_routing=True):
        return StandardScaler().set_fit_request(sample_weight=False)


def _pipeline(*steps: tuple[str, BaseEstimator]) -> Pipeline:
    """Steps of which the last one takes weights."""
    with config_context(enable_metadata_routing=True):
        steps[-1][1].set_fit_request(sample_weight=True)
    pipeline = Pipeline(list(steps))
    return pipeline.set_output(transform="default")  # whatever scikit-learn is set to give
